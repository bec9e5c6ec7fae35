"""``KITH_FILES_URL`` as Django's ``STORAGES``: where stored files lie."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from kith.app.config import Config

PACKAGES = ("storages", "boto3")


def files(config: Config) -> dict[str, Any]:
    """A folder that only Kith reads, or a bucket through django-storages, whose objects nobody else reads either."""
    if config.files_folder is not None:
        options = {
            "location": config.files_folder,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        }
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    parts = urlsplit(config.files_url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    given = {
        "bucket_name": parts.hostname,
        "location": unquote(parts.path).strip("/"),
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "endpoint_url": asked.get("endpoint", ""),
        "region_name": asked.get("region", ""),
    }
    options = {name: value for name, value in given.items() if value} | {"default_acl": None, "file_overwrite": False}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def missing() -> list[str]:
    """The packages that a bucket needs and that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]
