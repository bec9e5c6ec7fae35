"""What stands for an object, a record or a value everywhere: noun, icon, avatar, tag, badge, moment, link."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.kit import dates
from kith.kernel.kit.text import hue, initials
from kith.kernel.records.read import Title
from kith.kernel.schema.spec import ObjectSpec

NONE: Final = format_html('<span class="k-none">{}</span>', "—")
EMPTY: Final = format_html("{}", "")
TAGS_SHOWN: Final = 2


def noun(word: Any) -> str:
    """The word for an object inside a sentence: "New contact", but "New SLA"; other languages keep their nouns."""
    text = str(word)
    english = (get_language() or "en").startswith("en")
    return text[:1].lower() + text[1:] if english and text[1:2].islower() else text


def icon_of(ctx: Context, one: Field) -> str:
    """The icon of a field: its type's, or that of the object that it leads to."""
    target = ctx.schema.get(one.target) if one.type.name in ("reference", "references") else None
    return target.icon if target is not None else one.type.icon


@cache
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of the sprite: ``icon("mail", "s")``."""
    return format_html(
        '<svg class="k-i{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {extra}" if extra else "",
        static("dist/icons.svg"),
        name,
    )


def avatar(name: str, id: uuid.UUID | str, shape: str = "") -> SafeString:
    """Initials on the hue of the record: ``shape`` is "co" for square, "xs", "md" or "lg" for the size."""
    return _avatar(initials(name), hue(id), shape)


@lru_cache(maxsize=8192)
def _avatar(two: str, number: int, shape: str) -> SafeString:
    """Letters and hues are few, so a page makes almost none of its avatars anew."""
    return format_html(
        '<span class="k-av k-h{}{}" aria-hidden="true">{}</span>', number, f" {shape}" if shape else "", two
    )


def shape_of(spec: ObjectSpec | None) -> str:
    """How records of an object are marked: "round" people, "co" (square) organisations, "" by the object's icon."""
    if spec is None:
        return ""
    return {"square": "co"}.get(spec.mark, spec.mark)


def mark(spec: ObjectSpec | None, name: str, id: uuid.UUID | str, size: str = "") -> SafeString:
    """The avatar of a record, or its object's icon where records have no face."""
    shape = shape_of(spec)
    if not shape:
        return icon(spec.icon if spec else "circle-dashed", "s k-mute")
    return avatar(name, id, " ".join(filter(None, ("co" if shape == "co" else "", size))))


def tags(labels: Sequence[tuple[Any, int]], shown: int = TAGS_SHOWN) -> SafeString:
    """Labels with their dots; beyond ``shown`` a "+n" that names the rest in its tip."""
    first, rest = labels[:shown], labels[shown:]
    inside = format_html_join("", '<span class="k-tag k-h{}">{}</span>', ((number, label) for label, number in first))
    more = (
        format_html(
            '<span class="k-tag more" title="{}">+{}</span>', ", ".join(str(one) for one, _hue in rest), len(rest)
        )
        if rest
        else EMPTY
    )
    return format_html('<span class="k-tags">{}{}</span>', inside, more)


def badge(label: Any, kind: str = "") -> SafeString:
    """A state of the system's own."""
    return format_html('<span class="badge{}">{}</span>', f" {kind}" if kind else "", label)


def moment(value: datetime, ctx: Context, now: datetime | None = None) -> SafeString:
    """A moment as lists show it ("12 min", "18 Nov"), with the full time in its tip."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="seconds"),
        dates.format_moment(value, ctx.locale),
        dates.short_when(value, now or dates.now(), ctx.locale),
    )


def linked(ctx: Context, to: Title | None, size: str = "xs") -> SafeString:
    """Another record: its mark and its title, which leads there."""
    if to is None:
        return format_html('<span class="k-none" title="{}">{}</span>', _("You may not see this record"), "•••")
    spec = ctx.schema.get(to.object)
    name = to.text or "—"
    if to.object == "users" or spec is None or not spec.menu:
        return format_html(
            '<span class="row-flex">{}<span class="k-cut">{}</span></span>', mark(spec, name, to.id, size), name
        )
    return format_html(
        '<span class="row-flex">{}<a class="k-cut" href="{}">{}</a></span>',
        mark(spec, name, to.id, size),
        record_address(to.object, to.id),
        name,
    )


def record_address(object: str, id: uuid.UUID | str) -> str:
    """The page of a record; made by hand, since ``reverse`` costs 10 µs and a list needs a hundred of them."""
    return f"{_base()}{object}/{id}"


@cache
def _base() -> str:
    return reverse("home")
