"""Statements that come again with other values, told apart by whether one plan serves them all."""

from __future__ import annotations


class Steady(str):
    """SQL that finds rows by their keys or writes them: one plan serves it whatever its values are.

    The connection to PostgreSQL (``kith.app.postgresql``) has the server keep these, and no others: planning is half of
    what they cost there, while one plan for all values took 180 ms for a page that a plan of its own reads in 2.
    """

    __slots__ = ()
