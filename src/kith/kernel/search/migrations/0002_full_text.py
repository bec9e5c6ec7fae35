from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

from kith.kernel.search import engines


def install(_apps: Any, _editor: Any) -> None:
    engines.install()


def remove(_apps: Any, _editor: Any) -> None:
    engines.remove()


class Migration(migrations.Migration):
    dependencies: ClassVar = [("search", "0001_initial")]
    operations: ClassVar = [migrations.RunPython(install, remove)]
