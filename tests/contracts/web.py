"""The pages, as a browser without script asks for them: addresses and forms in, HTML and headers out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any, ClassVar
from urllib.parse import urlencode

from kith.kernel.fields.base import Field
from kith.kernel.kit import json
from kith.surfaces.web import forms, posted
from tests.contracts.surface import Answer, Surface, client_of
from tests.world import TOKENS, World

SIGN_IN = "/accounts/"
FRAGMENT = {"HX-Request": "true"}
CHANGING = {"Set-Cookie", "Content-Security-Policy", "X-Request-ID", "Content-Length", "Server-Timing", "Date"}
"""Headers that differ from one answer to the next of the same page."""

_ONCE = re.compile(
    r"""[?&]next=[^\s"]*|name="next" value="[^"]*"|nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|"""
    r'''"X-CSRFToken": ?"[^"]*"|csrf[^>]*="[^"]*"'''
)


class Page(HTMLParser):
    """What the adapter needs of a page: the rows of a list, its count, and the fields that a form complains about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.count: int | None = None
        self.wrong: set[str] = set()
        self._field, self._counting = "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "tr" and named.get("data-id"):
            self.ids.append(str(named["data-id"]))
        self._counting = self.count is None and "data-count" in named
        if named.get("data-field"):
            self._field = str(named["data-field"])
        if "form-error" in str(named.get("class", "")).split():
            self.wrong.add(self._field)

    def handle_data(self, data: str) -> None:
        if self._counting and re.sub(r"\D", "", data):
            self.count = int(re.sub(r"\D", "", data))
        self._counting = False


class Web(Surface):
    """Django's test client with the session of a person who is signed in."""

    name = "web"
    shows_the_bin = True
    names_unknown_fields = False
    on_every_page = frozenset({("organisation", "name")})  # over the navigation
    handler: ClassVar[Any] = None

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.clients: dict[str, Any] = {}

    def known_as(self, who: str) -> str:
        return "anonymous" if who in TOKENS else who  # tokens are for programs: pages know none

    def ask(self, who: str, path: str, data: Any = None, fragment: bool = False) -> Answer:
        """GET, or POST when there is something to send. A way to the sign-in page is a 401, one to a record is done."""
        if who not in self.clients:
            self.clients[who] = client_of(self.world, who)
            self.clients[who].handler = Web.handler = Web.handler or self.clients[who].handler
        client, headers = self.clients[who], FRAGMENT if fragment else {}
        if data is None:
            response = client.get(path, headers=headers)
        else:
            body = urlencode(data, doseq=True)
            response = client.post(path, data=body, content_type="application/x-www-form-urlencoded", headers=headers)
        return self._answer(response)

    def _answer(self, response: Any) -> Answer:
        content = b"".join(response.streaming_content) if response.streaming else response.content
        html = content.decode()
        page = Page(html)
        sent = "\n".join(f"{name}: {value}" for name, value in response.items() if name not in CHANGING)
        status, to = response.status_code, response.headers.get("Location", response.headers.get("HX-Redirect", ""))
        ids: tuple[str, ...] = tuple(page.ids) if status < 400 else ()  # a wrong filter shows the list without it
        if status == 302 or (status == 204 and to):
            status = 401 if to.startswith(SIGN_IN) else 200
            ids = tuple(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", to.partition("?")[0]))
        return Answer(
            status, _ONCE.sub("", f"{sent}\n\n{html}"), ids, "", page.count if ids or page.count else 0,
            frozenset(page.wrong),
        )  # fmt: skip

    # --- reading ------------------------------------------------------------------------------------------------------

    def list(self, who: str, object: str, **query: Any) -> Answer:
        asked: dict[str, Any] = {}
        if "where" in query:
            asked["filter"] = json.dumps_text(query["where"])
        if query.get("sort"):
            asked["sort"] = ",".join(query["sort"])
        if query.get("fields"):
            asked["columns"] = ",".join(query["fields"])
        if query.get("after"):
            return self.ask(who, f"/{object}/rows?{urlencode({**asked, 'after': query['after']})}")
        if query.get("limit", 0) > 50:
            asked["shown"] = query["limit"]
        return self.ask(who, f"/{object}?{urlencode(asked)}")

    def one(self, who: str, object: str, id: Any) -> Answer:
        return self.ask(who, f"/{object}/{id}")

    def history(self, who: str, object: str, id: Any) -> Answer:
        return self.ask(who, f"/{object}/{id}/history", fragment=True)

    def pages(self, who: str, object: str, id: Any) -> dict[str, Callable[[], Answer]]:
        spec = self.world.ctx("ada").schema[object]
        title, led = spec.title, next((name for name, one in spec.fields.items() if one.target), spec.title)
        record, both = f"/{object}/{id}", urlencode({"ids": f"{id},{self.beside(who, object)}"})
        return {
            "list": lambda: self.ask(who, f"/{object}"),
            "rows": lambda: self.ask(who, f"/{object}/rows", fragment=True),
            "footer": lambda: self.ask(who, f"/{object}/footer", fragment=True),
            "column-menu": lambda: self.ask(who, f"/{object}/menu?field={title}", fragment=True),
            "sort": lambda: self.ask(who, f"/{object}/sort", fragment=True),
            "pick": lambda: self.ask(who, f"/{object}/pick", fragment=True),
            "new-view": lambda: self.ask(who, f"/{object}/view", fragment=True),
            "view": lambda: self.ask(who, f"/{object}/view/{uuid.UUID(int=7)}", fragment=True),
            "options": lambda: self.ask(who, f"/{object}/options?field={led}", fragment=True),
            "filter": lambda: self.ask(who, f"/{object}/filter", fragment=True),
            "filter-tree": lambda: self.ask(who, f"/{object}/filter/tree", fragment=True),
            "bulk": lambda: self.ask(who, f"/{object}/bulk/assign?q=a", fragment=True),
            "merge": lambda: self.ask(who, f"/{object}/merge?{both}"),
            "new": lambda: self.ask(who, f"/{object}/new"),
            "record": lambda: self.ask(who, record),
            "record as a part": lambda: self.ask(who, record, fragment=True),
            "access": lambda: self.ask(who, f"{record}/access"),
            "alike-record": lambda: self.ask(who, f"{record}/duplicates", fragment=True),
            "history": lambda: self.ask(who, f"{record}/history", fragment=True),
            "edit": lambda: self.ask(who, f"{record}/edit"),
            "related": lambda: self.ask(who, f"{record}/related", fragment=True),
            "tree": lambda: self.ask(who, f"{record}/tree", fragment=True),
            "file": lambda: self.ask(who, f"{record}/file/{title}"),
            "cell": lambda: self.ask(who, f"{record}/cell/{title}", fragment=True),
            "cell as it is": lambda: self.ask(who, f"{record}/cell/{title}?show", fragment=True),
            "palette": lambda: self.ask(who, f"/palette?recent={object}:{id}", fragment=True),
            "palette on the record": lambda: self.ask(who, f"/palette?object={object}&id={id}", fragment=True),
            "search": lambda: self.ask(who, "/search?q=canary"),
            "shortcuts": lambda: self.ask(who, "/shortcuts"),
            "home": lambda: self.ask(who, "/"),
        }

    def alike(self, who: str, object: str, field: str, values: Mapping[str, Any]) -> Answer:
        """The hint under a field of a form that was filled in like this."""
        return self.ask(who, f"/{object}/duplicates?field={field}", self._form(object, values), fragment=True)

    def beside(self, who: str, object: str) -> Any:
        """A second record for what is about two: the actor's own, where they have one."""
        return self.world.records.get((object, who), uuid.UUID(int=7))

    # --- writing ------------------------------------------------------------------------------------------------------

    def create(self, who: str, object: str, values: Mapping[str, Any]) -> Answer:
        return self.ask(who, f"/{object}/new", self._form(object, values))

    def update(self, who: str, object: str, id: Any, values: Mapping[str, Any], expect: int | None = None) -> Answer:
        version = {} if expect is None else {"_version": str(expect)}
        return self.ask(who, f"/{object}/{id}/edit", {**self._form(object, values), **version})

    def delete(self, who: str, object: str, id: Any) -> Answer:
        return self.ask(who, f"/{object}/{id}/delete", {})

    def restore(self, who: str, object: str, id: Any) -> Answer:
        return self.ask(who, f"/{object}/{id}/restore", {})

    def undo(self, who: str, event: Any) -> Answer:
        return self.ask(who, f"/undo/{event}", {})

    def _form(self, object: str, values: Mapping[str, Any]) -> dict[str, Any]:
        ctx, found = self.world.ctx("ada"), dict[str, Any]()
        spec = ctx.schema[object]
        wholes = [one for one in forms.edited(ctx, spec).values() if one.expands and posted.parts_of(one)]
        within = {
            to: f"{one.name}-{part}"
            for one in wholes
            for part, to in zip(posted.parts_of(one), one.expands.to, strict=False)  # type: ignore[union-attr]
        }
        for name, wire in values.items():
            one = spec.field(name)
            if one is None or name in within:  # a first name is a part of the name on a form
                found[within.get(name, name)] = _text(wire)
            else:
                found.update(in_a_form(one, wire))
        return found


def in_a_form(one: Field, wire: Any) -> dict[str, Any]:
    """A wire value as the parts of a form that a person would have filled in."""
    name, widget = one.name, posted.widget_of(one)
    if widget in posted.ROWS and isinstance(wire, list | str):
        several = [wire] if isinstance(wire, str) else wire
        rows = [row if isinstance(row, dict) else {posted.ROWS[widget]: row} for row in several]
        parts = {f"{name}-{at}-{part}": _text(value) for at, row in enumerate(rows) for part, value in row.items()}
        first = next((at for at, row in enumerate(rows) if row.get("primary")), 0)
        return {**parts, f"{name}-rows": "1", f"{name}-primary": str(first)}
    if posted.parts_of(one) and isinstance(wire, dict):
        return {f"{name}-{part}": _text(value) for part, value in wire.items()}
    if widget == "choices" and isinstance(wire, list):
        return {name: [_text(each) for each in wire]}
    if isinstance(wire, list) and widget != "json":
        return {name: ", ".join(map(_text, wire))}
    return {name: json.dumps_text(wire) if widget == "json" else _text(wire)}


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return value if isinstance(value, str) else json.dumps_text(value) if isinstance(value, dict | list) else str(value)
