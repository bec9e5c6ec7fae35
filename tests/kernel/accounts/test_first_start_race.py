"""Two people who open the link of the first start at the same moment. Apart from its neighbours, since nothing else may
hold a transaction meanwhile: the world that they share does.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest

from kith.kernel.accounts import setup
from kith.kernel.accounts.models import User
from kith.kernel.people import joining
from kith.kernel.policy.models import Role
from kith.kernel.policy.shipped import ensure_roles
from tests.kernel.accounts.test_first_start import FIRM, PASSWORD, PERSON
from tests.world import forget


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_first(tmp_path: Any, settings: Any) -> None:
    settings.KITH_DATA = tmp_path
    ensure_roles(Role)
    forget()
    setup.setup_url()
    start, ended = threading.Barrier(2), []

    def attempt(number: int) -> None:
        from django.db import connection

        start.wait()
        try:
            joining.first(FIRM, None, {**PERSON, "email": f"p{number}@firm.example"}, PASSWORD)
            ended.append("first")
        except joining.LinkDead:
            ended.append("dead")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(ended) == ["dead", "first"]
    assert User.objects.count() == 1
