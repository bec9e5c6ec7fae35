"""What the first page costs on the wire, as the server really sends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.e2e.company import Company
from tests.e2e.conftest import ADMINISTRATOR
from tests.e2e.window import Window

SCRIPT, STYLE = 150_000, 100_000  # bytes, compressed


def test_the_first_load_of_a_list_is_light(company: Company, window: Callable[..., Window]) -> None:
    ada = window(company.address)
    ada.sign_in(ADMINISTRATOR[0], path="/contacts")
    wire = ada.context.new_cdp_session(ada.page)
    kinds: dict[str, str] = {}
    sizes: Counter[str] = Counter()
    wire.on("Network.responseReceived", lambda one: kinds.__setitem__(one["requestId"], one["type"]))
    wire.on("Network.loadingFinished", lambda one: sizes.update({one["requestId"]: int(one["encodedDataLength"])}))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    ada.page.reload(wait_until="networkidle")
    total: Counter[str] = Counter()
    for request, size in sizes.items():
        total[kinds.get(request, "")] += size
    assert 10_000 < total["Script"] <= SCRIPT, total
    assert 10_000 < total["Stylesheet"] <= STYLE, total
