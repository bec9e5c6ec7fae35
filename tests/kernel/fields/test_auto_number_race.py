"""Several writers at once never get the same number. A module of its own: it needs real transactions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from kith.api import Item, change_many
from tests.kernel.fields import sheets

WRITERS, TURNS, EACH = 4, 4, 3


def test_writers_at_once(sheet_table: None, transactional_db: None) -> None:
    spec = sheets.spec()
    ctx = sheets.context(spec)

    def write(writer: int) -> list[str]:
        try:
            made = [
                change_many(
                    ctx.with_(), spec, [Item({"notes": f"{writer} {turn}"}, verb="create") for _one in range(EACH)]
                )
                for turn in range(TURNS)
            ]
            return [one.after["number"] for batch in made for one in batch]
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            given = [number for numbers in pool.map(write, range(WRITERS)) for number in numbers]
    finally:
        sheets.Sheet.objects.all().delete()  # this table is no app's: nobody else empties it
    assert len(set(given)) == len(given) == WRITERS * TURNS * EACH
    assert sorted(int(number.rsplit("-", 1)[1]) for number in given) == list(range(1, len(given) + 1)), (
        "and none is lost"
    )
