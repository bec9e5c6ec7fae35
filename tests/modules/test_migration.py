"""The exports of other programs are recognised by their headers alone, whatever happened to the file on its way.

The header rows lie in ``headers.toml``, and with them, by hand, the columns that have no place among today's fields, so
that a profile cannot excuse itself.
"""

from __future__ import annotations

import csv
import io
import random
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.transfer import job as imports
from kith.kernel.transfer.profiles import accepted, recognise, target_of

HELD = tomllib.loads((Path(__file__).parent / "headers.toml").read_text("utf-8"))
FILES: dict[str, tuple[str, str, str]] = {
    name: ("".join(one["header"].split("\n")), one["found"], one["columns"]) for name, one in HELD["files"].items()
}
NAMES = sorted(FILES)


def headers(name: str) -> list[str]:
    return FILES[name][0].split(",")


def placed(name: str) -> list[str]:
    """The standard columns that have a place in today's objects."""
    whose = FILES[name][2]
    elsewhere = HELD["elsewhere"]
    forms = [*HELD["history"], *elsewhere[whose], *(elsewhere["contacts"] if whose == "leads" else [])]
    return [one for one in headers(name) if not any(re.fullmatch(form, one.lower()) for form in forms)]


@pytest.mark.parametrize("name", NAMES)
def test_the_vendor_and_its_entity_are_found(name: str) -> None:
    found = recognise(headers(name))
    best = accepted(found)
    assert best is not None, [(one.profile.key, one.score) for one in found[:3]]
    assert (best.profile.key, best.score >= 0.8) == (FILES[name][1], True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", ["shuffled", "lower", "unknown columns"])
def test_the_same_after_what_happens_to_files(name: str, change: str) -> None:
    dice = random.Random(name)
    held = headers(name)
    if change == "shuffled":
        dice.shuffle(held)
    elif change == "lower":
        held = [one.lower() for one in held]
    else:
        for at in range(10):
            held.insert(dice.randrange(len(held) + 1), f"Region {at} (custom)")
    best = accepted(recognise(held))
    assert best is not None, [(one.profile.key, one.score) for one in recognise(held)[:3]]
    assert best.profile.key == FILES[name][1]


@pytest.mark.parametrize("name", [name for name in NAMES if FILES[name][2]])
def test_nearly_all_columns_that_have_a_place_are_mapped(name: str) -> None:
    profile = recognise(headers(name))[0].profile
    wanted = placed(name)
    lost = [one for one in wanted if target_of(profile, one)[0] in ("", "-", "!")]
    assert len(lost) <= 0.05 * len(wanted), lost
    assert len(wanted) >= 8


def test_a_password_is_never_imported() -> None:
    profile = next(one.profile for one in recognise(headers("suitecrm contacts")))
    assert target_of(profile, "Portal Password")[0] == "!"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hubspot contacts", "zoho"),
        ("zoho contacts", "hubspot"),
        ("suitecrm contacts", "salesforce"),
        ("salesforce report of contacts", "suitecrm"),
        ("suitecrm accounts", "salesforce"),
        ("salesforce report of accounts", "suitecrm"),
    ],
)
def test_vendors_that_look_alike_are_never_mixed(one: str, other: str) -> None:
    for held in (headers(one), [word.lower() for word in headers(one)], [word.upper() for word in headers(one)]):
        scores = {guess.profile.vendor: guess.score for guess in reversed(recognise(held))}
        assert scores.get(other, 0) < 0.8
        assert scores[one.split()[0]] - scores.get(other, 0) >= 0.2


# --- as files -------------------------------------------------------------------------------------------------------

MADE = {"email": "{0}@example.com", "phone": "+49 30 10000{0}", "date": "2024-01-0{0} 10:00:00", "id": "{0}"}


def cell(header: str, row: int, vendor: str) -> str:
    word = header.lower()
    if re.search(r"e-?mail", word) and not re.search(r"opt|bounce|type|label|ids?$|optedout", word):
        return MADE["email"].format(f"p{row}{len(word)}")
    if re.search(r"phone|mobile|fax", word) and not re.search(r"optedout|type|code", word):
        return MADE["phone"].format(row)
    if word in ("record id", "id", "person - id", "organization - id") or word.endswith((".id", "ids")):
        return f"{vendor}{row}"
    if re.search(r"date|time|createdat|modifiedat|created$|birth", word):
        return MADE["date"].format(row)
    if re.search(r"revenue|employees|latitude|longitude|year", word):
        return "12"
    if word in ("isdeleted", "deleted") or re.search(r"optedout|donotcall|do not call|opt out|bounced$|^is", word):
        return "0"
    if "currency" in word:
        return "EUR"
    if "domain" in word or "website" in word:
        return f"firm{row}.example"
    if re.search(r"(account|parent|owner|reportsto|assigned.*user).?id", word) or word in ("parentid",):
        return ""
    return f"{header[:12]} {row}"


def file_of(name: str, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    held = headers(name)
    writer.writerow(held)
    for row in (1, 2, 3):
        writer.writerow([cell(one, row, name.split()[0]) for one in held])
    return out.getvalue()


@pytest.mark.parametrize("name", [name for name in NAMES if FILES[name][2] in ("contacts", "companies")])
def test_three_rows_of_each_come_in_and_come_in_once(name: str, world: Any, settings: Any, tmp_path: Path) -> None:
    settings.KITH_DATA = tmp_path / "data"
    variants = [("utf-8-sig", ","), ("gb18030", ";")]
    for turn, (encoding, delimiter) in enumerate(variants):
        path = tmp_path / f"file{turn}.csv"
        path.write_bytes(file_of(name, delimiter).encode(encoding))
        ctx = world.ctx("olga")
        job = imports.begin(ctx, imports.files([path]))
        imports.carry_out(ctx, job.pk)
        report = imports.show(ctx, job.pk)
        assert report["files"][0]["vendor"] == FILES[name][1].split(":")[0]
        wrong = [(one["row"], one["problems"]) for one in imports.rows(ctx, job.pk, outcome="failed")]
        assert not wrong
        assert (report["counts"]["created"], report["counts"]["unchanged"]) == ((3, 0), (0, 3))[turn]


def test_what_has_no_place_yet_is_refused_by_name(world: Any, settings: Any, tmp_path: Path) -> None:
    settings.KITH_DATA = tmp_path / "data"
    path = tmp_path / "deals.csv"
    path.write_text(file_of("pipedrive deals"))
    job = imports.begin(world.ctx("olga"), imports.files([path]))
    refused = imports.show(world.ctx("olga"), job.pk)["files"][0]["refused"]
    assert ("Pipedrive · deals" in refused) is ("deals" not in world.ctx("olga").schema.objects)


@pytest.mark.parametrize(
    ("header", "object"),
    [
        ("姓名,手机号,邮箱,公司名称,职位,备注", "contacts"),
        ("公司名称,所属行业,官网,人员规模,详细地址", "companies"),
        ("需求名称,紧急程度,预算,客户名称", "needs"),
        ("First name,Surname,Cell,E-mail address", "contacts"),
        ("Organisation,Industry,Website,Headcount", "companies"),
    ],
)
def test_files_of_unknown_origin(header: str, object: str, world: Any, settings: Any, tmp_path: Path) -> None:
    settings.KITH_DATA = tmp_path / "data"
    path = tmp_path / "list.csv"
    path.write_text(
        header + "\n" + ",".join("" for _one in header.split(",")) + "\nA" + "," * header.count(","), "utf-8"
    )
    job = imports.begin(world.ctx("olga"), imports.files([path]))
    file = imports.show(world.ctx("olga"), job.pk)["files"][0]
    assert (file["object"], file["not_imported"]) == (object, [])
