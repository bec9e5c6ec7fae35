"""The people of the sample company: two teams of a tea and coffee wholesaler, one at each end of the trade."""

from __future__ import annotations

import random
from typing import Any, Final

from kith.api import Context, Item, Organisation, User, change, change_many

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
    items = [
        Item(
            {"name": name, "email": f"{address}@{DOMAIN}", "team": teams[team], "roles": [role], "language": language},
            verb="create",
        )
        for name, address, team, role, language in PEOPLE
    ]
    change_many(ctx, schema["users"], items)
    boss = User.objects.order_by("created_at").first()
    if boss is not None and boss.team_id is None:
        change(ctx, schema["users"], boss.pk, {"team": root})
