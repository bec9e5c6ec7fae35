"""What Kith means to reach, and what other programs reached on the same machine; the report puts both beside it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Target(NamedTuple):
    """Requests a second with eight clients on 10,000 contacts, milliseconds of the 99th percentile (0: none said), and
    milliseconds of one request alone on a million.
    """

    per_s: int
    p99: int
    alone: int


CASES: Final = {
    "record": Target(1_500, 20, 50),
    "list": Target(1_200, 20, 60),
    "list, newest first": Target(1_200, 20, 60),
    "list without count": Target(1_200, 20, 60),
    "list, every field": Target(0, 0, 60),
    "deep page": Target(1_200, 0, 60),
    "filtered": Target(1_000, 0, 60),
    "custom field, promoted": Target(1_000, 0, 60),
    "custom field, not promoted": Target(0, 0, 1_500),
    "search, Latin": Target(800, 0, 100),
    "search, Chinese": Target(800, 0, 100),
    "search, phone fragment": Target(800, 0, 100),
    "search, common word": Target(0, 0, 100),
    "search everywhere": Target(800, 0, 100),
    "create": Target(500, 0, 25),
    "update": Target(400, 0, 25),
}
STATEMENTS: Final = 4  # of a list with the columns of its page, however many rows it has
LISTS: Final = ("list", "list, newest first", "deep page")
START: Final = 1.5  # seconds to the first answer
MEMORY: Final = 180  # megabytes of all processes after load, on 10,000 contacts
IMPORT: Final = {"sqlite": 3_000, "postgres": 1_500}  # rows a second
OF_FLOOR: Final = 1 / 3  # of what the driver alone writes

PLAIN: Final = {"sqlite": 0.63, "postgres": 0.91}
"""Milliseconds of processor time, that of the database included, for a page by Django alone (``benchmarks/plain.py``):
measured together with the other programs when the targets were set.
"""

PEERS: Final = ("Odoo 18", "EspoCRM 9.1", "Frappe CRM", "BottleCRM", "django-crm")
OTHERS: Final = {
    "record": ("One contact", (204, 136, 167, 8, 30)),
    "list": ("50 contacts, first page", (118, 19, 34, 5, 6)),
    "deep page": ("50 contacts in the middle", (34, 2, 9, 5, 5)),
    "filtered": ("Filtered list", (21, 32, 47, 6, 8)),
    "search, Latin": ("Search for a name", (15, 11, 28, 6, 5)),
    "create": ("New contact", (131, 85, 109, 33, 70)),
}
"""Requests a second with eight clients and two workers, on 100,000 contacts."""

OTHER_FIGURES: Final = (
    ("Import of 10,000 contacts, seconds", ("10.0", "82.5", "40 (names only)", "8.2", "no API")),
    ("Start to the first answer, seconds", ("3.8", "0.3", "2.3", "3.5", "2.8")),
    ("Server after the load, PSS in MB", ("341", "230", "144", "316", "247")),
)
