"""``{% load house %}``: what a page without a context needs to know of the installation."""

from __future__ import annotations

from django import template

from kith.kernel.accounts.directory import directory
from kith.kernel.outside import mail
from kith.kernel.schema.load import version

register = template.Library()


@register.simple_tag
def company_name() -> str:
    """The company's name; "" until somebody has set it up."""
    held = directory(version()).company
    return held.name if held.id is not None else ""


@register.simple_tag
def mail_leaves() -> bool:
    """Whether letters reach anybody."""
    return mail.leaves()
