"""The form parts: which template edits a field, and the values that the template asks for.

A field type names its part (``FieldType.form_widget``); the part is ``templates/web/widgets/{name}.html``. One that has
no template is a line of text, so that a plugin's field type is editable before anybody has drawn it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as part_of
from functools import cache, cached_property
from typing import Any, Final

from django.forms.utils import flatatt
from django.template import TemplateDoesNotExist, loader
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kith.kernel.accounts.context import Context
from kith.kernel.fields.base import Field
from kith.kernel.fields.postal import PARTS as ADDRESS
from kith.kernel.fields.references import To
from kith.kernel.kit.locale import Locale
from kith.kernel.kit.names import join_name
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import posted
from kith.surfaces.web.targets import Option, Titles, led_by, typed

FALLBACK: Final = "text"
WIDE: Final = frozenset(
    {"points", "references", "address", "addresses", "long_text", "rich_text", "json", "name", "tags", "choices"}
)
"""Parts that need more room than a cell: an editor for them opens over its surroundings."""

KEEPS_ENTER: Final = frozenset(
    {"points", "references", "addresses", "long_text", "rich_text", "json", "tags", "choices"}
)

USES: Final[tuple[tuple[str, Any], ...]] = (
    ("work", _("Work")),
    ("home", _("Home")),
    ("mobile", _("Mobile")),
    ("billing", _("Billing")),
    ("other", _("Other")),
)
"""What an address or number is for. Others that an import brought stay as they are."""

PLACES: Final[tuple[tuple[str, Any], ...]] = (
    ("home", _("Home")),
    ("work", _("Work")),
    ("billing", _("Billing")),
    ("shipping", _("Shipping")),
    ("other", _("Other")),
)
"""What a postal address is for."""

PARTS: Final[dict[str, Any]] = {
    "street": _("Street"),
    "city": _("City"),
    "state": _("State or province"),
    "postal_code": _("Postal code"),
    "country": _("Country"),
    "amount": _("Amount"),
    "currency": _("Currency"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
}

CURRENCIES: Final = [
    "EUR",
    "USD",
    "CNY",
    "GBP",
    "JPY",
    "CHF",
    "HKD",
    "TWD",
    "SGD",
    "KRW",
    "INR",
    "AUD",
    "CAD",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "BRL",
    "MXN",
    "ZAR",
    "AED",
    "TRY",
    "THB",
]


@dataclass(frozen=True)
class Widget:
    """One form part with what it shows. ``raw`` has the shape that :func:`posted.posted` gives back."""

    field: Field
    object: str  # the object whose form it stands in, for the address of its options
    raw: Any
    locale: Locale
    titles: Titles = part_of(default_factory=dict)
    error: str | Promise = ""
    name: str = ""
    place: str = "f"  # begins the ids, so that a panel and the page under it do not clash
    needed: bool = False
    bare: bool = False  # in a cell: no hint, no list for browsers without script
    offered: tuple[Option, ...] = ()
    watch: str = ""  # asked while somebody types here: who looks like this

    @property
    def part(self) -> str:
        """The name of the form part."""
        return posted.widget_of(self.field)

    @property
    def template(self) -> str:
        return template_of(self.part)

    @property
    def is_wide(self) -> bool:
        return self.part in WIDE

    @property
    def keeps_enter(self) -> bool:
        """Whether Enter means something inside it, so that Ctrl+Enter saves."""
        return self.part in KEEPS_ENTER

    @property
    def is_group(self) -> bool:
        """Whether it is several controls, so that its name is a legend and not a label."""
        return self.part in posted.ROWS or self.part == "rating" or len(posted.parts_of(self.field)) > 2

    @property
    def key(self) -> str:
        return self.name or self.field.name

    @property
    def id(self) -> str:
        return f"{self.place}-{self.key}"

    @property
    def label(self) -> Any:
        return self.field.label

    @property
    def text(self) -> str:
        """The value of a single control."""
        return "" if self.raw is None or isinstance(self.raw, list | dict) else str(self.raw)

    @property
    def file(self) -> str:
        """The name of the file that is there; "" without one, and for one that was refused and must be chosen again."""
        return str(self.raw.get("name", "")) if isinstance(self.raw, Mapping) and "id" in self.raw else ""

    @property
    def attributes(self) -> SafeString:
        """What every control has: name, id, state, and what explains it."""
        return self.control(self.key, self.id)

    def control(self, name: str, id: str, **more: Any) -> SafeString:
        """The attributes of one control, escaped."""
        explained = " ".join(
            filter(
                None,
                (
                    f"{self.id}-hint" if self.field.help and not self.bare else "",
                    f"{self.id}-error" if self.error else "",
                ),
            )
        )
        chosen = {
            "name": name,
            "id": id,
            "aria-invalid": "true" if self.error else None,
            "aria-describedby": explained or None,
            "aria-required": "true" if self.needed else None,
            "aria-label": str(self.label) if self.bare else None,
            "autocomplete": "off",
            **{key.replace("_", "-"): value for key, value in more.items()},
        }
        return flatatt({key: value for key, value in chosen.items() if value is not None})

    @property
    def length(self) -> int | None:
        return self.field.max_length

    @property
    def options(self) -> list[Option]:
        """The choices of the list, those that are out of use only where they are chosen."""
        chosen = set(self.raw) if isinstance(self.raw, list) else {self.text}
        known = [
            Option(one.key, one.label, one.key in chosen, one.hue)
            for one in self.field.choices
            if one.active or one.key in chosen
        ]
        unknown = sorted(chosen - {one.key for one in self.field.choices} - {""})
        return known + [Option(one, one, True) for one in unknown]

    @property
    def options_address(self) -> str:
        return f"{reverse('options', kwargs={'object': self.object})}?field={self.field.name}&me=0"

    @cached_property
    def led_to(self) -> list[Option]:
        """The record that a reference leads to now, with its title."""
        return [Option(typed(self.field, to), self._title_of(to), True) for to in led_by(self.field, self.raw)[:1]]

    def _title_of(self, to: To) -> str:
        held = self.titles.get(to.key)
        return held.text if held else str(to.id)

    @property
    def is_switch(self) -> bool:
        """A yes/no that always says one of them; else "not said" is a third choice."""
        return self.field.default is not None

    @property
    def is_on(self) -> bool:
        return self.text == "true" or self.raw is True

    @property
    def stars(self) -> list[Option]:
        most = int(self.field.options.get("max", 5))
        return [Option(str(number), number, self.text == str(number)) for number in range(1, most + 1)]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The controls of a composite, in the order of the reader's language."""
        names = posted.parts_of(self.field)
        if self.part == "name" and join_name("名", "姓", self.locale) and self.locale.language.startswith("zh"):
            names = tuple(reversed(names))  # family name first
        given = self.raw if isinstance(self.raw, Mapping) else {}
        labels = self.field.options.get("part_labels", {})
        return [self._one_part(name, given.get(name, ""), labels.get(name) or PARTS.get(name, name)) for name in names]

    def _one_part(self, name: str, value: Any, label: Any) -> dict[str, Any]:
        attributes = self.control(f"{self.key}-{name}", f"{self.id}-{name}", aria_label=str(label))
        return {
            "name": name,
            "label": label,
            "value": "" if value is None else value,
            "attributes": attributes,
            "id": f"{self.id}-{name}",
        }

    @property
    def currencies(self) -> list[Option]:
        given = self.raw.get("currency", "") if isinstance(self.raw, Mapping) else ""
        chosen = str(given or self.field.options.get("currency") or self.locale.currency)
        return [Option(one, one, one == chosen) for one in dict.fromkeys([chosen, *CURRENCIES])]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a repeating value, and one more that is empty."""
        given = [one for one in self.raw if isinstance(one, Mapping)] if isinstance(self.raw, list) else []
        if self.part == "references":  # what its reader may not see is not shown, and stays when the rest is saved
            given = [one for one in given if any(to.key in self.titles for to in led_by(self.field, one))]
        return [self._row(str(number), one, len(given)) for number, one in enumerate([*given, {}])]

    @property
    def new_row(self) -> dict[str, Any]:
        """The row that a script copies; ``__n__`` stands for its number."""
        return self._row("__n__", {}, 1)

    def _row(self, number: str, given: Mapping[str, Any], count: int) -> dict[str, Any]:
        if self.part == "references":
            return self._reference_row(number, given)
        use = str(given.get("kind") or "")
        if self.part == "addresses":
            return self._address_row(number, given, use)
        known = [Option(key, label, key == use) for key, label in USES if self.field.personal != "none"]
        uses = known if not use or any(one.chosen for one in known) else [Option(use, use, True), *known]
        return {
            "number": number,
            "value": given.get("value", ""),
            "status": given.get("status", ""),
            "uses": uses if known or use else [],
            "primary": bool(given.get("primary")) or (not count and number == "0"),
            "attributes": self.control(f"{self.key}-{number}-value", f"{self.id}-{number}", aria_label=str(self.label)),
        }

    def _reference_row(self, number: str, given: Mapping[str, Any]) -> dict[str, Any]:
        inner: dict[str, Any] = {"object": self.object, "locale": self.locale, "titles": self.titles}
        inner |= {"place": self.place, "bare": True}
        to = Widget(self.field, raw=given if given else "", name=f"{self.key}-{number}-id", **inner)
        attributes = [
            Widget(one, raw=_attribute(one, given.get(name), self.locale), name=f"{self.key}-{number}-{name}", **inner)
            for name, one in self.field.options.get("attributes", {}).items()
        ]
        return {"number": number, "to": to, "attributes": attributes}

    def _address_row(self, number: str, given: Mapping[str, Any], use: str) -> dict[str, Any]:
        known = [Option(key, label, key == use) for key, label in PLACES]
        uses = known if not use or any(one.chosen for one in known) else [Option(use, use, True), *known]
        parts = []
        for name in ADDRESS:
            attributes = self.control(
                f"{self.key}-{number}-{name}", f"{self.id}-{number}-{name}", aria_label=str(PARTS[name])
            )
            parts.append({"name": name, "label": PARTS[name], "value": given.get(name, ""), "attributes": attributes})
        return {"number": number, "uses": uses, "parts": parts}

    def wrong(self, error: str | Promise) -> Widget:
        return replace(self, error=error)


def widget(
    ctx: Context, spec: ObjectSpec, one: Field, raw: Any, titles: Titles, *, error: str | Promise = "", **more: Any
) -> Widget:
    """The form part of a field of ``spec``."""
    return Widget(one, spec.name, raw, ctx.locale, titles, error, needed=one.required, **more)


@cache
def template_of(part: str) -> str:
    """The template of a form part, or that of a line of text."""
    for name in (part, FALLBACK):
        path = f"web/widgets/{name}.html"
        try:
            loader.get_template(path)
        except TemplateDoesNotExist:
            continue
        return path
    raise TemplateDoesNotExist(part)


def _attribute(one: Field, wire: Any, locale: Locale) -> Any:
    if wire in (None, ""):
        return ""
    try:
        return posted.filled(one, one.type.parse(one, wire), locale)
    except ValueError:
        return wire  # what was typed and refused


def note(sentence: str, who: str, value: SafeString) -> SafeString:
    """A sentence about somebody's value, with the value as HTML at its end."""
    return format_html("{} {}", sentence % {"who": who}, value)
