"""The row that writers lock: two who make it at the same time would wait for each other."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations


def make(apps: Any, _editor: Any) -> None:
    apps.get_model("schema", "SchemaVersion").objects.get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("schema", "0001_initial")]
    operations: ClassVar = [migrations.RunPython(make, migrations.RunPython.noop)]
