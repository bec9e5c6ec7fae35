from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

from kith.kernel.policy.shipped import ensure_roles


def make(apps: Any, _editor: Any) -> None:
    ensure_roles(apps.get_model("policy", "Role"))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("policy", "0001_initial")]
    operations: ClassVar = [migrations.RunPython(make, migrations.RunPython.noop)]
