"""The little language in which profiles and mappings say what a column gives.

``first_name``                      a field
``emails=work``                     one of several addresses, with its kind
``emails.value{n}``, ``emails.kind{n}``   parts of one address that stand in columns of their own
``emails.status=opted_out``         a yes in the column gives all addresses this status
``company``, ``company.key``, ``company.domain``   a record of another object by name, the vendor's id, a field of it
``budget.amount``, ``budget.currency``
``key``                             the vendor's id of the row itself
``skip``                            a yes in the column leaves the row out
``-`` and ``!``                     known but not imported; never to be imported (a password)
Behind a bar follow steps that change the text first: ``company | first ;`` (see ``steps.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KEY: Final = "key"
SKIP: Final = "skip"
LEFT_OUT: Final = frozenset({"-", "!"})


@dataclass(frozen=True, slots=True)
class Target:
    """What a column gives, taken apart."""

    field: str = ""
    part: str = ""
    kind: str = ""
    slot: str = ""
    steps: tuple[str, ...] = ()
    left_out: bool = False
    secret: bool = False


def read(text: str, number: str = "") -> Target:
    """A target out of its text; ``number`` is what ``{n}`` stood for in the header."""
    head, *steps = (one.strip() for one in text.split(" | "))
    if head in LEFT_OUT or not head:
        return Target(left_out=bool(head), secret=head == "!")
    numbered = head.endswith("{n}")
    name, _equals, kind = head.removesuffix("{n}").partition("=")
    field, _dot, part = name.partition(".")
    return Target(field, part, kind, number or "1" if numbered else "", tuple(steps))
