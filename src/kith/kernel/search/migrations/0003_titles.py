from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

import kith.kernel.fields.key_column
from kith.kernel.search import engines


def install(_apps: Any, _editor: Any) -> None:
    engines.install()  # what came since; all of it is there already in a database that is new


class Migration(migrations.Migration):
    dependencies: ClassVar = [("search", "0002_full_text")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="SearchTitle",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("record", models.UUIDField()),
                ("title_key", kith.kernel.fields.key_column.KeyColumn(default="", max_length=200)),
            ],
            options={"db_table": "kith_search_title", "managed": False},
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
