"""What a surface is to the contracts: a few calls, each answered by all that left the house."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.world import World

DONE = range(200, 300)
REFUSED = frozenset({400, 401, 403, 404, 412, 422})
_COULD_BE_BASE64 = re.compile(r"[A-Za-z0-9_-]{16,}")


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is all text that was sent; ``ids`` are those of the records in it; ``next`` is the cursor."""

    status: int
    body: str
    ids: tuple[str, ...] = ()
    next: str = ""
    count: int | None = None
    fields: frozenset[str] = frozenset()  # those that a refusal names

    @property
    def done(self) -> bool:
        return self.status in DONE

    @property
    def seen(self) -> str:
        """The body, and after it whatever hides in base64 in it (cursors)."""
        return self.body + " ".join(_decoded(one) for one in _COULD_BE_BASE64.findall(self.body))

    def without(self, *words: Any) -> str:
        """Status and body with these words (ids, names) and the request's number taken out, to compare two answers."""
        text = f"{self.status} {self.body}"
        for word in words:  # but for keys of the JSON itself
            text = re.sub(rf'(?<![\w-]){re.escape(str(word))}(?![\w-])(?!":)', "…", text)
        return re.sub(r'"(request_id|instance)":\s*"[^"]*"', "", text)


def parting(one: str, other: str) -> str:
    """Where two texts begin to differ, in a line."""
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 60) : at + 100]!r} / …{other[max(0, at - 60) : at + 100]!r}"


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "ignore")
    except ValueError:
        return ""


class Surface:
    """The calls that every surface answers. ``who`` is an actor's name in the world."""

    name: ClassVar[str]
    shows_the_bin: ClassVar[bool] = False  # a binned record has a page that says so
    on_every_page: ClassVar[frozenset[tuple[str, str]]] = frozenset()  # fields that whoever is signed in may know
    names_unknown_fields: ClassVar[bool] = True  # a form takes what it asked for and looks at nothing else

    def __init__(self, world: World) -> None:
        self.world = world

    @classmethod
    def is_there(cls) -> bool:
        return True

    @classmethod
    def answers(cls, *calls: str) -> bool:
        """Whether this surface has all of these calls."""
        return all(getattr(cls, call) is not getattr(Surface, call) for call in calls)

    def known_as(self, who: str) -> str:
        """Whom the surface takes this actor for."""
        return who

    def pages(self, who: str, object: str, id: Any) -> dict[str, Callable[[], Answer]]:
        """Everything else that can be asked about a record or its object, by name."""
        return {}

    def list(self, who: str, object: str, **query: Any) -> Answer:
        """``query``: where (JSON tree), sort (names), fields (names), limit, after."""
        raise NotImplementedError

    def one(self, who: str, object: str, id: Any) -> Answer:
        raise NotImplementedError

    def history(self, who: str, object: str, id: Any) -> Answer:
        raise NotImplementedError

    def group(self, who: str, object: str, field: str, measure: str = "count") -> Answer:
        """Records grouped by a field ("" for all in one), with a number of each group."""
        raise NotImplementedError

    def since(self, who: str, object: str, seq: int) -> tuple[Answer, dict[str, bool], int]:
        """What changed after a number: the answer, ``{id: gone}``, and the number to ask with next."""
        raise NotImplementedError

    def create(self, who: str, object: str, values: Mapping[str, Any]) -> Answer:
        raise NotImplementedError

    def update(self, who: str, object: str, id: Any, values: Mapping[str, Any], expect: int | None = None) -> Answer:
        raise NotImplementedError

    def delete(self, who: str, object: str, id: Any) -> Answer:
        raise NotImplementedError

    def restore(self, who: str, object: str, id: Any) -> Answer:
        raise NotImplementedError

    def undo(self, who: str, event: Any) -> Answer:
        raise NotImplementedError


def client_of(world: World, who: str) -> Any:
    """Django's test client as one of the world's actors. People are signed in; tokens are sent with each request."""
    from django.conf import settings
    from django.test import Client

    if who in world.tokens:
        return Client(headers={"authorization": f"Bearer {world.tokens[who][1]}"})
    client = Client()
    if who in world.sessions:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[who]
    return client
