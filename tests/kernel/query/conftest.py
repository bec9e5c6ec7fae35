"""The samples of :mod:`tests.kernel.query.plenty`, made once per module; what a test does to them is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernel.query import plenty


@pytest.fixture(scope="module")
def _made(django_db_setup: None, django_db_blocker: Any) -> Iterator[plenty.Plenty]:
    from django.db import connection, transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield plenty.build()
        transaction.set_rollback(True)
    plenty.forget()
    connection.close()


@pytest.fixture
def made(_made: plenty.Plenty, db: None) -> plenty.Plenty:
    return _made
