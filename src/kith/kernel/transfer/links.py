"""The records of other objects that rows lead to: found, or made where the mapping says so.

What was found is remembered from chunk to chunk, so that ten thousand contacts of one company ask for it once.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.kit.locale import NEUTRAL
from kith.kernel.kit.text import title_key
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records.change import Item, change_many
from kith.kernel.records.errors import Refusal
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import find
from kith.kernel.transfer.drafts import Draft, Wish
from kith.kernel.transfer.mapping import Mapping as Mapped
from kith.kernel.transfer.mapping import points_of
from kith.kernel.transfer.seen import Seen, digest

REMEMBERED: Final = 100_000
Way = tuple[str, str, str]  # how, column, text
Asked = tuple[str, str, str]  # object, how, text


@dataclass(slots=True)
class Links:
    """Looks up what the rows of one file lead to. ``systems`` are the sources whose keys the file may use, by
    object.
    """

    ctx: Context
    spec: ObjectSpec
    mapping: Mapped
    systems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dry: bool = False
    expected: Seen = field(default_factory=Seen)  # keys that earlier files of this job will bring: for the dry run
    known: dict[Asked, uuid.UUID] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)
    made: dict[str, int] = field(default_factory=dict)  # records made on the way, by object
    later: int = 0  # rows that lead to a row of the same file that may be yet to come
    last: bool = False  # nothing is yet to come

    def resolve(self, drafts: Sequence[Draft]) -> None:
        """Turn all wishes into values. What leads nowhere is told in the draft's warnings."""
        wished = [(draft, wish) for draft in drafts for wish in draft.wishes if not draft.problems]
        if not wished:
            return
        if len(self.known) > REMEMBERED:
            self.known.clear()
        self._look([wish for _draft, wish in wished])
        self._make([(draft, wish) for draft, wish in wished if wish.field.name in self.mapping.create])
        for draft, wish in wished:
            if wish.field.target == "users":
                self._owner(draft, wish)
            else:
                self._put(draft, wish)

    # --- looking -----------------------------------------------------------------------------------------------

    def _look(self, wishes: Iterable[Wish]) -> None:
        asked: dict[tuple[str, str], set[str]] = defaultdict(set)
        for wish in wishes:
            for how, _column, text in wish.ways:
                if (wish.field.target, how, text) not in self.known:
                    asked[wish.field.target, how].add(text)
        for (target, how), texts in asked.items():
            spec = self.ctx.schema.get(target)
            if spec is not None and may(self.ctx, spec, "read"):
                self.known.update({(target, how, text): id for text, id in self._found(spec, how, texts).items()})

    def _found(self, spec: ObjectSpec, how: str, texts: set[str]) -> dict[str, uuid.UUID]:
        if spec.name == "users":
            named = {text: uuid.UUID(id) for text, id in self.mapping.owners.items() if text in texts and id}
            return {**find.people(self.ctx, texts), **named}
        if how == "id":
            return self._by_id(spec, texts)
        if how == "key":
            return self._by_key(spec, texts)
        held: Mapping[str, set[uuid.UUID]]
        if how == "":
            person = spec.fields[spec.title].type.name == "person_name"
            keys = {text: title_key(text, name=person) for text in texts}
            held = find.by_title(self.ctx, spec, keys.values())
        else:
            here = mask.readable(self.ctx, spec).get(how)
            if here is None:
                return {}
            several = points_of(spec, how)
            if several is not None:  # a company by any of its domains
                keys = {text: point_key(several, text) for text in texts}
                held = find.by_point(self.ctx, spec, several.type.point_kind, keys.values())  # type: ignore[attr-defined]
            else:
                keys = {text: text.strip().lower() for text in texts}
                held = find.by_field(self.ctx, spec, here, [text.strip() for text in texts])
        return {text: next(iter(held[key])) for text, key in keys.items() if len(held.get(key, ())) == 1}

    def _by_id(self, spec: ObjectSpec, texts: set[str]) -> dict[str, uuid.UUID]:
        ids = {}
        for text in texts:
            try:
                ids[text] = uuid.UUID(text)
            except ValueError:
                continue
        seen = find.by_id(self.ctx, spec, ids.values()).ids
        found = {text: id for text, id in ids.items() if str(id) in seen}
        return {**self._by_key(spec, texts - set(found)), **found}

    def _by_key(self, spec: ObjectSpec, texts: set[str]) -> dict[str, uuid.UUID]:
        found: dict[str, uuid.UUID] = {}
        for system in dict.fromkeys((self.mapping.system, *self.systems.get(spec.name, ()))):
            left = texts - set(found)
            if left:
                held = find.by_key(self.ctx, spec, system, left).ids
                found.update({text: next(iter(ids)) for text, ids in held.items()})
        return found

    # --- making ------------------------------------------------------------------------------------------------

    def _make(self, wished: Sequence[tuple[Draft, Wish]]) -> None:
        """One new record for each name that is not there, in one batch an object."""
        wanted: dict[str, dict[str, tuple[Wish, dict[str, Way]]]] = defaultdict(dict)
        for _draft, wish in wished:
            for item in items_of(wish):
                title = item.get("")
                if title is not None and self._id(wish.field, item) is None:
                    wanted[wish.field.target].setdefault(title_key(title[2]), (wish, item))
        for target, found in wanted.items():
            spec = self.ctx.schema[target]
            if not may(self.ctx, spec, "create"):
                continue
            if self.dry:
                coming = {digest(target, "", key): 1 for key in found}
                self.made[target] = self.made.get(target, 0) + len(coming) - len(self.expected.of(coming))
                self.expected.add(coming)
            else:
                self._create(spec, list(found.values()))

    def _create(self, spec: ObjectSpec, wanted: Sequence[tuple[Wish, dict[str, Way]]]) -> None:
        items = [Item(self._values(spec, item), verb="create") for _wish, item in wanted]
        try:
            changes = change_many(self.ctx, spec, items, partial=True)
        except Refusal:
            return  # each row then says that there is no such record
        for (_wish, item), one in zip(wanted, changes, strict=True):
            if one.event is not None:
                self.made[spec.name] = self.made.get(spec.name, 0) + 1
                self.known[spec.name, "=", title_key(item[""][2])] = one.id
                for how, _column, text in item.values():
                    self.known[spec.name, how, text] = one.id

    def _values(self, spec: ObjectSpec, item: Mapping[str, Way]) -> dict[str, Any]:
        values: dict[str, Any] = {spec.title: item[""][2]}
        for how, _column, text in item.values():
            if how == "key":
                values["external_ids"] = {self.mapping.system: text}
            elif how in spec.fields:
                values[how] = text
        return values

    # --- putting in --------------------------------------------------------------------------------------------

    def _id(self, here: Field, item: Mapping[str, Way]) -> uuid.UUID | None:
        for how, _column, text in item.values():
            if (id := self.known.get((here.target, how, text))) is not None:
                return id
        if "" in item:  # the same name in other letters
            key = title_key(item[""][2])
            return self.known.get((here.target, "=", key))
        return None

    def _put(self, draft: Draft, wish: Wish) -> None:
        here, ids = wish.field, list[uuid.UUID]()
        for item in items_of(wish):
            id = self._id(here, item)
            if id is not None:
                ids.append(id)
            elif here.target == self.spec.name and not self.last:
                self.later += 1
            elif not (self.dry and self._will_be(here, item)):
                _how, column, text = next(iter(item.values()))
                message = _("There is no such record among %(objects)s; the field stays empty")
                led = self.ctx.schema.get(here.target)
                draft.warn(
                    column, here.name, text, "not_found", message % {"objects": led.label_many if led else here.target}
                )
            draft.links.add(here.name)
        ids = list(dict.fromkeys(ids))
        if here.type.name == "references":
            if ids:
                draft.values[here.name] = [{"id": str(id), **wish.rest} for id in ids]
            return
        if ids:
            draft.values[here.name] = ids[0]
        if len(ids) > 1:
            self._more(draft, wish, ids[1:])

    def _more(self, draft: Draft, wish: Wish, ids: Sequence[uuid.UUID]) -> None:
        """The second and third company of a contact, where the object has a field for them."""
        several = next(
            (
                one
                for one in self.spec.fields.values()
                if one.type.name == "references" and one.target == wish.field.target
            ),
            None,
        )
        if several is not None:
            held = draft.values.setdefault(several.name, [])
            held += [{"id": str(id)} for id in ids]
            return
        message = _("Only the first of %(count)s records is kept") % {"count": len(ids) + 1}
        draft.warn(wish.ways[0][1], wish.field.name, "", "too_many", message)

    def _owner(self, draft: Draft, wish: Wish) -> None:
        text = next((text for _how, _column, text in wish.ways), "")
        id = next((id for how, _column, one in wish.ways if (id := self.known.get(("users", how, one)))), None)
        if id is None and self.mapping.owner:
            id = uuid.UUID(self.mapping.owner)
            self._tell_once(draft, wish, text)
        if id is not None:
            draft.values[wish.field.name] = id
        else:
            self._tell_once(draft, wish, text)

    def _tell_once(self, draft: Draft, wish: Wish, text: str) -> None:
        if (wish.field.name, text) not in self.told:
            self.told.add((wish.field.name, text))
            message = _("There is no user “%(name)s” here; their records get the owner chosen for the import")
            draft.warn(wish.ways[0][1], wish.field.name, text, "no_user", message % {"name": text[:80]})

    def _will_be(self, here: Field, item: Mapping[str, Way]) -> bool:
        """Whether a dry run knows that this record will be there by then."""
        ways = ((how, title_key(text) if how == "" else text) for how, _column, text in item.values())
        return bool(self.expected.of(digest(here.target, how, key) for how, key in ways))


def point_key(several: Field, text: str) -> str:
    """The key of an address as a file writes it; the text itself where it is none, which leads nowhere."""
    try:
        return str(several.type.read_one(text, NEUTRAL).key)  # type: ignore[attr-defined]
    except ValueError:
        return text


def items_of(wish: Wish) -> list[dict[str, Way]]:
    """The records that a wish names, each by all that is said of it: the first id with the first name, and so on."""
    by_how: dict[str, list[Way]] = defaultdict(list)
    for way in wish.ways:
        by_how[way[0]].append(way)
    count = max(map(len, by_how.values()), default=0)
    return [{how: ways[at] for how, ways in by_how.items() if at < len(ways)} for at in range(count)]
