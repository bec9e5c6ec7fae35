"""References to records of any object over REST: read with object and title, written with object and id."""

from __future__ import annotations

import json
from urllib.parse import quote


def test_they_are_read_and_written_with_their_object(api, world) -> None:
    company, hidden = world.records["companies", "olga"], world.records["companies", "stella"]
    ada, mara = api("ada"), api("olga")
    given = [{"object": "companies", "id": str(hidden)}, {"object": "companies", "id": str(company)}]
    owner = str(world.people["olga"])
    made = ada.post("/notes", {"subject": "Call", "about": given, "owner": owner})
    assert made.status == 201 and [one["object"] for one in made.json["about"]] == ["companies", "companies"]
    assert all(one["title"] for one in made.json["about"])
    seen = mara.get(f"/notes/{made.json['id']}").json["about"]
    assert [one["id"] for one in seen] == [str(company)]
    again = mara.patch(f"/notes/{made.json['id']}", {"about": seen})  # what is read may be sent back
    assert again.status == 200 and again.json["version"] == made.json["version"]
    assert len(ada.get(f"/notes/{made.json['id']}").json["about"]) == 2
    refused = mara.post("/notes", {"subject": "x", "about": [str(company)]})
    assert refused.status == 422 and refused.json["errors"][0]["field"] == "about"


def test_they_are_filtered_and_described(api, world) -> None:
    company = str(world.records["companies", "olga"])
    olga = api("olga")
    about = [{"object": "companies", "id": company}]
    id = olga.post("/notes", {"subject": "Call", "about": about}).json["id"]
    for value in (company, about[0]):
        where = json.dumps({"field": "about", "op": "eq", "value": value})
        found = olga.get(f"/notes?filter={quote(where)}")
        assert [one["id"] for one in found.json["items"]] == [id]
    assert [one["id"] for one in olga.get(f"/notes?filter=about:{company}").json["items"]] == [id]
    assert olga.get("/notes?filter=about:Lotus").status == 400
    schemas = olga.get("/openapi.json").json["components"]["schemas"]
    written = json.dumps(schemas["NoteCreate"]["properties"]["about"])
    assert '"object"' in written and '"required": ["object", "id"]' in written
    history = olga.get(f"/notes/{id}/history").json["items"][0]["changes"]
    assert next(one for one in history if one["field"] == "about")["after"][0]["title"]
