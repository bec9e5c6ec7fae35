"""Real files: each comes in or is refused with row, field and reason; the report is the database; a second run and an
undo do what they promise. The files are not ours to ship and lie under ``KITH_CORPORA``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.api import Invalid
from kith.kernel.records.sight import living as rows_of
from kith.kernel.transfer import job as imports
from kith.kernel.transfer import ledger, store
from kith.kernel.transfer.models import Outcome
from tests.kernel.transfer.conftest import Bench
from tests.kernel.transfer.files import CORPORA, corpus

TOLD = """
crm_export_zoho/Accounts.csv companies zoho 2229 2226 3
crm_export_zoho/Contacts.csv contacts zoho 1265 1265 0
crm_sample_relational/Contacts.csv contacts - 100 100 0
csv/contacts_google_new_utf8.csv contacts google 150 150 0
csv/contacts_google_old_utf16le_bom.csv contacts google 100 100 0
csv/outlook_google_shared_contacts.csv contacts outlook 3 3 0
vcard/ez-vcard/John_Doe_ANDROID.vcf contacts vcard 6 6 0
vcard/ez-vcard/John_Doe_EVOLUTION.vcf contacts vcard 1 1 0
vcard/ez-vcard/John_Doe_GMAIL.vcf contacts vcard 1 1 0
vcard/ez-vcard/John_Doe_MS_OUTLOOK.vcf contacts vcard 1 1 0
vcard/ez-vcard/rfc2426-example.vcf contacts vcard 2 2 0
vcard/ez-vcard/rfc6350-example.vcf contacts vcard 1 1 0
"""
"""What must be found in each file: object, vendor, rows, created, failed."""

KNOWN = {
    name: {
        "object": object,
        "vendor": vendor.strip("-"),
        **dict(zip(("rows", "created", "failed"), map(int, counts), strict=True)),
    }
    for name, object, vendor, *counts in (line.split() for line in TOLD.split("\n") if line)
}
TABLES = sorted(
    str(one.relative_to(CORPORA))
    for folder in ("csv/csv-spectrum/csvs", "csv/frictionless")
    for one in (CORPORA / folder).glob("*.*")
)


def accounted(bench: Bench, report: dict[str, Any]) -> None:
    """Each row is in the ledger once, and the ledger is what the report counts and the database has."""
    job = store.held(bench.world.ctx("system"), bench.id)
    for file, told in zip(job.files.order_by("position"), report["files"], strict=True):
        if told["refused"]:
            assert not told["counts"]
            continue
        entries = list(ledger.entries(file))
        numbers = [number for number, _outcome, _record in entries]
        assert len(numbers) == len(set(numbers)) == told["rows"] == told["counts"].get("rows", 0)
        by_outcome = {one: sum(outcome is one for _number, outcome, _record in entries) for one in Outcome}
        assert by_outcome[Outcome.FAILED] == told["counts"].get("failed", 0)
        assert by_outcome[Outcome.SKIPPED] == told["counts"].get("skipped", 0)
        made = {record for _number, outcome, record in entries if outcome in (Outcome.CREATED, Outcome.RESTORED)}
        assert len(made) == told["counts"].get("created", 0)
        spec = bench.world.ctx("system").schema[told["object"]]
        assert rows_of(spec).filter(pk__in=made).count() == len(made)
    for one in bench.rows("system", limit=500):
        if one["outcome"] == "failed":
            assert one["row"]
            assert all(each["message"] and (each["field"] or each["code"]) for each in one["problems"])
        elif one["outcome"] == "skipped":
            assert one["reason"]


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_account_and_contact_files(
    name: str, bench: Bench, living: Callable[[str], int], picture: Callable[[], str]
) -> None:
    path, known = corpus(name), KNOWN[name]
    before, held = picture(), {one: living(one) for one in ("companies", "contacts")}
    report = bench.run("system", path)
    file, counts = report["files"][0], report["counts"]
    first = bench.id
    assert {key: counts.get(key, file.get(key)) for key in known} == known
    accounted(bench, report)
    also = report["also"].get("companies", 0)
    grown = {one: living(one) - held[one] for one in held}
    assert grown == {"companies": 0, "contacts": 0, **{"companies": also}, file["object"]: counts["created"]}

    again = bench.run("system", path)
    assert (again["counts"]["created"], again["counts"]["updated"], again["also"]) == (0, 0, {})
    assert again["counts"]["unchanged"] == counts["created"]
    accounted(bench, again)

    imports.take_back(bench.world.ctx("system"), first)
    assert picture() == before


def test_accounts_and_contacts_in_one_go_find_each_other(bench: Bench) -> None:
    report = bench.run("system", corpus("crm_export_zoho/Contacts.csv"), corpus("crm_export_zoho/Accounts.csv"))
    assert report["counts"]["created"] == 2226 + 1265
    spec = bench.world.ctx("system").schema["contacts"]
    old = rows_of(spec).filter(created_at__year__lt=2023)
    assert old.count() == 1265  # as old as they are
    assert old.filter(company=None).count() <= 3  # those of the accounts that have no name


@pytest.mark.parametrize("object", ["", "contacts", "companies"])
def test_every_other_table_comes_in_or_says_why_not(
    object: str, bench: Bench, tmp_path: Path, picture: Callable[[], str]
) -> None:
    """Seventy messy tables, most of which are about no customers at all."""
    corpus("csv/frictionless")
    before = picture()
    done = refused = 0
    for name in TABLES:
        path = CORPORA / name
        if path.stat().st_size > 150_000:
            continue
        try:
            report = bench.run("system", path, object=object)
        except Invalid as invalid:
            report = bench.report("system")
            assert invalid.complaints[0].message
            assert all(one["refused"] for one in report["files"]), name
            refused += 1
            continue
        first = bench.id
        accounted(bench, report)
        again = bench.run("system", path, object=object)
        assert (again["counts"]["created"], again["counts"]["updated"], again["also"]) == (0, 0, {}), name
        imports.take_back(bench.world.ctx("system"), first)
        assert picture() == before, name
        done += 1
    assert refused > 5
    assert done > 5 or not object
