"""The OpenAPI document: valid, exact for its reader, and true of what is answered."""

from __future__ import annotations

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from tests.words import words_at_once

WHO = ("ada", "olga", "rita", "noah", "olga_reads", "olga_contacts")


@pytest.mark.parametrize("name", WHO)
def test_it_is_valid(api, name: str) -> None:
    document = api(name).get("/openapi.json").json
    jsonschema_rs.validator_for(OPENAPI_31).validate(document)
    ids = [
        call["operationId"]
        for path in document["paths"].values()
        for method, call in path.items()
        if method != "parameters"
    ]
    assert len(ids) == len(set(ids))
    for schema in document["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid(schema)
    assert refs(document) <= {f"#/components/schemas/{one}" for one in document["components"]["schemas"]} | {
        "#/components/responses/Problem"
    }


def refs(node) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(refs, node.values()))
    return set().union(*map(refs, node)) if isinstance(node, list) else set()


def test_it_has_what_the_caller_may_use_and_no_more(api) -> None:
    ada, olga, reads = (api(name).get("/openapi.json").json for name in ("ada", "olga", "olga_reads"))
    assert {"get", "post"} <= set(ada["paths"]["/contacts"]) and "/x_visits" in ada["paths"]
    assert set(reads["paths"]["/contacts"]) == {"get"} and "/contacts/batch" not in reads["paths"]
    assert "post" not in olga["paths"]["/users"] and "post" in ada["paths"]["/users"]
    schemas = ada["components"]["schemas"], olga["components"]["schemas"]
    assert "salary" in schemas[0]["Sample"]["properties"] and "salary" not in schemas[1]["Sample"]["properties"]
    assert "secret" not in schemas[1]["Sample"]["properties"] and "secret" in schemas[1]["SampleCreate"]["properties"]
    assert (
        "bonus" not in schemas[1]["SampleUpdate"]["properties"] and "bonus" in schemas[0]["SampleUpdate"]["properties"]
    )
    assert "x_my_text" in schemas[1]["Contact"]["properties"]
    assert "created_at" not in schemas[1]["ContactUpdate"]["properties"]
    assert set(api("noah").get("/openapi.json").json["paths"]) == {"/", "/openapi.json", "/me", "/events/{id}/undo"}


@words_at_once
def test_answers_are_as_it_says(api, world) -> None:
    ada = api("ada")
    document = ada.get("/openapi.json").json
    for path, calls in document["paths"].items():
        if "get" not in calls or path.count("/") > 1 or path in ("/", "/me", "/openapi.json", "/imports", "/export"):
            continue
        asked = {"/search": "?q=CNR"}.get(path, "")
        schema = calls["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        validator = jsonschema_rs.validator_for({**schema, "components": document["components"]}, validate_formats=True)
        found = ada.get(path + asked)
        assert found.json["items"], path
        validator.validate(found.json)
        if path != "/search":
            validator.validate(ada.get(f"{path}?changed_after=0").json)
    refused = ada.post("/companies", {"name": ""}).json
    jsonschema_rs.validate(
        {**document["components"]["schemas"]["Problem"], "components": document["components"]}, refused
    )


def test_what_it_lets_in_is_taken(api, world) -> None:
    """A record as read, cut down to what may be written, is a valid body and is accepted."""
    ada = api("ada")
    document = ada.get("/openapi.json").json
    for spec, name in (
        ("companies", "CompanyUpdate"),
        ("contacts", "ContactUpdate"),
        ("samples", "SampleUpdate"),
        ("x_visits", "XVisitUpdate"),
    ):
        schema = document["components"]["schemas"][name]
        (record, *_rest) = ada.get(f"/{spec}").json["items"]
        body = {key: value for key, value in record.items() if key in schema["properties"]}
        jsonschema_rs.validate({**schema, "components": document["components"]}, body)
        saved = ada.patch(f"/{spec}/{record['id']}", body)
        assert saved.status == 200, saved.bytes
        assert saved.json["version"] == record["version"], (
            spec,
            ada.get(f"/{spec}/{record['id']}/history").json["items"][0],
        )


def test_it_is_remembered_under_its_tag(api) -> None:
    first = api("olga").get("/openapi.json")
    assert api("tim").get("/openapi.json").etag == first.etag  # the same rights, the same document
    assert api("olga").get("/openapi.json", If_None_Match=first.etag).status == 304
    assert api("ada").get("/openapi.json").etag != first.etag


def test_a_new_field_is_in_it_at_once(api, world) -> None:
    from kith.kernel.records import shape

    before = api("ada").get("/openapi.json").json["components"]["schemas"]["Company"]["properties"]
    shape.add_field(world.ctx("ada"), "companies", "text", {"en": "Colour"})
    after = api("ada").get("/openapi.json").json["components"]["schemas"]["Company"]["properties"]
    assert set(after) - set(before) == {"x_colour"}
