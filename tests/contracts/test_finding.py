"""Search, wherever it is asked: who finds a record by its words, and that nobody learns of the others by trying.

Looking for the words of a record out of sight is answered exactly as looking for words that nobody ever wrote.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from kith.kernel.policy import mask
from kith.kernel.records import finding
from kith.kernel.records.errors import Refusal
from kith.kernel.schema.spec import ObjectSpec
from tests.canaries import Canary, leaks
from tests.contracts import expected
from tests.contracts.objects import OBJECTS
from tests.contracts.surface import Answer, parting
from tests.contracts.surfaces import Rest, surface_named
from tests.contracts.tables import none_of, taken_back
from tests.contracts.test_hidden import hide, together
from tests.contracts.test_reading import unseen
from tests.contracts.web import Web
from tests.world import World

pytestmark = pytest.mark.words

Find = Callable[[str, str, str], Answer]  # who, object, words


def finders(world: World) -> dict[str, Find]:
    """Every place where words are looked for, by name. A new one is one line here."""
    rest, web = Rest(world), Web(world)

    def kernel(who: str, object: str, words: str) -> Answer:
        ctx = world.ctx(who)
        try:
            hits = finding.search(ctx, words, (object,))
        except Refusal as error:
            return Answer(error.status, str(error))
        return Answer(200, repr([(one.title, one.subtitle) for one in hits]), tuple(str(one.id) for one in hits))

    def page(path: str, fragment: bool = False) -> Find:
        def find(who: str, object: str, words: str) -> Answer:
            found = web.ask(who, f"{path}?{urlencode({'q': words})}", fragment=fragment)
            ids = [str(id) for (name, _owner), id in world.records.items() if f"/{name}/{id}" in found.body]
            return Answer(found.status, found.body, tuple(ids))

        return find

    return {
        "kernel": kernel,
        "rest": lambda who, object, words: rest.ask(who, "GET", f"/search?{urlencode({'q': words})}"),
        "a list over rest": lambda who, object, words: rest.ask(who, "GET", f"/{object}?{urlencode({'q': words})}"),
        "search page": page("/search"),
        "palette": page("/palette", fragment=True),
        "a list": lambda who, object, words: web.list(who, object, where={"q": words}, limit=100),
    }


def searched(world: World, object: str) -> list[Canary]:
    """The canaries in fields that are searched."""
    spec = world.ctx("ada").schema[object]
    return [one for one in world.canaries if one.object == object and one.field in _fields(spec)]


def _fields(spec: ObjectSpec) -> set[str]:
    found = set(spec.search)
    for name in spec.search:
        one = spec.fields.get(name)
        found |= set(one.expands.to) if one is not None and one.expands else set()
    return found


def other(word: str) -> str:
    """A word as long, of the same kind, that nobody wrote."""
    if word[:1].isdigit():
        return f"{zlib.crc32(word.encode()) * 7919 % 10 ** len(word):0{len(word)}}"
    return "qqxj" + word[::-1].translate(str.maketrans("aeiou", "uoaei"))


def _words(*canaries: Canary) -> set[str]:
    return {word for one in canaries for word in re.split(r"[^a-z0-9]+", one.needle.lower())}


def _but(answer: Answer, words: str) -> str:
    """The answer without what was typed."""
    return answer.without().replace(quote(words), "…").replace(words, "…")


@pytest.mark.parametrize("object", OBJECTS)
def test_words_find_what_their_asker_sees(world: World, object: str, full: bool) -> None:
    wrong = []
    spec = world.ctx("ada").schema[object]
    asked = searched(world, object)
    for place, (name, find) in enumerate(finders(world).items()):
        side = surface_named("web" if name in ("search page", "palette", "a list") else "rest", world)
        everybody = ("ada", "olga", "rita", "stella", "noah", "olga_contacts", "anonymous")
        for who in everybody if full or name == "kernel" else ("olga", "stella", "olga_contacts"):
            sees = expected.sees(side.known_as(who), spec)
            shown = mask.readable(world.ctx(who), spec)
            for canary in asked if full or name == "kernel" else asked[place % 3 :: 3]:
                may = canary.owner in sees and canary.field in shown
                answer, nothing = find(who, object, canary.needle), find(who, object, other(canary.needle))
                id = str(world.records[object, canary.owner])
                if may and spec.menu and id not in answer.ids:
                    wrong.append(f"{who} does not find {canary} by {name}: {answer.status}")
                told, untold = _but(answer, canary.needle), _but(nothing, other(canary.needle))
                if not may and told != untold:
                    where = parting(told, untold)
                    wrong.append(f"{who} looks for {canary} by {name}: {where}")
                typed = {str(canary)}  # what was typed stands in the answer, and is no news
                wrong += [
                    f"{who} meets {leak} looking for {canary} by {name}"
                    for leak in leaks(answer.seen, unseen(world, who, side))
                    if leak not in typed
                ]
    none_of(wrong)


@pytest.mark.parametrize("object", OBJECTS)
def test_a_hidden_field_is_not_searched(world: World, object: str) -> None:
    """Its words find nothing, in no place; those of the other fields still do."""
    spec, wrong = world.ctx("ada").schema[object], []
    mine = [one for one in searched(world, object) if one.owner == "olga"]
    for canary in mine if "hugo" in expected.SEES and expected.sees("hugo", spec) else ():
        with taken_back():
            group = together(spec, canary.field)
            hide(world, spec, group)
            hidden = [one for one in world.canaries if one.object == object and one.field in group]
            if _words(canary) <= _words(*(one for one in mine if one not in hidden)):
                continue  # the fields that may be read say it, too
            for name, find in finders(world).items():
                answer = find("hugo", object, canary.needle)
                if str(world.records[object, "olga"]) in answer.ids:
                    wrong.append(f"{canary} by {name}")
                wrong += [
                    f"{leak} by {name}, looking for {canary}"
                    for leak in leaks(answer.seen.replace(canary.needle, ""), hidden)
                ]
    none_of(wrong)


def test_nothing_is_found_in_the_bin(world: World) -> None:
    from kith.kernel.records.change import delete

    for object in {one.object for one in world.canaries if searched(world, one.object)}:
        root = world.ctx("system")
        if "delete" not in root.schema[object].verbs:
            continue
        owner = world.owners(object)[0]
        title: Any = next((one for one in searched(world, object) if one.owner == owner), None)
        with taken_back():
            delete(root, root.schema[object], world.records[object, owner])
            for name, find in finders(world).items():
                found = find("ada", object, title.needle).ids if title else ()
                assert str(world.records[object, owner]) not in found, (object, name)
