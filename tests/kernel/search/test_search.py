"""Finding people as they are remembered: accents or none, characters or pinyin, the end of a phone number, part of an
address.
"""

from __future__ import annotations

from typing import Any

import pytest

from kith.api import Query, change, delete, read, restore
from kith.kernel.query.tree import Words
from kith.kernel.records.finding import rebuild, search
from kith.kernel.search import tokens
from kith.kernel.search.models import SearchDoc

pytestmark = pytest.mark.words

FOUND = [
    ("muller", "Jürgen Müller"),
    ("MÜLL jur", "Jürgen Müller"),
    ("王小明", "王小明"),
    ("小明", "王小明"),
    ("明", "王小明"),
    ("wxm", "王小明"),
    ("wangxiao", "王小明"),
    ("xiaoming", "王小明"),
    ("0013", "王小明"),
    ("138 0013 8000", "王小明"),
    ("030 5550196", "Jürgen Müller"),
    ("550196", "Jürgen Müller"),
    ("lotusbay", "Jürgen Müller"),
    ("j.mueller@lotusbay.example", "Jürgen Müller"),
    ("prinsen", "Jürgen Müller"),
    ("云栖", "王小明"),
    ("yqmy", "王小明"),
    ("stammgast", "Jürgen Müller"),
]


@pytest.fixture
def people(world: Any) -> Any:
    ctx = world.ctx("olga")
    firm = change(ctx, ctx.schema["companies"], None, {"name": "上海云栖贸易有限公司"}).id
    first = {"name": "王小明", "phone": "+86 138 0013 8000", "email": "xm@yunqi.example", "company": str(firm)}
    second = {
        "name": "Jürgen Müller",
        "phone": "+49 30 5550196",
        "email": "j.mueller@lotusbay.example",
        "tags": ["Stammgast"],
    }
    change(ctx, ctx.schema["contacts"], None, first)
    change(ctx, ctx.schema["contacts"], None, {**second, "street": "Prinsenkade 48"})
    return ctx


@pytest.mark.parametrize(("typed", "title"), FOUND)
def test_found_as_remembered(people: Any, typed: str, title: str) -> None:
    assert title in [hit.title for hit in search(people, typed, ["contacts"])]


@pytest.mark.parametrize("typed", ["", "  ", "zzzz", "muller AND OR", '" * ( ) :', "王 zzz", "'; DROP TABLE", "-", "*"])
def test_nothing_is_found_for_nothing(people: Any, typed: str) -> None:
    assert [hit.title for hit in search(people, typed, ["contacts"]) if hit.title in {"王小明", "Jürgen Müller"}] == []


def test_a_title_that_begins_so_comes_first(people: Any) -> None:
    ctx = people
    change(ctx, ctx.schema["contacts"], None, {"name": "Ada Lotusbay"})
    change(ctx, ctx.schema["contacts"], None, {"name": "Lotusbay Reception"})
    assert search(ctx, "lotusbay", ["contacts"])[0].title == "Lotusbay Reception"


def test_others_do_not_find_it(people: Any, world: Any) -> None:
    for person in ("stella", "noah"):
        assert search(world.ctx(person), "muller") == []
        ctx = world.ctx(person)
        if person == "stella":
            assert read.rows(ctx, ctx.schema["contacts"], Query(where=Words("muller"))).rows == ()
    assert [hit.title for hit in search(world.ctx("tim"), "muller")] == ["Jürgen Müller"]


def test_a_list_is_narrowed_by_words(people: Any) -> None:
    page = read.rows(people, people.schema["contacts"], Query(where=Words("lotusbay"), fields=("name",)))
    assert [row["name"] for row in page.rows] == ["Jürgen Müller"]


def test_a_hidden_field_is_not_found_by(people: Any, world: Any) -> None:
    from tests.world import mask_role

    mask_role({"contacts.phone": "hidden", "contacts.phones": "hidden"})
    hugo = world.ctx("hugo")
    assert search(hugo, "5550196", ["contacts"]) == []
    assert read.rows(hugo, hugo.schema["contacts"], Query(where=Words("5550196"))).rows == ()
    assert [hit.title for hit in search(hugo, "muller", ["contacts"])] == ["Jürgen Müller"]


def test_documents_follow_their_records(people: Any) -> None:
    ctx = people
    spec = ctx.schema["contacts"]
    id = change(ctx, spec, None, {"name": "Quilla Harbour"}).id
    change(ctx, spec, id, {"name": "Quilla Lantern"})
    assert search(ctx, "quilla harbour", ["contacts"]) == []
    assert [hit.id for hit in search(ctx, "lantern quilla", ["contacts"])] == [id]
    delete(ctx, spec, id)
    assert search(ctx, "quilla") == []
    restore(ctx, spec, id)
    assert [hit.id for hit in search(ctx, "quilla")] == [id]


def test_a_rebuild_finds_the_same(people: Any, world: Any) -> None:
    ctx = world.ctx("ada")
    before = sorted(SearchDoc.objects.filter(object="contacts").values_list("record", "body"))
    SearchDoc.objects.filter(object="contacts").delete()
    assert rebuild(ctx, ctx.schema["contacts"]) == len(before)
    assert sorted(SearchDoc.objects.filter(object="contacts").values_list("record", "body")) == before


def test_tokens_hold_letters_and_figures_only() -> None:
    for text in ("a\"b* OR c'd", "x:y & !z | (q)", "tab\tnew\nline", "🙂 emoji", "ﬁ ligature"):
        assert all(one.isalnum() for one in tokens.of_texts([text])), text
        assert all(one.isalnum() for one in tokens.of_query(text)), text
