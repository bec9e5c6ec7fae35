"""The roles that every installation begins with, as rows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop

from kith.kernel.kit.text import title_key
from kith.kernel.policy.grants import SHIPPED

NAMES = {
    "administrator": gettext_noop("Administrator"),
    "manager": gettext_noop("Manager"),
    "member": gettext_noop("Member"),
    "read_only": gettext_noop("Read only"),
}


def ensure_roles(role: type[Any]) -> None:
    """Make the shipped roles that are missing; ``role`` is the model, a historical one in the migration."""
    present = set(role.objects.values_list("key", flat=True))
    now = timezone.now()
    role.objects.bulk_create(
        [
            role(
                key=key,
                name=NAMES[key],
                title_key=title_key(NAMES[key]),
                rights=rights["rights"],
                extra=rights.get("extra", []),
                created_at=now,
                updated_at=now,
            )
            for key, rights in SHIPPED.items()
            if key not in present
        ]
    )
