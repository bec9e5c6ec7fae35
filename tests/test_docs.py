"""The written pages are true: links lead somewhere, made parts are current, and what they show as an example works."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Choice, Field, type_named, type_names
from kith.kernel.fields.kinds import OPERATORS
from kith.kernel.fields.rates import base_currency
from kith.kernel.fields.store import Json
from kith.kernel.kit import json as wire
from kith.kernel.query import typed
from kith.kernel.query.tree import Tree, Words, from_json, leaves
from kith.kernel.records import read
from kith.kernel.records.sight import ActorSight
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "tools"))

import docs as links  # noqa: E402
import reference  # noqa: E402

PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("**/*.md")])
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced part of a page: what stands after the fence, in words, and the text inside."""

    about: tuple[str, ...]
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for found in BLOCK.finditer(page.read_text("utf-8")):
        yield Block(tuple(found[1].split()), found[2])


# ── every page ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", PAGES, ids=lambda one: str(one.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    assert links.problems(page) == []


def test_every_page_can_be_reached() -> None:
    """From the README, by links alone; a page that nobody can find is not there."""
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        found = [one[0] or one[1] for one in links.LINK.findall(page.read_text("utf-8"))]
        there = [(page.parent / one.partition("#")[0]).resolve() for one in found if "://" not in one]
        waiting += [one for one in there if one.suffix == ".md"]
        waiting += [inner for one in there if one.is_dir() for inner in one.glob("*.md")]
    assert sorted(str(one.relative_to(ROOT)) for one in set(PAGES) - seen) == []


def test_pictures_are_small_and_used() -> None:
    pictures = sorted((DOCS / "pictures").glob("*.png"))
    assert [one.name for one in pictures if one.stat().st_size > 200_000] == []
    text = "".join(one.read_text("utf-8") for one in PAGES)
    assert [one.name for one in pictures if f"pictures/{one.name}" not in text] == []


def test_code_blocks_that_are_json_or_toml_can_be_read() -> None:
    import tomllib

    for page in PAGES:
        for block in blocks(page):
            if block.about == ("toml",):
                tomllib.loads(block.text)
            elif block.about == ("json",):
                json.loads(block.text)


# ── the reference ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_made_parts_are_current() -> None:
    assert [one.name for one in reference.stale()] == [], "run: python tools/reference.py"


def test_a_made_part_that_is_old_is_noticed() -> None:
    page = (DOCS / "reference" / "command.md").read_text("utf-8")
    assert "## kith serve" in page
    old = page.replace("## kith serve", "## kith sreve")
    assert reference.current(old) == page != old


def test_every_setting_and_type_is_explained_and_nothing_else() -> None:
    from kith.app.config import VARIABLES

    assert set(reference.SETTINGS) == {one.name for one in VARIABLES}
    assert set(reference.TYPES) == set(type_names())


def test_every_kith_variable_is_documented() -> None:
    """Those of the product on the page of settings, those of the tools for contributors."""
    from kith.app.config import VARIABLES

    settings = (DOCS / "reference" / "settings.md").read_text("utf-8")
    assert [one.name for one in VARIABLES if f"| `{one.name}` |" not in settings] == []
    tools = [*(ROOT / "tools").glob("*"), ROOT / "Makefile", *(ROOT / ".ci").glob("*")]
    read_by_tools = {
        name
        for one in tools
        if one.is_file() and one.name not in {"reference.py"}
        for name in re.findall(r"\bKITH_[A-Z]+(?:_[A-Z]+)*\b", one.read_text("utf-8"))
    }
    said = settings + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert sorted(one for one in read_by_tools if one not in said) == []


def test_pages_name_no_setting_that_is_not_there() -> None:
    from kith.app.config import VARIABLES

    known = {one.name for one in VARIABLES} | {"KITH_REQUIRE", "KITH_PYTHON", "KITH_CORPORA"}
    for page in PAGES:
        named = set(re.findall(r"\bKITH_[A-Z]+(?:_[A-Z]+)*\b", page.read_text("utf-8")))
        assert {one for one in named - known if not one.startswith("KITH_TEST_")} == set(), page.name


def test_pages_name_no_command_that_is_not_there() -> None:
    from kith.app.cli import parser

    known = {tuple(one.prog.split()[1:]) for one in reference.leaves(parser())}
    known |= {one[:1] for one in known}
    for page in PAGES:
        if page.parent.name == "adr":
            continue
        for line in re.findall(r"(?:^|`|/bin/)kith ([a-z][a-z -]*)", page.read_text("utf-8"), re.MULTILINE):
            words = tuple(line.split())
            assert words[:1] in known or words[:2] in known, f"{page.name}: kith {line}"


@pytest.mark.parametrize("name", sorted(reference.TYPES))
def test_the_example_of_a_type_is_its_wire_form(name: str) -> None:
    example = reference.TYPES[name].example
    choices = (Choice("near", "Near"), Choice("far", "Far"))
    held = Field(
        name="x_f", type=type_named(name), store=Json("f1"), label="F", choices=choices, options={"decimals": 1}
    )
    value = held.type.parse(held, example)
    held.type.check(held, value)
    assert json.loads(wire.dumps(held.type.dump(held, value))) == example


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def examples_of_filters() -> Iterator[tuple[str, str, str]]:
    """Form, object and text of each example: a line of a ``filter`` block, a document of a ``json filter`` block."""
    for page in PAGES:
        for block in blocks(page):
            if block.about[:1] == ("filter",):
                yield from (("typed", block.about[1], line) for line in block.text.splitlines() if line)
            elif block.about[:2] == ("json", "filter"):
                yield from (("json", block.about[2], one) for one in documents(block.text))


def documents(text: str) -> Iterator[str]:
    """JSON documents one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        at += len(text[at:]) - len(text[at:].lstrip())
        _value, end = decoder.raw_decode(text, at)
        yield text[at:end]
        at = end


def reader(world: World) -> Context:
    """Ada, in a company that reckons in the currency of the installation, as a set-up one does."""
    ctx = world.ctx("ada")
    return ctx.with_(locale=replace(ctx.locale, currency=base_currency()))


FILTERS = list(examples_of_filters())


def tree_of(form: str, object: str, text: str, ctx: Context) -> Tree:
    if form == "json":
        return from_json(json.loads(text))
    return typed.parse(text, ctx, ctx.schema[object], ActorSight(ctx))


@pytest.mark.parametrize(("form", "object", "text"), FILTERS, ids=[one[2][:60] for one in FILTERS])
def test_an_example_of_a_filter_is_understood_and_asked(world: World, form: str, object: str, text: str) -> None:
    ctx = reader(world)
    tree = tree_of(form, object, text, ctx)
    if form == "typed" and ":" in text:
        assert any(leaves(tree)), "read as words alone"
    read.rows(ctx, ctx.schema[object], read.Query(where=tree, limit=1))


def test_every_operator_and_kind_has_an_example(world: World) -> None:
    ctx = reader(world)
    asked = {"json": set(), "typed": set()}
    kinds = set()
    for form, object, text in FILTERS:
        for leaf in leaves(tree_of(form, object, text, ctx)):
            asked[form].add(leaf.op)
            field = ctx.schema[object].fields.get(leaf.field.partition(".")[0])
            kinds.add(field.type.kind if field else None)
    every = {op for known in OPERATORS.values() for op in known}
    assert every - asked["json"] == set()
    assert every - asked["typed"] - {"eq"} == set() and "eq" in asked["typed"]
    assert {kind for kind in OPERATORS} - kinds == set()


def test_words_beside_conditions_are_searched_for(world: World) -> None:
    ctx = world.ctx("ada")
    tree = tree_of("typed", "contacts", "brandt company.city:Berlin", ctx)
    assert isinstance(tree.items[0], Words)  # type: ignore[union-attr]


# ── the first hour ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_file_of_the_first_hour_is_read_as_the_page_says(world: World, tmp_path: Path) -> None:
    from kith.kernel.jobs.progress import Progress
    from kith.kernel.transfer import job as imports

    (page,) = [one for one in blocks(DOCS / "tutorial" / "first-hour.md") if one.about == ("csv",)]
    file = tmp_path / "people.csv"
    file.write_text(page.text, "utf-8")
    ctx = world.ctx("ada")
    job = imports.begin(ctx, imports.files([file]))
    imports.check(ctx, job.pk, Progress())
    counts = imports.show(ctx, job.pk)["files"][0]["checked"]["counts"]
    assert [counts.get(name, 0) for name in ("rows", "created", "unchanged", "failed")] == [3, 2, 0, 1]
    (wrong,) = [one for one in imports.rows(ctx, job.pk, run=False, limit=10) if one["problems"]]
    told = f"row {wrong['row']}: " + "; ".join(f"{one['column']}: {one['message']}" for one in wrong["problems"])
    assert f"people.csv, {told}\n" in (DOCS / "tutorial" / "first-hour.md").read_text("utf-8")


# ── REST ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Call(NamedTuple):
    """An ``http`` block, the status after it, and the ``json`` block that follows it, if any."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any


def calls(page: Path) -> Iterator[Call]:
    found = [one for one in blocks(page) if one.about[:1] in (("http",), ("json",))]
    for place, block in enumerate(found):
        if block.about[0] != "http":
            continue
        head, _, body = block.text.partition("\n\n")
        first, *more = head.strip().splitlines()
        method, path = first.split(" ", 1)
        headers = dict(line.split(": ", 1) for line in more)
        after = found[place + 1] if place + 1 < len(found) else None
        answer = json.loads(after.text) if after and after.about == ("json",) else None
        yield Call(method, path, headers, body.strip(), int(block.about[1]), answer)


def test_every_address_of_rest_is_on_its_page() -> None:
    from kith.surfaces.rest.urls import urlpatterns

    page = (DOCS / "reference" / "rest.md").read_text("utf-8")
    paths = [re.sub(r"<str:(\w+)>", r"{\1}", str(one.pattern)) for one in urlpatterns]
    assert [one for one in paths if not one.startswith("^") and f" /{one}`" not in page] == []


def has(answer: Any, wanted: Any) -> bool:
    """Whether an answer has what the page shows of it; "…" stands for anything."""
    if wanted == "…":
        return True
    if isinstance(wanted, dict):
        return isinstance(answer, dict) and all(key in answer and has(answer[key], one) for key, one in wanted.items())
    if isinstance(wanted, list):
        return isinstance(answer, list) and all(any(has(held, one) for held in answer) for one in wanted)
    return bool(answer == wanted)


def test_every_example_of_rest_is_answered_as_the_page_says(world: World, client_as: Callable[[str], Any]) -> None:
    """The calls of the page in their order, on one database; ``{id}`` and the like are what earlier answers brought."""
    client = client_as("ada")
    known = {"id": "", "first": "", "event": "", "next": "", "company": str(world.records["companies", "olga"])}
    made = list(calls(DOCS / "reference" / "rest.md"))
    assert len(made) > 15
    for one in made:
        path, body = one.path, one.body
        for name, value in known.items():
            path, body = path.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
        sent = client.generic(
            one.method, path, data=body.encode(), content_type="application/json", headers=one.headers
        )
        told = f"{one.method} {path}: {sent.status_code} {sent.content.decode()[:600]}"
        assert sent.status_code == one.status, told
        answer = json.loads(sent.content) if sent.content else None
        if one.answer is not None:
            assert has(answer, one.answer), told
        if isinstance(answer, dict):
            known["id"] = answer.get("id") or known["id"]
            known["first"] = known["first"] or known["id"]
            known["next"] = str(answer.get("next") or known["next"])
            entries = [item for item in answer.get("items", ()) if "verb" in item]
            known["event"] = entries[0]["id"] if entries else known["event"]
