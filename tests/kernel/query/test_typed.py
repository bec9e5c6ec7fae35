"""The typed form: what is read, what is written, and that nothing typed is ever worse than a bad filter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kith.kernel.accounts.context import Context
from kith.kernel.kit.locale import Locale
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import ALL, And, BadFilter, Is, Not, Or, Tree, Words, from_json, tidy, to_json
from kith.kernel.query.typed import LONGEST, parse, write
from kith.kernel.records.sight import ActorSight
from tests.kernel.kit.corpora import naughty
from tests.kernel.query import plenty
from tests.kernel.query.trees import trees


def read(made: plenty.Plenty, text: str, **locale: Any) -> Tree:
    ctx = made.ctx("system").with_(locale=Locale(**locale))
    return parse(text, ctx, ctx.schema["samples"])


def refused(made: plenty.Plenty, text: str, name: str = "system") -> BadFilter:
    ctx = made.ctx(name)
    with pytest.raises(BadFilter) as caught:
        parse(text, ctx, ctx.schema["samples"], ActorSight(ctx))
    assert 0 <= caught.value.params["at"] <= len(text)
    assert str(caught.value)
    return caught.value


EMPTY = Is("title", "empty", True)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", ALL),
        ("   \u3000", ALL),
        ("()", ALL),
        ("stage:new", Is("stage", "eq", "new")),
        ("stage:New", Is("stage", "eq", "new")),
        ("stage:new,DONE", Is("stage", "in", ["new", "done"])),
        ("stage:new,", Is("stage", "in", ["new"])),
        ("stage=new", Is("stage", "eq", "new")),
        ("stage!=new", Is("stage", "ne", "new")),
        ("stage!=new,open", Not(Is("stage", "in", ["new", "open"]))),
        ("stage:!=new", Is("stage", "ne", "new")),
        ("count>10", Is("count", "gt", 10)),
        ("count:>10", Is("count", "gt", 10)),
        ("count>=10k", Is("count", "gte", 10_000)),
        ("count≥3万", Is("count", "gte", 30_000)),
        ("count > 10", Is("count", "gt", 10)),
        ("count>10,000", Is("count", "gt", 10_000)),
        ("count:10,20", Is("count", "in", [10, 20])),
        ("count:10..20", Is("count", "between", [10, 20])),
        ("count:10..", Is("count", "gte", 10)),
        ("count:..20", Is("count", "lte", 20)),
        ("count!=10..20", Not(Is("count", "between", [10, 20]))),
        ("count:1..2,9", Or((Is("count", "between", [1, 2]), Is("count", "eq", 9)))),
        ("ratio<0.5", Is("ratio", "lt", Decimal("0.500"))),
        ("title~tow", Is("title", "contains", "tow")),
        ("title:~tow", Is("title", "contains", "tow")),
        ("title^New", Is("title", "starts", "New")),
        ('title:"New York"', Is("title", "eq", "New York")),
        ('title:"a \\"b\\" \\\\ c\\d"', Is("title", "eq", 'a "b" \\ c\\d')),
        ("title:1..2", Is("title", "eq", "1..2")),
        ("title:*", Is("title", "empty", False)),
        ('title:"*"', Is("title", "eq", "*")),
        ("-title:*", EMPTY),
        ("not title:*", EMPTY),
        ("--title:*", Is("title", "empty", False)),
        ("-(stage:new or stage:open)", Not(Or((Is("stage", "eq", "new"), Is("stage", "eq", "open"))))),
        ("stage:new | stage:open", Or((Is("stage", "eq", "new"), Is("stage", "eq", "open")))),
        ("a or b c", Or((Words("a"), Words("b c")))),
        ("(a or b) c", And((Or((Words("a"), Words("b"))), Words("c")))),
        ("a and b", Words("a b")),
        ("a -b", And((Words("a"), Not(Words("b"))))),
        ('"a: b" "or" -', Words("a: b or -")),
        ("http://x.example/?a=b 10:30 e-mail", Words("http://x.example/?a=b 10:30 e-mail")),
        ("topics:vip", Is("topics", "has", "vip")),
        ("topics:vip,beta", Is("topics", "in", ["vip", "beta"])),
        ("topics=vip,beta", Is("topics", "eq", ["vip", "beta"])),
        ("active:yes", Is("active", "eq", True)),
        ("active:否", Is("active", "eq", False)),
        ("owner:me", Is("owner", "eq", "me")),
        ("owner:我", Is("owner", "eq", "me")),
        ("owner:Olga,tim@kith.example", Is("owner", "in", ["Olga", "tim@kith.example"])),
        ('company:"Company 1"', Is("company", "eq", "Company 1")),
        ("company.city:Berlin", Is("company.city", "eq", "Berlin")),
        ("Company.CITY:Berlin", Is("company.city", "eq", "Berlin")),
        ("helpers.company.parent.name:x", Is("helpers.company.parent.name", "eq", "x")),
        ('"Last name"~x', None),
        ("price.currency:eur", Is("price.currency", "eq", "eur")),
        ('price>"12.5 EUR"', Is("price", "gt", {"amount": "12.50", "currency": "EUR"})),
        ("price>10k", Is("price", "gt", {"amount": "10000.00", "currency": "USD"})),
        ('length>"1h 30m"', Is("length", "gt", 5400)),
        ("day:2026-11-20", Is("day", "eq", "2026-11-20")),
        ("day>2026-11-20", Is("day", "after", "2026-11-20")),
        ("day<=20261120", Is("day", "lte", "2026-11-20")),
        ('day:"next fri"', Is("day", "eq", "next fri")),
        ("day:下周五", Is("day", "eq", "下周五")),
        ("day:this_quarter", Is("day", "within", "this_quarter")),
        ('day:"last 30 days"', Is("day", "within", "30d")),
        ("day:本季度", Is("day", "within", "this_quarter")),
        ("day:未来2周", Is("day", "within", "next_2w")),
        ("day!=today", Not(Is("day", "within", "today"))),
        ("day:2026-01-01..2026-01-31", Is("day", "between", ["2026-01-01", "2026-01-31"])),
        ("moment>2026-11-20T14:30", Is("moment", "after", "2026-11-20T14:30:00Z")),
        ("moment:2026-11-20", Is("moment", "eq", "2026-11-20")),
        # nearer or further than so many days: ahead for what people set, back for what Kith keeps
        ("day:<30d", Is("day", "within", "next_30d")),
        ("day:>30d", Is("day", "gte", "+30d")),
        ("updated_at:<30d", Is("updated_at", "within", "30d")),
        ("updated_at:>30d", Is("updated_at", "lte", "-30d")),
        ("day:<-2w", Is("day", "within", "2w")),
        ("updated_at:<+2w", Is("updated_at", "within", "next_2w")),
        ("day<=+30d", Is("day", "lte", "+30d")),
        ("day>=-30d", Is("day", "gte", "-30d")),
        # full width, and labels in any language
        ("stage：new，open", Is("stage", "in", ["new", "open"])),
        ("title：“New York”", Is("title", "eq", "New York")),
        ("count＞＝10", Is("count", "gte", 10)),
        ("（stage：new）", Is("stage", "eq", "new")),
        ("我的choice:远", Is("x_my_choice", "eq", "far")),
        ('"My choice":near', Is("x_my_choice", "eq", "near")),
    ],
)
def test_what_is_typed(made: plenty.Plenty, text: str, tree: Tree | None) -> None:
    if tree is None:
        tree = Is("person_last_name", "contains", "x")
    found = read(made, text)
    assert found == tree
    assert from_json(to_json(found)) == found, "the JSON form carries it"


def test_the_example_of_the_interface(made: plenty.Plenty) -> None:
    typed = 'stage:new,open count>10k company.city:"New York" day:<30d owner:me -word:* (a or b)'
    assert to_json(read(made, typed)) == {
        "and": [
            {"field": "stage", "op": "in", "value": ["new", "open"]},
            {"field": "count", "op": "gt", "value": 10_000},
            {"field": "company.city", "op": "eq", "value": "New York"},
            {"field": "day", "op": "within", "value": "next_30d"},
            {"field": "owner", "op": "eq", "value": "me"},
            {"field": "word", "op": "empty", "value": True},
            {"or": [{"q": "a"}, {"q": "b"}]},
        ]
    }


def test_figures_and_dates_mean_the_same_for_whoever_opens_the_link(made: plenty.Plenty) -> None:
    assert read(made, 'ratio>"1,5" day:3/4/2026', language="de", region="DE") == And(
        (Is("ratio", "gt", Decimal("1.500")), Is("day", "eq", "2026-04-03"))
    )
    assert read(made, "day:3/4/2026", language="en", region="US") == Is("day", "eq", "2026-03-04")
    for language, region in (("de", "DE"), ("en", "US"), ("zh-hans", "CN")):
        ctx = made.ctx("system").with_(locale=Locale(language=language, region=region))
        spec = ctx.schema["samples"]
        for value in (Decimal("1.234"), Decimal("0.5"), Decimal("1234.5"), Decimal(-7)):
            assert parse(write(Is("ratio", "gt", value), ctx, spec), ctx, spec) == Is("ratio", "gt", value)
        for seconds in (0, 59, 60, 5400, 86_401):
            assert parse(write(Is("length", "lt", seconds), ctx, spec), ctx, spec) == Is("length", "lt", seconds)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("nothing:x", "unknown_field", 0),
        ("a nothing:x", "unknown_field", 2),
        ("a<b", "unknown_field", 0),
        ("company.nothing:x", "unknown_field", 0),
        ("title.x:y", "unknown_field", 0),
        ("helpers.company.parent.parent.name:x", "unknown_field", 0),
        ("stage:", "value_wanted", 6),
        ("stage: (a)", "value_wanted", 7),
        ("stage:new,,", "value_wanted", 10),
        ("stage:no", "not_a_choice", 6),
        ("stage:new,no", "not_a_choice", 10),
        ("stage>new", "unknown_operator", 6),
        ("count~5", "unknown_operator", 6),
        ("count>many", "not_a_number", 6),
        ("count:1..many", "not_a_number", 9),
        ("count>1,x", "not_a_number", 6),
        ("day:2026-02-31", "no_such_day", 4),
        ('title~"a",b', "one_value", 10),
        ("(a", "unclosed", 0),
        ("x -(a (b)", "unclosed", 3),
        ("a)", "unopened", 1),
        ('"abc', "unclosed", 0),
        ('title:"abc', "unclosed", 6),
        ("a or", "condition_wanted", 4),
        ("or a", "condition_wanted", 0),
        ("a or or b", "condition_wanted", 5),
        ("a and", "condition_wanted", 5),
        ("and a", "condition_wanted", 0),
        ("not", "condition_wanted", 3),
        ("(not)", "condition_wanted", 4),
        ("| a", "condition_wanted", 0),
        ("a\x00b", "nul_in_text", 1),
        ("a\ud800", "broken_text", 1),
        ("(" * 13 + "a" + ")" * 13, "too_deep", 12),
        ("x" * (LONGEST + 1), "too_long", LONGEST),
    ],
)
def test_what_is_wrong_and_where(made: plenty.Plenty, text: str, code: str, at: int) -> None:
    found = refused(made, text)
    assert (found.code, found.params["at"]) == (code, at)


def test_too_much_is_refused(made: plenty.Plenty) -> None:
    assert refused(made, "a:1 or " * 5).code == "unknown_field"
    assert refused(made, " ".join(["count>1"] * 201)).code == "too_wide"
    assert refused(made, " ".join(["(count>1 or " + " ".join(["count>1"] * 150) + ")"] * 3)).code == "too_many"
    assert refused(made, "-(a -(b " * 8 + ")" * 16).code == "too_deep"


def test_a_hidden_field_is_unknown(made: plenty.Plenty) -> None:
    """By its name and by its label, and whatever is wrong with the value."""
    spec = made.ctx("system").schema["samples"]
    for text in ("salary:x", "Salary:x", "salary>x", "company.salary:x"):
        assert (
            refused(made, text, "olga").code
            == refused(made, text.replace("alary", "alarx"), "olga").code
            == "unknown_field"
        )
    assert parse("salary:x", made.ctx("system"), spec) == Is("salary", "eq", "x")


# --- there and back --------------------------------------------------------------------------------------------------


def same(made: plenty.Plenty, tree: Tree) -> None:
    ctx = made.ctx("system")
    spec = ctx.schema["samples"]
    text = write(tree, ctx, spec)
    back = parse(text, ctx, spec)
    once = write(back, ctx, spec)
    assert parse(once, ctx, spec) == back and write(parse(once, ctx, spec), ctx, spec) == once, "written once, it stays"
    assert found(ctx, back) == found(ctx, tree), text


def found(ctx: Context, tree: Tree) -> set[Any]:
    spec, sight = ctx.schema["samples"], ActorSight(ctx)
    return set(sight.rows(spec).filter(Compiler(ctx, sight).q(spec, tree)).values_list("pk", flat=True))


def test_a_written_tree_is_the_same_condition(made: plenty.Plenty) -> None:
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(trees(made))
    def holds(tree: Tree) -> None:
        same(made, tree)

    holds()


WHOLE = """
    stage:new -stage:* count>5 count:1..2 topics:vip,x topics=a day:<3d owner:me word~x company.city^B price>5 active:no
    day:today,2026-01-01 length:"1h" x_my_choice!=near,far count: a b:c 10:30 -- () x_my_date:>3d
""".split()  # noqa: SIM905  (lines to read)
PIECES = (*WHOLE, 'title:"a b"', "or", "and", "not", '"x y"', "..", "\u3000", *'|-()",:>~*，“\\')


def test_typed_text_comes_back(made: plenty.Plenty) -> None:
    """Whatever is understood is written as the same tree; whatever is not is a BadFilter with its place."""
    ctx = made.ctx("system")
    spec = ctx.schema["samples"]

    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=9).map(" ".join)
        | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
    )
    @example("a:>")
    @example("-" * 9000)
    @example("-(" * 4000)
    @example("not " * 2000)
    @example("a." * 4000 + ":x")
    @example("\\" * 50 + '"')
    def holds(text: str) -> None:
        try:
            tree = parse(text, ctx, spec)
        except BadFilter as error:
            assert 0 <= error.params["at"] <= len(text)
            return
        assert tidy(tree) == tree
        assert parse(write(tree, ctx, spec), ctx, spec) == tree
        assert from_json(to_json(tree)) == tree

    holds()


def test_naughty_strings(made: plenty.Plenty) -> None:
    ctx = made.ctx("system")
    spec = ctx.schema["samples"]
    for text in naughty():
        for typed in (
            text,
            f"title:{text}",
            f'title~"{text}"',
            f"count>{text}",
            f"day:{text}",
            f"company:{text}",
            f"{text}:x",
            f"stage:{text} or {text}",
        ):
            try:
                tree = parse(typed, ctx, spec)
            except BadFilter as error:
                assert 0 <= error.params["at"] <= len(typed)
            else:
                assert parse(write(tree, ctx, spec), ctx, spec) == tree


def test_any_text_may_be_looked_for(made: plenty.Plenty) -> None:
    """A value in a tree may be anything; what is written of it is read back."""
    ctx = made.ctx("system")
    spec = ctx.schema["samples"]
    texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts, st.sampled_from(["eq", "ne", "contains", "starts"]))
    @example("-", "eq")
    @example("*", "eq")
    @example('"', "contains")
    @example("\\", "eq")
    @example(" or ", "contains")
    def holds(text: str, op: str) -> None:
        for tree in (Is("word", op, text), Is("word", "in", [text]), Not(Is("word", "in", [text, "b"])), Words(text)):
            try:
                back = parse(write(tree, ctx, spec), ctx, spec)
            except BadFilter as error:
                assert error.code in ("nul_in_text", "broken_text")
                continue
            assert back == tree or (isinstance(tree, Words) and back == tidy(tree))

    holds()
