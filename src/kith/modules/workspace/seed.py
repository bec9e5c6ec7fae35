"""The people of the sample company: two teams of a tea and coffee wholesaler, one at each end of the trade."""

from __future__ import annotations

import random
from typing import Any, Final

from kith.api import Context, Organisation, User, by_email, change, restore

TEAMS: Final = ("Pine Harbour", "Europe", "华东")
PEOPLE: Final = (
    # name, address, team, role, language
    ("Lin Yue", "lin.yue", "Pine Harbour", "manager", "en"),
    ("Jonas Ek", "jonas.ek", "Europe", "member", "en"),
    ("Beatriz Camargo", "beatriz.camargo", "Europe", "member", "en"),
    ("Noor Haddad", "noor.haddad", "Europe", "read_only", "en"),
    ("陈威", "chen.wei", "华东", "member", "zh-hans"),
    ("周明远", "zhou.mingyuan", "华东", "member", "zh-hans"),
)
DOMAIN: Final = "pineharbour.example"


def seed(ctx: Context, chance: random.Random, size: str) -> None:
    """Name the company, make its teams and people. They cannot sign in until somebody gives them a password."""
    schema = ctx.schema
    if not Organisation.objects.exists():
        values = {"name": "Pine Harbour", "time_zone": "Europe/Berlin", "country": "DE", "currency": "EUR"}
        change(ctx, schema["organisation"], None, values)
    root = change(ctx, schema["teams"], None, {"name": TEAMS[0]}).id
    teams: dict[str, Any] = {TEAMS[0]: root}
    for name in TEAMS[1:]:
        teams[name] = change(ctx, schema["teams"], None, {"name": name, "parent": root}).id
    for name, address, team, role, language in PEOPLE:
        person: dict[str, Any] = {"name": name, "team": teams[team], "roles": [role], "language": language}
        held = by_email(ctx, f"{address}@{DOMAIN}")
        if held is None:
            change(ctx, schema["users"], None, {**person, "email": f"{address}@{DOMAIN}"})
        else:  # the sample was here before: an address is kept for good
            restore(ctx, schema["users"], held.id)
            change(ctx, schema["users"], held.id, person)
    boss = User.objects.order_by("created_at").first()
    if boss is not None and boss.team_id is None:
        change(ctx, schema["users"], boss.pk, {"team": root})
