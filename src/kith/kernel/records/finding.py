"""Search over records: writing their documents (step 9 of a change), and confirming what was found under policy and
mask.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from rapidfuzz.distance import OSA

from kith.kernel.accounts.context import Context, system
from kith.kernel.fields.base import Field
from kith.kernel.fields.references import ANY, led_to
from kith.kernel.fields.store import Aside, Column
from kith.kernel.fields.table import insert
from kith.kernel.kit.text import title_prefix
from kith.kernel.policy import mask
from kith.kernel.policy.rows import branches, may, rows_q
from kith.kernel.records import aside, read
from kith.kernel.records.sight import ActorSight, living
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.search import engines, find, tokens
from kith.kernel.search.models import SearchDoc

if TYPE_CHECKING:
    from kith.kernel.records.change import Change

CONFIRMED: Final = 200
NEAR: Final = 100  # titles looked at on either side of a word with a slip
SHORT: Final = 4  # fewer letters than these are not guessed at
LONG: Final = 8  # from so many letters on two slips are forgiven
BATCH: Final = 1000
NOBODY: Final = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found: its object, its title, and the second line that tells namesakes apart."""

    object: str
    id: uuid.UUID
    title: str
    subtitle: str


def search(ctx: Context, text: str, objects: Sequence[str] = (), limit: int = 20) -> list[Hit]:
    """The best matches over all objects that the actor may read, or those named. One query for candidates, two an
    object. Where nothing matches, titles within a slip or two of the words (``_near``).
    """
    specs = [
        spec for spec in ctx.schema if spec.search and (not objects or spec.name in objects) and may(ctx, spec, "read")
    ]
    ranked = find.candidates(ctx, specs, text)
    hits: list[Hit] = []
    for at in range(0, min(len(ranked), CONFIRMED), max(limit, 1) * 2):
        part = ranked[at : at + limit * 2]
        seen = {(hit.object, hit.id): hit for hit in _confirmed(ctx, text, part)}
        hits.extend(seen[one.object, one.record] for one in part if (one.object, one.record) in seen)
        if len(hits) >= limit:
            break
    return hits[:limit] or _near(ctx, specs, text, limit)


def matching(ctx: Context, spec: ObjectSpec, text: str) -> Q:
    """The condition "matches these words" for a list of ``spec``.

    Where fields are hidden from the actor the documents hold more than they may know, so the candidates are confirmed
    one by one; else it is a subquery and costs nothing more. Records that lead to one beyond the actor's sight hold its
    title, too: those are confirmed, the newest 1,000 of them, the others are not.
    """
    if not text.strip():
        return Q()
    if (named := _names_seen(ctx, spec)) is not None:
        # The object is among the tokens; named as a column it would have SQLite walk all documents of it instead.
        found = Q(pk__in=find.documents(ctx, [spec], text).values("record"))
        if not named:
            return found
        reached = living(spec).filter(rows_q(ctx, spec), found).filter(~named)
        unsure = reached.order_by("-pk").values_list("pk", flat=True)[: find.CANDIDATES]
        return found & named | Q(pk__in=_visibly_matching(ctx, spec, text, unsure))
    ranked = find.candidates(ctx, [spec], text)
    return Q(pk__in=[hit.id for hit in _confirmed(ctx, text, ranked)])


def wording(ctx: Context, spec: ObjectSpec, text: str) -> str:
    """What the engine is asked for the records that match, where their documents alone can tell; "" where candidates
    are to be confirmed (:func:`matching`), or where nothing is asked for or reached.
    """
    seen = _names_seen(ctx, spec) if spec.search else None
    asked = find.wordings(ctx, [spec], text) if seen is not None and not seen else ()
    return asked[0] if asked else ""


def _confirmed(ctx: Context, text: str, part: Iterable[find.Candidate]) -> Iterator[Hit]:
    by_object: dict[str, list[uuid.UUID]] = defaultdict(list)
    for one in part:
        by_object[one.object].append(one.record)
    for name, ids in by_object.items():
        spec = ctx.schema[name]
        allowed: Iterable[uuid.UUID] = ids  # reading them leaves out what is beyond the actor's reach
        if not _sees_all(ctx, spec):
            allowed = _visibly_matching(ctx, spec, text, ids)
        shown = [one for one in (spec.title, *spec.subtitle) if one in mask.readable(ctx, spec)]
        yield from _hits(ctx, spec, shown, allowed)


def _near(ctx: Context, specs: Iterable[ObjectSpec], text: str, limit: int) -> list[Hit]:
    """Records whose title begins like the words but for a slip: "lotsu" for Lotus, 王小名 for 王小明.

    It looks at the 200 titles of an object that stand nearest to the words in the index, however many there are, so a
    slip in the first letters of a large object is missed. Compared are titles only, so only for who may read them.
    """
    typed = title_prefix(text)
    slips = 2 if len(typed) >= LONG else 1
    if len(typed) < SHORT or not any(letter.isalpha() for letter in typed):
        return []
    found: list[tuple[int, Hit]] = []
    for spec in specs:
        shown = [one for one in (spec.title, *spec.subtitle) if one in mask.readable(ctx, spec)]
        if spec.title not in shown:
            continue
        documents = SearchDoc.objects.filter(object=spec.name)
        after = documents.filter(title_key__gte=typed).order_by("title_key")
        before = documents.filter(title_key__lt=typed).order_by("-title_key")
        near = {
            id: distance
            for part in (after, before)
            for id, key in part.values_list("record", "title_key")[:NEAR]
            if (distance := _distance(typed, key, slips)) <= slips
        }
        allowed = read.ids(ctx, spec, near) if near else ()
        found += [(near[hit.id], hit) for hit in _hits(ctx, spec, shown, allowed)]
    found.sort(key=lambda one: (one[0], one[1].title))
    return [hit for _distance, hit in found[:limit]]


def _distance(typed: str, key: str, most: int) -> int:
    """How many slips of the hand lie between what was typed and the beginning of a title; above ``most`` any number."""
    sound = key.partition("  ")[0]
    cuts = {sound[: len(typed) + more] for more in (-1, 0, 1)}
    return min(int(OSA.distance(typed, cut, score_cutoff=most)) for cut in cuts)


def known(ctx: Context, spec: ObjectSpec, ids: Iterable[uuid.UUID]) -> list[Hit]:
    """Those of these records that the actor may see, as hits, in the order of ``ids``."""
    wanted = list(dict.fromkeys(ids))
    shown = [one for one in (spec.title, *spec.subtitle) if one in mask.readable(ctx, spec)]
    found = {hit.id: hit for hit in _hits(ctx, spec, shown, wanted)}
    return [found[id] for id in wanted if id in found]


def _hits(ctx: Context, spec: ObjectSpec, shown: Sequence[str], ids: Iterable[uuid.UUID]) -> Iterator[Hit]:
    page = read.by_ids(ctx, spec, ids, shown)
    for row in page.rows:
        words = [_text(ctx, page, one, row) for one in page.fields]
        lines = dict(zip((one.name for one in page.fields), words, strict=True))
        yield Hit(spec.name, row.id, lines.pop(spec.title, ""), " · ".join(filter(None, lines.values())))


def _text(ctx: Context, page: read.Page, one: Field, row: read.Row) -> str:
    value = row.values[one.name]
    if one.target:
        return ", ".join(page.titles[key].text for key in led_to(one, value) if key in page.titles)
    return "" if one.type.empty(value) else one.type.display(one, value, ctx.locale)


def _sees_all(ctx: Context, spec: ObjectSpec) -> bool:
    """Whether all that stands in the documents may be known: every field, and the title of every record led to."""
    shown = mask.readable(ctx, spec)
    searched = [spec.fields[name] for name in spec.search if name in spec.fields]
    return all(one.name in shown and (not one.target or _names_all(ctx, one.target)) for one in searched)


def _names_seen(ctx: Context, spec: ObjectSpec) -> Q | None:
    """The records whose documents hold nothing but what the actor may know: ``Q()`` for all of them, ``None`` where a
    field is hidden or a reference lies in another table, so that no condition can tell.
    """
    shown, seen = mask.readable(ctx, spec), Q()
    for one in (spec.fields[name] for name in spec.search if name in spec.fields):
        if one.name not in shown:
            return None
        if one.target and not _names_all(ctx, one.target):
            target = ctx.schema.get(one.target)
            if not isinstance(one.store, Column):
                return None
            named = target is not None and may(ctx, target, "read") and target.title in mask.readable(ctx, target)
            column = one.store.columns[0]
            within = Q(**{f"{column}__in": ActorSight(ctx).rows(target).values("pk")}) if target and named else Q()
            seen &= Q(**{f"{column}__isnull": True}) | within if within else Q(**{f"{column}__isnull": True})
    return seen


def _names_all(ctx: Context, target: str) -> bool:
    if target == ANY:
        return all(_names_all(ctx, spec.name) for spec in ctx.schema if spec.menu)
    spec = ctx.schema.get(target)
    return (
        spec is not None
        and spec.title in mask.readable(ctx, spec)
        and any(not one.column and one.only is None for one in branches(ctx, spec))
    )


def _visibly_matching(ctx: Context, spec: ObjectSpec, text: str, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those whose *visible* fields match: what a hidden field holds must not be found out by searching for it."""
    wanted = tokens.of_query(text)
    shown = [name for name in spec.search if name in mask.readable(ctx, spec)]
    page = read.by_ids(ctx, spec, ids, shown)
    found = set()
    for row in page.rows:
        have = tokens.of_texts(
            one.type.search_text(one, row.values[one.name]) or _text(ctx, page, one, row) for one in page.fields
        )
        if all(any(token.startswith(want) for token in have) for want in wanted):
            found.add(row.id)
    return found


def index(spec: ObjectSpec, changes: Sequence[Change], schema: Any) -> None:
    """Write the documents of changed records, where a field changed that is searched or that rights hang on."""
    if not spec.search:
        return
    gone = [one.id for one in changes if one.verb == "deleted"]
    if gone:
        SearchDoc.objects.filter(object=spec.name, record__in=gone).delete()
    relevant = {*spec.search, "owner", "team", *(to for name in spec.search for to in _expands(spec, name))}
    stale = [
        one
        for one in changes
        if one.verb in ("created", "restored") or (one.verb == "updated" and relevant & one.diff.keys())
    ]
    write(
        spec,
        [(one.id, one.record, one.after) for one in stale],
        schema,
        fresh=all(one.verb == "created" for one in stale),
    )


def _expands(spec: ObjectSpec, name: str) -> tuple[str, ...]:
    here = spec.field(name)
    return here.expands.to if here is not None and here.expands is not None else ()


def write(
    spec: ObjectSpec, rows: Sequence[tuple[uuid.UUID, Any, Mapping[str, Any]]], schema: Any, *, fresh: bool = False
) -> None:
    """Documents for these (id, instance, known values): one upsert; one query per side table and per object led to.

    ``fresh``: none of them has one yet.
    """
    if not rows:
        return
    fields = [spec.fields[name] for name in spec.search if name in spec.fields]
    missing = [
        one
        for one in fields
        if isinstance(one.store, Aside) and any(one.name not in known for _id, _record, known in rows)
    ]
    beside = aside.load(spec, aside.tables(missing), [id for id, _record, _known in rows]) if missing else {}
    values = [
        {one.name: known[one.name] if one.name in known else _held(one, record, beside) for one in fields}
        for _id, record, known in rows
    ]
    named = _names(schema, fields, values)
    documents = []
    rights = [name for name in ("owner_id", "team_id") if hasattr(spec.model, name)]
    whole = tokens.of_object(spec.name)
    for (id, record, _known), held in zip(rows, values, strict=True):
        texts = [text for one in fields for text in _texts(one, held[one.name], named)]
        scopes = [tokens.scope(column, getattr(record, column)) for column in rights]
        body = engines.body([*tokens.of_texts(texts), whole, *scopes])
        documents.append((spec.name, id, record.title_key, body))
    if not fresh:
        old = SearchDoc.objects.filter(object=spec.name, record__in=[id for _object, id, _key, _body in documents])
        old._raw_delete(old.db)  # nothing refers to them: no need to look for what does
    insert(SearchDoc, ("object", "record", "title_key", "body"), documents, indexed_words=True)


def _held(one: Field, record: Any, beside: aside.Values) -> Any:
    if isinstance(one.store, Aside):
        return beside.get((record.pk, one.name), ())
    return one.store.load(one, [getattr(record, column) for column in one.store.columns])


def _names(
    schema: Any, fields: Iterable[Field], values: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, uuid.UUID], str]:
    """Titles of the records led to; the system reads them, since a document serves everybody."""
    ctx = system(schema=schema)
    made = [read.Row(NOBODY, 0, held) for held in values]
    return {key: title.text for key, title in read.titles(ctx, [one for one in fields if one.target], made).items()}


def _texts(one: Field, value: Any, named: Mapping[tuple[str, uuid.UUID], str]) -> Iterable[str]:
    if one.target:
        return [named.get(key, "") for key in led_to(one, value)]
    return () if value is None or one.type.empty(value) else (one.type.search_text(one, value),)


def rebuild(ctx: Context, spec: ObjectSpec, told: Callable[[int], None] = lambda _count: None) -> int:
    """Write the documents of every living record of an object anew, in batches by id. Returns how many; ``told`` hears
    so after each batch.
    """
    SearchDoc.objects.filter(object=spec.name).delete()
    after, count = uuid.UUID(int=0), 0
    while records := list(living(spec).filter(id__gt=after).order_by("id")[:BATCH]):
        write(spec, [(one.pk, one, {}) for one in records], ctx.schema)
        after, count = records[-1].pk, count + len(records)
        told(count)
    return count
