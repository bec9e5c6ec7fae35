"""Which record a row is about, and to which others it leads: a handful of queries for a whole chunk.

Everything found is confirmed by what the importer may see. A record beyond their reach is never matched, and its keys
are as taken as they would be for a form.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.kinds import Kind
from kith.kernel.fields.store import Column, Json
from kith.kernel.kit.locale import NEUTRAL
from kith.kernel.kit.text import title_key
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may, rows_q
from kith.kernel.records import read
from kith.kernel.records.models import ContactPoint, ExternalKey
from kith.kernel.records.sight import living
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer.drafts import MADE_KEY, Draft, Problem
from kith.kernel.transfer.mapping import points_of

PIECE: Final = 500
"""Values in one ``IN``: far below what any database takes."""


@dataclass(slots=True)
class Found:
    """What one way of looking found: ids by value. Those in the bin are apart, those out of reach are ``taken``."""

    ids: dict[str, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    binned: dict[str, uuid.UUID] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


def by_key(ctx: Context, spec: ObjectSpec, system: str, keys: Iterable[str]) -> Found:
    """Records by their key in another system."""
    made, held = Found(), dict[uuid.UUID, list[str]]()
    for part in pieces(keys):
        rows = ExternalKey.objects.filter(system=system, object=spec.name, key__in=part).values_list("record", "key")
        for record, key in rows:
            held.setdefault(record, []).append(key)
    if held:
        seen = read.ids(ctx, spec, held)
        rest = [one for one in held if one not in seen]
        binned = _binned(ctx, spec, rest) if rest else set()
        for record, names in held.items():
            for key in names:
                if record in seen:
                    made.ids[key].add(record)
                elif record in binned:
                    made.binned[key] = record
                else:
                    made.taken.add(key)
    return made


def _binned(ctx: Context, spec: ObjectSpec, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    held = spec.model._default_manager.filter(rows_q(ctx, spec, "delete"), pk__in=list(ids), **spec.scope)
    return set(held.filter(~Q(deleted_at=None)).values_list("pk", flat=True))


def by_id(ctx: Context, spec: ObjectSpec, ids: Iterable[uuid.UUID]) -> Found:
    """Records by our own id."""
    made, wanted = Found(), list(ids)
    seen = read.ids(ctx, spec, wanted)
    for one in seen:
        made.ids[str(one)].add(one)
    rest = [one for one in wanted if one not in seen]
    for one in _binned(ctx, spec, rest) if rest else ():
        made.binned[str(one)] = one
    return made


def by_point(ctx: Context, spec: ObjectSpec, kind: str, keys: Iterable[str]) -> dict[str, set[uuid.UUID]]:
    """Records by an address."""
    held: dict[uuid.UUID, set[str]] = defaultdict(set)
    for part in pieces(keys):
        rows = ContactPoint.objects.filter(kind=kind, key__in=part, object=spec.name).values_list("record", "key")
        for record, key in rows:
            held[record].add(key)
    return _turned(ctx, spec, held)


def by_title(ctx: Context, spec: ObjectSpec, keys: Iterable[str]) -> dict[str, set[uuid.UUID]]:
    """Records by the key of their title, folded: case and accents do not matter."""
    found: dict[str, set[uuid.UUID]] = defaultdict(set)
    if not may(ctx, spec, "read"):
        return found
    for part in pieces(keys):
        rows = living(spec).filter(rows_q(ctx, spec), title_key__in=part).values_list("pk", "title_key")
        for id, key in rows:
            found[key].add(id)
    return found


def by_field(ctx: Context, spec: ObjectSpec, here: Field, values: Iterable[str]) -> dict[str, set[uuid.UUID]]:
    """Records by the value of one field (a domain, a number of their own), as it is written or in small letters."""
    found: dict[str, set[uuid.UUID]] = defaultdict(set)
    if not isinstance(here.store, Column | Json) or here.type.kind is not Kind.TEXT:
        return found
    wanted = {form for one in values for form in (one, one.lower())}
    for part in pieces(wanted):
        rows = living(spec).filter(rows_q(ctx, spec)).annotate(_held=here.store.expr(here)).filter(_held__in=part)
        for id, value in rows.values_list("pk", "_held"):
            found[str(value).lower()].add(id)
    return found


def _turned(ctx: Context, spec: ObjectSpec, held: Mapping[uuid.UUID, set[str]]) -> dict[str, set[uuid.UUID]]:
    found: dict[str, set[uuid.UUID]] = defaultdict(set)
    for id in read.ids(ctx, spec, held) if held else ():
        for key in held[id]:
            found[key].add(id)
    return found


def pieces(values: Iterable[str]) -> Iterable[list[str]]:
    """The values, a few hundred at a time."""
    wanted = list(dict.fromkeys(values))
    return (wanted[at : at + PIECE] for at in range(0, len(wanted), PIECE))


# --- the record of a row ---------------------------------------------------------------------------------------


def match(ctx: Context, spec: ObjectSpec, drafts: Sequence[Draft], keys: Sequence[str], system: str) -> None:
    """Set ``match`` of each draft whose record is there. One that could be several records is refused.

    A weaker key (an address, a name) never leads to a record that already is another one of the same source.
    """
    open_ones = [one for one in drafts if not one.problems and not one.aside]
    for name in keys:
        left = [one for one in open_ones if one.match is None and not one.problems]
        if not left:
            return
        kind, _colon, other = name.partition(":")
        if _hidden(ctx, spec, kind):
            continue  # what may not be read is no way to find out that it is there
        if kind == "external_id":
            _by_keys(ctx, spec, left, other or system, own=not other or other == system)
        elif kind == "id":
            _by_ids(ctx, spec, left)
        else:
            _weak(ctx, spec, left, kind, system)


def _hidden(ctx: Context, spec: ObjectSpec, kind: str) -> bool:
    name = {"name": spec.title, "external_id": "external_ids"}.get(kind, kind)
    return name in spec.fields and name not in mask.readable(ctx, spec)


def _by_keys(ctx: Context, spec: ObjectSpec, left: Sequence[Draft], system: str, own: bool) -> None:
    def key_of(one: Draft) -> str:
        return one.key if own else str(dict(one.values.get("external_ids") or {}).get(system, ""))

    found = by_key(ctx, spec, system, filter(None, map(key_of, left)))
    for one in left:
        key = key_of(one)
        if key in found.ids:
            one.match = next(iter(found.ids[key]))
        elif key in found.binned:
            one.match, one.binned = found.binned[key], True
        elif key in found.taken:
            message = _("A record that you may not see or change has this key already")
            one.problems.append(Problem("", "external_ids", key, "taken", message))


def _by_ids(ctx: Context, spec: ObjectSpec, left: Sequence[Draft]) -> None:
    found = by_id(ctx, spec, [one.id for one in left if one.id is not None])
    for one in left:
        if one.id is not None and str(one.id) in found.ids:
            one.match = one.id
        elif one.id is not None and str(one.id) in found.binned:
            one.match, one.binned = one.id, True


def weak_keys(spec: ObjectSpec, one: Draft, kind: str) -> list[str]:
    """What a row offers to be found by: its addresses, its name, the value of a field."""
    several = points_of(spec, kind)
    if several is not None:
        return [point.key for point in one.values.get(several.name, ())]
    if kind == "name" or kind == spec.title:
        text = title_of(spec, one.values)
        return [title_key(text, name=spec.fields[spec.title].type.name == "person_name")] if text else []
    value = one.values.get(kind)
    return [str(value).strip().lower()] if isinstance(value, str | int) and str(value).strip() else []


def title_of(spec: ObjectSpec, values: Mapping[str, Any]) -> str:
    """How the record of these raw values would be called."""
    here = spec.fields[spec.title]
    if here.expands is not None and here.type.name == "person_name":
        parts = [str(values.get(part) or "") for part in here.expands.to]
        raw: Any = dict(zip(("first_name", "last_name"), parts, strict=False)) if any(parts) else values.get(spec.title)
    else:
        raw = values.get(spec.title)
    if raw in (None, ""):
        return ""
    try:
        return here.type.display(here, here.type.parse(here, raw), NEUTRAL)
    except ValueError:
        return ""


def _weak(ctx: Context, spec: ObjectSpec, left: Sequence[Draft], kind: str, system: str) -> None:
    offered = {id(one): weak_keys(spec, one, kind) for one in left}
    every = [key for keys in offered.values() for key in keys]
    several = points_of(spec, kind)
    if several is not None:
        found = by_point(ctx, spec, several.type.point_kind, every)  # type: ignore[attr-defined]
    elif kind in ("name", spec.title):
        found = by_title(ctx, spec, every)
    else:
        written = [str(one.values[kind]).strip() for one in left if one.values.get(kind)]
        found = by_field(ctx, spec, spec.fields[kind], written)
    others = _keys_held(spec, {one for ids in found.values() for one in ids}, system) if found else {}
    for one in left:
        candidates = {record for key in offered[id(one)] for record in found.get(key, ())}
        if one.own_key and one.key:
            candidates = {
                record for record in candidates if others.get(record, one.key) == one.key or _made(others[record])
            }
        if len(candidates) == 1:
            one.match = candidates.pop()
        elif candidates:
            message = _("%(count)s records fit this row; match by another key") % {"count": len(candidates)}
            one.problems.append(Problem("", kind, ", ".join(offered[id(one)])[:200], "ambiguous", message))


def _made(key: str) -> bool:
    return key.startswith(MADE_KEY)


def _keys_held(spec: ObjectSpec, ids: set[uuid.UUID], system: str) -> dict[uuid.UUID, str]:
    held: dict[uuid.UUID, str] = {}
    for part in pieces(map(str, ids)):
        rows = ExternalKey.objects.filter(system=system, object=spec.name, record__in=part)
        held.update(rows.values_list("record", "key"))
    return held


def people(ctx: Context, texts: Iterable[str]) -> dict[str, uuid.UUID]:
    """Users by what a file calls them: their address, or their name when only one has it."""
    from kith.kernel.accounts.directory import directory

    held = directory(ctx.schema.version).people.values()
    by_mail = {one.email.casefold(): one.id for one in held if one.active}
    by_name: dict[str, set[uuid.UUID]] = defaultdict(set)
    for one in held:
        if one.active:
            by_name[title_key(one.name)].add(one.id)
    found: dict[str, uuid.UUID] = {}
    for text in set(texts):
        named = by_name.get(title_key(text), set())
        id = by_mail.get(text.strip().casefold()) or (next(iter(named)) if len(named) == 1 else None)
        if id is not None:
            found[text] = id
    users = ctx.schema.get("users")
    seen = read.ids(ctx, users, found.values()) if users is not None else set()
    return {text: id for text, id in found.items() if id in seen}
