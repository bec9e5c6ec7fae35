"""The first mapping of a file: from its vendor's profile, from what the columns are called, from what they look
like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from django.conf import settings
from django.utils import translation

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.choice import key_of
from kith.kernel.kit.text import slug
from kith.kernel.policy import mask
from kith.kernel.policy.rows import may
from kith.kernel.schema.spec import ObjectSpec
from kith.kernel.transfer import targets
from kith.kernel.transfer.columns import Column, Survey
from kith.kernel.transfer.headers import normal
from kith.kernel.transfer.mapping import LINKS, OWN, TIMES, Line, Mapping, points_of, system_name
from kith.kernel.transfer.profiles import Guess, Profile, accepted, aliased, recognise, target_of
from kith.kernel.transfer.targets import KEY, SKIP, Target

BY_PROFILE: Final = 1.0
BY_NAME: Final = 0.95
BY_ALIAS: Final = 0.9
BY_FORM: Final = 0.5
SURE: Final = 1.6
"""Nobody else's export has our field names and nothing but these, so no other guess comes near."""

SEVERAL: Final = frozenset({"emails", "phones", "domains", "tags", "multi_choice", "references", "long_text", "text"})
"""Types that take several columns: addresses add up, texts are joined."""

_SEMICOLON: Final = frozenset({"tags", "multi_choice"})


def guesses(ctx: Context, headers: tuple[str, ...], name: str, vendor: str = "") -> list[Guess]:
    """Which exports this may be, the likeliest first; our own among them."""
    own = _own(ctx, headers, name)
    if vendor == OWN:
        return [Guess(own.profile, max(own.score, 1.0))] if own else []
    found = recognise(headers, "" if vendor in ("", "auto") else vendor)
    return sorted([*([own] if own and vendor in ("", "auto") else []), *found], key=lambda one: -one.score)


def _own(ctx: Context, headers: tuple[str, ...], name: str) -> Guess | None:
    """Our own export: an id, and nothing but names of fields of one object."""
    if "id" not in headers or len(headers) < 2:
        return None
    best: tuple[float, ObjectSpec] | None = None
    for spec in ctx.schema:
        known = sum(1 for one in headers if one.removesuffix(".id") in spec.fields or one == "id")
        share = known / len(headers) + 0.001 * (normal(spec.name) in normal(PurePath(name).stem))
        if best is None or share > best[0]:
            best = (share, spec)
    if best is None or best[0] < 0.9 or not any(mark in one for one in headers for mark in ("_", ".id", "emails")):
        return None
    spec = best[1]
    columns = {one: _own_target(spec, one) for one in headers}
    for one in headers:  # ``emails`` says all that ``email`` says, first and last name all that the name says
        here = spec.field(one)
        if here is not None and here.expands is not None and set(here.expands.to) & set(headers):
            columns[one] = "-"
    profile = Profile(OWN, "Kith", spec.name, (spec.name,), columns=columns, match=("id", f"external_id:{OWN}"))
    return Guess(profile, best[0] * SURE)


def _own_target(spec: ObjectSpec, header: str) -> str:
    here = spec.field(header.removesuffix(".id"))
    if header == "id":
        return "id"
    if here is None:
        return ""
    if here.target and header.endswith(".id"):
        return f"{here.name}.id"
    if header not in TIMES and (not here.editable or here.virtual or here.type.name == "file"):
        return "-"
    return header


def propose(
    ctx: Context, survey: Survey, name: str, *, object: str = "", vendor: str = "", guess: Guess | None = None
) -> tuple[Mapping, list[Guess]]:
    """A mapping and the guesses it stands on. ``mapping.object`` is "" when nothing tells where the rows belong."""
    headers = tuple(one.name for one in survey.columns)
    found = guesses(ctx, headers, name, vendor) if vendor != "generic" else []
    taken = guess or (found[0] if vendor not in ("", "auto") and found else accepted(found))
    profile = taken.profile if taken else None
    if profile is not None:
        object = object or next((one for one in profile.objects if one in ctx.schema.objects), "")
        if object and object not in profile.objects:
            profile = None  # the person says that these are something else: the profile knows nothing of that
    elif not object:
        object = _object(ctx, survey, name)
    if not object or ctx.schema.get(object) is None:
        return Mapping("", vendor=profile.vendor if profile else ""), found
    return _mapping(ctx, ctx.schema[object], survey, name, profile), found


def _object(ctx: Context, survey: Survey, name: str) -> str:
    """The object whose fields the columns name best; "" when two are alike and the file's name says nothing."""
    scores: list[tuple[float, str]] = []
    stem = normal(PurePath(name).stem)
    for spec in ctx.schema:
        if not spec.is_owned or "import" not in spec.verbs or not may(ctx, spec, "create"):
            continue
        names = _names(ctx, spec)
        fields = {one for column in survey.columns if (one := _by_name(spec, column, names)[0].field) not in ("", KEY)}
        called = any(normal(one) and normal(one) in stem for one in (spec.name, spec.one, *map(str, spec.label)))
        title = spec.fields[spec.title]
        titled = bool({title.name, *(title.expands.to if title.expands else ())} & fields)
        missing = sum(one.required and one.expands is None and one.name not in fields for one in spec.fields.values())
        if fields:
            scores.append((len(fields) + 2.0 * called + 0.5 * titled - missing, spec.name))
    scores.sort(reverse=True)
    if not scores or (len(scores) > 1 and scores[0][0] == scores[1][0]):
        return ""
    return scores[0][1]


def _mapping(ctx: Context, spec: ObjectSpec, survey: Survey, name: str, profile: Profile | None) -> Mapping:
    names = _names(ctx, spec)
    lines = [_line(spec, column, profile, names) for column in survey.columns]
    writable = mask.writable(ctx, spec)
    _one_each(spec, lines)
    for line in lines:
        if line.field not in writable and line.field not in {"", KEY, SKIP, "id", *TIMES}:
            line.field, line.why = "", "not_writable"
    own = profile is not None and profile.vendor == OWN
    system = profile.vendor if profile else _system(name, survey)
    made = Mapping(
        spec.name,
        lines,
        system=system,
        create=() if own else _creatable(ctx, spec, lines),
        whole=own,
        separators=profile.separators if profile else (),
        footers=profile.footers if profile else "",
        bad_values=profile.bad_values if profile else "row",
        vendor=profile.vendor if profile else "",
    )
    made.match = profile.match if profile and profile.match else _match(spec, lines)
    return made


def _line(spec: ObjectSpec, column: Column, profile: Profile | None, names: dict[str, str]) -> Line:
    target, confidence, why = Target(), 0.0, ""
    if profile is not None:
        text, number = (
            (profile.columns.get(column.name, ""), "") if profile.vendor == OWN else target_of(profile, column.name)
        )
        target = targets.read(text, number)
        confidence, why = (BY_PROFILE, "profile") if text else (0.0, "")
    if not target.field and not target.left_out and (profile is None or profile.vendor != OWN):
        target, confidence, why = _by_name(spec, column, names)
        if target.field in (KEY, SKIP) and profile is not None:
            target, confidence = Target(), 0.0
    here = spec.field(target.field)
    line = Line(
        column.name,
        target.field,
        target.part,
        target.kind,
        target.slot,
        target.steps,
        decimal=column.decimal,
        order=column.order,
        zone=profile.zone if profile else "",
        confidence=confidence,
        why="left_out" if target.left_out else why,
        type=column.type,
        samples=() if target.secret else tuple(column.samples),
    )
    if here is not None and here.choices and not target.steps:
        line.choices = _choices(here, column, profile)
    if here is not None and here.type.name in _SEMICOLON and not line.steps and column.several and profile is not None:
        line.steps = ("split ;",)
    return line


def _by_name(spec: ObjectSpec, column: Column, names: dict[str, str]) -> tuple[Target, float, str]:
    """What a column gives by its name: a field's own name or label, or a word that others use for it."""
    if column.name in spec.fields and spec.fields[column.name].editable:
        return Target(column.name), BY_PROFILE, "name"
    word = aliased(spec.name, column.name)
    if word:
        return targets.read(word), BY_ALIAS, "alias"
    if (held := names.get(normal(column.name))) is not None:
        return Target(held), BY_NAME, "name"
    if column.form == "email" and spec.field("emails") is not None:
        return Target("emails"), BY_FORM, "form"
    return Target(), 0.0, ""


def _names(ctx: Context, spec: ObjectSpec) -> dict[str, str]:
    """Fields by their names and labels in every language, in normal form."""
    key = f"import names:{spec.name}"
    if (held := ctx.notes.get(key)) is None:
        held = {}
        for one in mask.writable(ctx, spec).values():
            held.setdefault(normal(one.name), one.name)
            held.setdefault(normal(one.name.removeprefix("x_")), one.name)
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                for one in mask.writable(ctx, spec).values():
                    held.setdefault(normal(str(one.label)), one.name)
        for one in spec.fields.values():
            if one.name in TIMES:
                held.setdefault(normal(one.name), one.name)
        ctx.notes[key] = held
    return held


def _choices(here: Field, column: Column, profile: Profile | None) -> dict[str, str]:
    """Our key for each value of the file: as the profile says, or by its name; "" where none fits."""
    said = {one.casefold(): key for one, key in (profile.choices.get(here.name, {}) if profile else {}).items()}
    found: dict[str, str] = {}
    for value in column.values:
        key = said.get(value.casefold()) or key_of(here, value)
        found[value] = key if here.choice(key) is not None else ""
    return found


def choices_of(here: Field, column: Column) -> dict[str, str]:
    """Our key for each value of a column that a person chose for this field, as far as names tell."""
    return _choices(here, column, None)


def _one_each(spec: ObjectSpec, lines: list[Line]) -> None:
    """A field that takes one value gets the surest column; what comes in several parts stays."""
    best: dict[tuple[str, str], Line] = {}
    for line in lines:
        here = spec.field(line.field)
        if here is None and line.field not in TIMES:
            continue
        several = here is not None and (
            here.type.name in SEVERAL or points_of(spec, line.field) is not None or here.type.name in LINKS
        )
        if several and (
            line.confidence > BY_ALIAS or line.slot or (here and here.type.name not in ("text", "long_text"))
        ):
            continue
        place = (line.field, line.part)
        held = best.get(place)
        if held is None:
            best[place] = line
            continue
        loser = line if held.confidence >= line.confidence else held
        best[place] = held if loser is line else line
        loser.field, loser.why = "", "given"


def _creatable(ctx: Context, spec: ObjectSpec, lines: Iterable[Line]) -> tuple[str, ...]:
    """References whose targets can be made from what the file says: by a name alone."""
    found = []
    for line in lines:
        here = spec.field(line.field)
        if here is None or here.type.name not in ("reference", "references") or line.part or line.field in found:
            continue
        led = ctx.schema.get(here.target)
        if led is None or not led.is_owned or not may(ctx, led, "create") or led.name == spec.name:
            continue
        if all(one.name == led.title for one in led.fields.values() if one.required and one.expands is None):
            found.append(line.field)
    return tuple(found)


def _match(spec: ObjectSpec, lines: Iterable[Line]) -> tuple[str, ...]:
    """By the source's own id, then by what names one thing only: an address of a person, the domain of a company."""
    given = {line.field for line in lines}
    keys = ["external_id"]
    title = spec.field(spec.title)
    if title is not None and title.type.name == "person_name":
        keys += ["email"] if {"email", "emails"} & given else []
    elif title is not None:
        keys += ["domain"] if "domain" in given and "domain" in spec.fields else []
        keys += ["name"] if spec.title in given and not {"company", "contact"} & given else []
    return tuple(keys)


def _system(name: str, survey: Survey) -> str:
    """The source of a file of unknown origin: its name and its columns, so that the ids of two lists never mix."""
    digest = hashlib.sha256("\n".join(sorted(normal(one.name) for one in survey.columns)).encode()).hexdigest()[:6]
    return system_name(f"file:{slug(PurePath(name).stem)}:{digest}")
