"""Settings of the test run: those of Kith, on a data folder of its own, with the sample object and a cheap password
hash.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="kith-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

# What this machine is set to must not decide whether a test passes; only the database may be chosen
# (KITH_DATABASE_URL).
for _name in [one for one in os.environ if one.startswith("KITH_")]:
    if _name not in {"KITH_DATABASE_URL", "KITH_CORPORA", "KITH_REQUIRE"} and not _name.startswith("KITH_TEST_"):
        del os.environ[_name]
os.environ["KITH_DATA"] = str(FOLDER)
os.environ["KITH_LOG_LEVEL"] = "warning"

from kith.app.settings import *  # noqa: E402, F403
from kith.app.settings import DATABASES, INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.sample"]
MIGRATION_MODULES = {
    "sample": None
}  # conftest makes its table from the model: the sample object is one file and nothing else
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: tests with threads need connections of their own, and WAL behaves as it does in use.
    DATABASES["default"]["TEST"] = {**DATABASES["default"].get("TEST", {}), "NAME": str(FOLDER / "test.db")}
