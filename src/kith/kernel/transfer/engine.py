"""Rows to records, a chunk at a time: drafts, the records they are about, what changes, one call of ``change_many``."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.kit.garbage import spared
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.records import read
from kith.kernel.records.change import Change, Item, change_many
from kith.kernel.records.errors import Invalid, Refusal
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import find
from kith.kernel.transfer.cells import Line, text_of
from kith.kernel.transfer.drafts import Draft, Problem, reason
from kith.kernel.transfer.links import Links
from kith.kernel.transfer.mapping import Mapping as Mapped
from kith.kernel.transfer.models import Outcome
from kith.kernel.transfer.plan import Plan
from kith.kernel.transfer.seen import SHORT, Seen, digest

CHUNK: Final = 1000
"""Rows of one transaction: as many as are written at once."""

ROW: Final = (1 << 32) - 1
KEY_BITS: Final = 33
LISTS: Final = frozenset({"emails", "phones", "domains", "tags", "multi_choice", "references", "external_keys"})
"""Types whose values add up when a record is updated, unless the file is known to be complete."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row."""

    draft: Draft
    outcome: Outcome
    record: uuid.UUID | None = None
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    diff: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def _packed(one: Draft) -> int:
    """A row's number, whether its source gave it a key, and a digest of that key, in one number."""
    return digest(one.key) >> KEY_BITS << KEY_BITS | (one.number & ROW) << 1 | one.own_key


@dataclass(slots=True)
class Engine:
    """One file being imported. ``touched`` says for each record the row that was first about it, ``fresh`` for each key
    the row that will be a new record.
    """

    ctx: Context
    spec: ObjectSpec
    mapping: Mapped
    plan: Plan
    links: Links
    dry: bool = False
    touched: Seen = field(default_factory=Seen)
    fresh: Seen = field(default_factory=Seen)
    _records: dict[int, int] = field(default_factory=dict)  # what these two hold of the pass at hand, and what it adds
    _keys_held: dict[int, int] = field(default_factory=dict)

    def carry_out(self, lines: Iterable[Line], edits: Mapping[int, Mapping[str, Any]] | None = None) -> list[Result]:
        """Do these rows, in one transaction of the caller's. One result a row, in the order of the rows."""
        with spared():
            drafts = [self.plan.draft(self._edited(line, edits or {})) for line in lines]
            results: dict[int, Result] = {}
            left = drafts
            while left:
                left = self._pass(left, results)
        return [results[id(one)] for one in drafts]

    def join(self, lines: Iterable[Line], records: Mapping[int, uuid.UUID], edits: Mapping[int, Any]) -> list[Draft]:
        """Once all rows are there: set the references among them (a parent further down). What is lost comes back.

        Doing it twice changes nothing, so it need not be remembered how far it came.
        """
        drafts = [
            one for one in (self.plan.draft(self._edited(line, edits)) for line in lines) if one.number in records
        ]
        for one in drafts:
            one.wishes = [wish for wish in one.wishes if wish.field.target == self.spec.name]
            one.problems, one.values = [], {}
        drafts = [one for one in drafts if one.wishes]
        self.links.last = True
        self.links.resolve(drafts)
        self._tried([Item(dict(one.values), records[one.number]) for one in drafts if one.values])
        return [one for one in drafts if one.warnings]

    def _edited(self, line: Line, edits: Mapping[int, Mapping[str, Any]]) -> Line:
        changed = edits.get(line.number)
        if changed is None:
            return line
        cells = list(line.cells)[: len(self.plan.columns)]
        cells += [""] * (len(self.plan.columns) - len(cells))
        for at, name in enumerate(self.plan.columns):
            if name in changed:
                cells[at] = changed[name]
        return Line(line.number, cells)

    def _pass(self, drafts: Sequence[Draft], results: dict[int, Result]) -> list[Draft]:
        """All of these rows but those that wait for another row of the same record; these come back."""
        self._drop_bad(drafts)
        find.match(self.ctx, self.spec, drafts, self.mapping.match, self.mapping.system)
        if self.mapping.mode == "update":  # where nothing new is made, a key that is taken out of sight is no matter
            for one in drafts:
                one.problems = [problem for problem in one.problems if problem.code != "taken"]
        self._records = self.touched.of(one.match.int for one in drafts if one.match is not None)
        # what an earlier chunk really made is found like anything else; a dry run must remember it
        self._keys_held = self.fresh.of(key for one in drafts for key in self._keys(one)) if self.dry else {}
        ready, waiting = self._sorted(drafts, results)
        self.links.resolve(ready)
        self._merge([one for one in ready if one.match is not None and not one.binned])
        items = [one for one in ready if not self._refused(one, results)]
        for one, change in zip(items, self._written(items), strict=True):
            results[id(one)] = self._result(one, change)
        self.touched.add(self._records)
        if self.dry:
            self.fresh.add(self._keys_held)
        return waiting

    # --- which rows are carried out ----------------------------------------------------------------------------

    def _sorted(self, drafts: Sequence[Draft], results: dict[int, Result]) -> tuple[list[Draft], list[Draft]]:
        ready: list[Draft] = []
        waiting: list[Draft] = []
        here: dict[int, int] = {}  # records of this pass, and the row about each
        for one in drafts:
            if one.problems:
                results[id(one)] = Result(one, Outcome.FAILED, problems=tuple(one.problems))
                continue
            if one.aside:
                results[id(one)] = self._aside(one, one.aside, **one.aside_params)
                continue
            keys = self._keys(one) if one.match is None else []
            first, now = self._double(one, here, keys)
            apart = self.mapping.doubles == "create" and not one.own_key
            if first and (self.mapping.doubles == "skip" or (self.mapping.doubles == "create" and one.own_key)):
                results[id(one)] = self._aside(one, "double", row=first)
            elif first and apart:
                self._part(one)
                ready.append(one)
            elif first and now:
                if self.dry:
                    results[id(one)] = Result(one, Outcome.UPDATED)
                else:
                    waiting.append(one)
            elif code := self._against_mode(one):
                results[id(one)] = self._aside(one, code)
            else:
                ready.append(one)
                self._note(one, here, keys)
        return ready, waiting

    def _double(self, one: Draft, here: Mapping[int, int], keys: Sequence[int]) -> tuple[int, bool]:
        """(the row that was about the same record first, whether it is of this very pass); (0, False) for none."""
        if one.match is not None:
            key = one.match.int & SHORT
            return (here[key], True) if key in here else (self._records.get(key, 0), False)
        mine = _packed(one)
        for key in keys:
            held = self._keys_held.get(key)
            if held is not None and not (held & mine & 1 and held >> KEY_BITS != mine >> KEY_BITS):
                return held >> 1 & ROW, True
        return 0, False

    def _note(self, one: Draft, here: dict[int, int], keys: Sequence[int]) -> None:
        if one.match is not None:
            here[one.match.int & SHORT] = one.number
            return
        for key in keys:
            self._keys_held.setdefault(key, _packed(one))
        if self.dry:
            coming = {digest(self.spec.name, "key", one.key): 1}
            if title := find.weak_keys(self.spec, one, "name"):
                coming[digest(self.spec.name, "", title[0])] = 1
            self.links.expected.add(coming)

    def _keys(self, one: Draft) -> list[int]:
        if one.problems or one.aside:
            return []
        found = []
        for name in self.mapping.match:
            kind = name.partition(":")[0]
            if kind in ("external_id", "id"):
                found.append(digest("key", one.key))
            else:
                found += [digest(kind, key) for key in find.weak_keys(self.spec, one, kind)]
        return found

    def _part(self, one: Draft) -> None:
        """A row that is a record of its own although it looks like another one: its key must differ, and stay
        the same.
        """
        one.key = f"{one.key}#{one.number}"
        found = find.by_key(self.ctx, self.spec, self.mapping.system, [one.key])
        one.match = next(iter(found.ids[one.key])) if one.key in found.ids else found.binned.get(one.key)
        one.binned = one.key in found.binned

    def _against_mode(self, one: Draft) -> str:
        mode = self.mapping.mode
        if mode == "create" and one.match is not None and not one.binned:
            return "there"
        if mode == "update" and (one.match is None or one.binned):
            return "missing"
        return ""

    def _aside(self, one: Draft, code: str, **params: Any) -> Result:
        return Result(one, Outcome.SKIPPED, one.match, reason(code, params))

    # --- what is wrong -----------------------------------------------------------------------------------------

    def _droppable(self, one: Draft) -> bool:
        return self.mapping.bad_values == "value" and all(problem.column for problem in one.problems)

    def _drop_bad(self, drafts: Iterable[Draft]) -> None:
        for one in drafts:
            if one.problems and self._droppable(one):
                one.warnings += one.problems
                one.problems = []

    def _refused(self, one: Draft, results: dict[int, Result]) -> bool:
        verb = "create" if one.match is None else "update"
        if one.problems:
            results[id(one)] = Result(one, Outcome.FAILED, problems=tuple(one.problems))
        elif not may(self.ctx, self.spec, verb) or (one.binned and not may(self.ctx, self.spec, "delete")):
            problem = Problem("", "", "", "forbidden", _("You may not do this."))
            results[id(one)] = Result(one, Outcome.FAILED, problems=(problem,))
        return id(one) in results

    # --- what is written ---------------------------------------------------------------------------------------

    def _merge(self, drafts: Sequence[Draft]) -> None:
        """Values that depend on what the record holds: lists add up, and ``fill`` writes only where nothing is."""
        fill = self.mapping.mode == "fill"
        if not drafts or (self.mapping.whole and not fill):
            return
        shown = mask.readable(self.ctx, self.spec)
        names = {name for one in drafts for name in one.values if name in shown}
        wanted = sorted(name for name in names if fill or shown[name].type.name in LISTS) or []
        if not wanted:
            return
        page = read.by_ids(self.ctx, self.spec, {one.match for one in drafts if one.match}, wanted)
        held = {row.id: row.values for row in page.rows}
        for one in drafts:
            mine = held.get(one.match) if one.match else None
            if fill:  # what cannot be seen cannot be seen to be empty
                one.values = {name: value for name, value in one.values.items() if name in shown}
            for name in wanted if mine is not None else ():
                self._merge_one(one, name, mine[name], fill)  # type: ignore[index]

    def _merge_one(self, one: Draft, name: str, held: Any, fill: bool) -> None:
        here = self.spec.fields[name]
        if name not in one.values or here.type.empty(held):
            return
        if fill:
            del one.values[name]
        elif here.type.name in LISTS:
            try:
                value = here.type.parse(here, one.values[name], self.ctx.locale)
            except ValueError:
                return  # refused where all values are
            one.values[name] = here.type.merge(here, held, value)

    def _items(self, drafts: Sequence[Draft]) -> list[Item]:
        keyed = "external_ids" in mask.writable(self.ctx, self.spec)
        return [self._item(one, keyed) for one in drafts]

    def _item(self, one: Draft, keyed: bool) -> Item:
        values = dict(one.values)
        if one.key and keyed:
            keys = values.get("external_ids") or ()
            values["external_ids"] = {**dict(keys), **self._own_keys(one)}
        if one.match is None:
            return Item(values, verb="create", created_at=one.created_at, updated_at=one.updated_at)
        return Item(values, one.match)

    def _own_keys(self, one: Draft) -> dict[str, str]:
        if self.mapping.whole and one.match is not None:
            return {}
        return {self.mapping.system: one.key}

    def _written(self, drafts: Sequence[Draft]) -> list[Change | Refusal]:
        back = [one for one in drafts if one.binned]
        if back and not self.dry:
            for part in self._tried([Item(id=one.match, verb="restore") for one in back]):
                if isinstance(part, Refusal):
                    continue  # the update of the same record then says why
        self._add_keys([one for one in drafts if one.match is not None])
        return self._tried(self._items(drafts))

    def _add_keys(self, drafts: Sequence[Draft]) -> None:
        """Keys of other systems stay: ours is one more."""
        shown = mask.readable(self.ctx, self.spec)
        if not drafts or "external_ids" not in shown or self.mapping.whole:
            return
        if self.dry:
            drafts = [one for one in drafts if not one.binned]
        page = read.by_ids(self.ctx, self.spec, {one.match for one in drafts if one.match}, ["external_ids"])
        held = {row.id: dict(row["external_ids"] or ()) for row in page.rows}
        for one in drafts:
            if one.match in held:
                one.values["external_ids"] = {**held[one.match], **dict(one.values.get("external_ids") or {})}

    def _tried(self, items: Sequence[Item]) -> list[Change | Refusal]:
        """All of them, or in halves when one of them spoils the statement for the others."""
        if not items:
            return []
        try:
            with transaction.atomic():
                return list(change_many(self.ctx, self.spec, items, partial=True, dry=self.dry))
        except Refusal as refusal:
            if len(items) == 1:
                return [refusal]
            half = len(items) // 2
            return [*self._tried(items[:half]), *self._tried(items[half:])]

    # --- what became of it -------------------------------------------------------------------------------------

    def _result(self, one: Draft, change: Change | Refusal) -> Result:
        if isinstance(change, Refusal):
            return Result(one, Outcome.FAILED, one.match, problems=tuple(self._complaints(one, change)))
        if change.complaints.found:
            if self.dry and one.binned:  # what lies in the bin can only be looked at once it is back
                return Result(one, Outcome.RESTORED, one.match)
            again = self._without(one, change)
            if again is not None:
                return self._result(one, again)
            return Result(one, Outcome.FAILED, one.match, problems=tuple(self._complained(one, change)))
        if not self.dry or one.match is not None:
            self._records.setdefault(change.id.int & SHORT, one.number)
        if one.match is None:
            return Result(one, Outcome.CREATED, None if self.dry else change.id, diff=change.diff)
        outcome = Outcome.RESTORED if one.binned else Outcome.UPDATED if change.diff else Outcome.UNCHANGED
        return Result(one, outcome, change.id, diff=change.diff)

    def _without(self, one: Draft, change: Change) -> Change | Refusal | None:
        """The same row without the values that were refused, where the mapping says that the rest is wanted."""
        names = {each.field for each in change.complaints.found}
        if self.mapping.bad_values != "value" or "" in names or not names & set(one.values):
            return None
        one.warnings += self._complained(one, change)
        for name in names:
            one.values.pop(name, None)
        return self._tried(self._items([one]))[0]

    def _complained(self, one: Draft, change: Change) -> list[Problem]:
        return [
            Problem(self._column(each.field), each.field, self._shown(one, each.field), each.code, str(each.message))
            for each in change.complaints.found
        ]

    def _complaints(self, one: Draft, refusal: Refusal) -> list[Problem]:
        if isinstance(refusal, Invalid):
            return [
                Problem(
                    self._column(each.field), each.field, self._shown(one, each.field), each.code, str(each.message)
                )
                for each in refusal.complaints
            ]
        return [Problem("", "", "", type(refusal).__name__.lower(), str(refusal))]

    def _column(self, name: str) -> str:
        to = {name, *(one.name for one in self.spec.kin.get(name, ()))}
        return next((line.column for line in self.mapping.lines if line.field and line.field in to), "")

    def _shown(self, one: Draft, name: str) -> str:
        column = self._column(name)
        if column in self.plan.columns:
            at = self.plan.columns.index(column)
            return text_of(one.cells[at])[:200] if at < len(one.cells) else ""
        return ""
