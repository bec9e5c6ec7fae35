"""Whoever is a user is found by search and in the palette, however they came to be one."""

from __future__ import annotations

from typing import Any

from kith.app import people
from kith.kernel.records.finding import search
from tests.words import words_at_once
from tests.world import World, forget


@words_at_once
def test_people_are_found(world: World, client_as: Any) -> None:
    nora = people.add("nora.quill@kith.example", "Nora Quill", "member", "Quiet-horse-42").pk
    forget()
    stella = world.people["stella"]
    for word, name, id in (
        ("quill", "Nora Quill", nora),
        ("nora.quill@kith", "Nora Quill", nora),
        ("Stella", "Stella", stella),
    ):
        assert name in [hit.title for hit in search(world.ctx("ada"), word, ["users"])], word
        answer = client_as("ada").get("/palette", {"q": word}, headers={"HX-Request": "true"})
        assert f"/users/{id}" in answer.content.decode(), word
