"""The first start: one link, one administrator, and nothing that anybody could sign in with before."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from kith.kernel.accounts import setup
from kith.kernel.accounts.models import Organisation, User
from kith.kernel.events.models import Event
from kith.kernel.people import company, joining
from kith.kernel.policy.models import Role
from kith.kernel.policy.shipped import ensure_roles
from kith.kernel.records.errors import Forbidden, Invalid
from tests.world import World, forget

FIRM = {
    "name": "Pine Harbour",
    "language": "en",
    "time_zone": "Europe/Berlin",
    "country": "DE",
    "currency": "EUR",
    "fiscal_start": "4",
    "week_start": "0",
}
PERSON = {"name": "Mara Vogt", "email": "Mara@PineHarbour.example", "language": "en"}
PASSWORD = "Harbour-lantern-81"


@pytest.fixture
def fresh(db: None, tmp_path: Any, settings: Any) -> str:
    """An empty installation; the token of its link."""
    settings.KITH_DATA = tmp_path
    ensure_roles(Role)
    forget()
    return setup.setup_url().rpartition("=")[2]


def test_the_first_one_administers_and_the_link_is_used_up(fresh: str) -> None:
    assert setup.needed() and setup.check_setup_token(fresh)
    user = joining.first(FIRM, None, PERSON, PASSWORD)
    assert (user.email, user.roles) == ("mara@pineharbour.example", ["administrator"])
    firm = Organisation.objects.get()
    assert (firm.name, firm.currency, firm.fiscal_start, firm.country) == ("Pine Harbour", "EUR", 4, "DE")
    assert not setup.needed() and not setup.check_setup_token(fresh)
    told = Event.objects.filter(verb="created").values_list("object", "actor_kind", "source")
    assert set(told) == {("users", "system", "setup"), ("organisation", "system", "setup")}
    with pytest.raises(joining.LinkDead):
        joining.first(FIRM, None, {**PERSON, "email": "second@pineharbour.example"}, PASSWORD)


@pytest.mark.parametrize(
    ("firm", "person", "password", "fields"),
    [
        ({"currency": "Euro"}, {}, PASSWORD, {"currency"}),
        ({"time_zone": "Berlin"}, {}, PASSWORD, {"time_zone"}),
        ({}, {"email": "nobody"}, "short", {"email", "password"}),
        ({}, {"name": ""}, PASSWORD, {"name"}),
    ],
)
def test_a_mistake_makes_nothing_and_uses_nothing_up(
    fresh: str, firm: dict[str, str], person: dict[str, str], password: str, fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        joining.first({**FIRM, **firm}, None, {**PERSON, **person}, password)
    assert {one.field for one in refused.value.complaints} == fields
    assert not User.objects.exists() and not Organisation.objects.exists()
    assert setup.needed() and setup.check_setup_token(fresh)


def test_trying_the_company_writes_nothing(fresh: str) -> None:
    joining.try_company(FIRM)
    assert not Organisation.objects.exists() and not Event.objects.exists()


# --- the logo --------------------------------------------------------------------------------------------------------


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 400), **more: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "#0b6a80").save(made, kind, **more)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_drawn_anew_and_small(kind: str) -> None:
    with Image.open(io.BytesIO(company.drawn(picture(kind)))) as made:
        assert (made.format, made.size) == ("PNG", (160, 80))


def test_what_is_hidden_in_a_picture_does_not_come_in() -> None:
    raw = picture("JPEG", comment=b"CANARY-IN-A-COMMENT") + b"<script>CANARY-BEHIND-THE-END</script>"
    assert b"CANARY" in raw and b"CANARY" not in company.drawn(raw)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        SVG,
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n" + b"0" * 100,
        picture()[:200],
        b"%PDF-1.7",
        b"x" * (company.LARGEST + 1),
    ],
    ids=["nothing", "svg", "gif head", "png head", "half a png", "pdf", "too large"],
)
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid):
        company.drawn(raw)


def test_a_small_file_with_too_many_pixels_is_refused() -> None:
    raw = picture(size=(9000, 9000), compress_level=9)
    assert len(raw) < company.LARGEST
    with pytest.raises(Invalid):
        company.drawn(raw)


def test_the_logo_is_an_administrators_to_change_and_its_change_is_told(world: World) -> None:
    from kith.kernel.accounts.directory import directory

    company.put_logo(world.ctx("ada"), picture())
    forget()
    held = directory(world.ctx("ada").schema.version).company.logo
    assert company.logo(held) and not company.logo("")
    assert Event.objects.filter(object="organisation", verb="logo_changed").count() == 1
    for who in ("mara", "olga", "olga_contacts", "anonymous"):
        with pytest.raises(Forbidden):
            company.put_logo(world.ctx(who), None)
    company.put_logo(world.ctx("ada"), None)
    forget()
    assert not directory(world.ctx("ada").schema.version).company.logo
