"""Fields to try the types on: one of each type, in any store."""

from __future__ import annotations

from typing import Any

from kith.kernel.fields.base import Choice, Field, type_named
from kith.kernel.fields.store import Column, Store
from kith.kernel.kit.label import Label
from kith.kernel.kit.locale import Locale

ENGLISH = Locale()
GERMAN = Locale("de", "Europe/Berlin", "DE", "EUR")
CHINESE = Locale("zh-hans", "Asia/Shanghai", "CN", "CNY")

CHOICES = (
    Choice("mail", Label({"en": "E-mail", "zh-hans": "邮件"})),
    Choice("fair", Label({"en": "Trade fair", "zh-hans": "展会"})),
    Choice("call", Label({"en": "Phone, or video", "zh-hans": "电话"}), active=False),
)
OPTIONS: dict[str, dict[str, Any]] = {"auto_number": {"prefix": "Q-{year}-", "padding": 4}}
TARGETS = {"reference": "companies", "references": "companies", "owner": "users"}


def field(type_name: str, store: Store | None = None, name: str = "x_it", **more: Any) -> Field:
    """A field of that type, with the choices, options and target that the type needs."""
    made = Field(
        name=name,
        type=type_named(type_name),
        store=store or Column("it"),
        label="It",
        choices=CHOICES if type_name in ("choice", "multi_choice") else (),
        options=OPTIONS.get(type_name, {}),
        target=TARGETS.get(type_name, ""),
    )
    return made.with_(**more)


def parse(type_name: str, raw: Any, locale: Locale = ENGLISH, **more: Any) -> Any:
    one = field(type_name, **more)
    return one.type.parse(one, raw, locale)


def display(type_name: str, value: Any, locale: Locale = ENGLISH, **more: Any) -> str:
    one = field(type_name, **more)
    return one.type.display(one, value, locale)
