"""Roles: the table of all of them, and one with everything that it holds. Each choice is one change, with its undo."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kith.kernel.accounts.context import Context
from kith.kernel.kit.errors import Unreadable
from kith.kernel.policy.conditions import PolicySight
from kith.kernel.policy.grants import ADMINISTER
from kith.kernel.policy.models import Role
from kith.kernel.query.compile import Compiler
from kith.kernel.query.tree import from_json, to_json
from kith.kernel.query.typed import AllNames, parse
from kith.kernel.query.written import write
from kith.kernel.records import change as writing
from kith.kernel.records.errors import Invalid, NotFound
from kith.kernel.schema.spec import ObjectSpec
from kith.surfaces.web import request as web
from kith.surfaces.web.settings import frame, matrix, sheets
from kith.surfaces.web.settings.sheets import Box

SHOWN: Final = ("read", "create", "update", "delete", "export", "import")
CONDITIONED: Final = ("*", "read", "update", "delete", "export")


@web.page
def show(request: HttpRequest, ctx: Context) -> HttpResponse:
    """The table of all roles for one verb; POST makes a role that begins with the rights of another."""
    frame.administer(ctx)
    boxes = _boxes()
    if request.method == "POST":
        return _make(request, ctx, boxes)
    return _table(request, ctx, sheets.sheet(boxes, {"like": "read_only"}))


@require_safe
@web.page
def menu(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """What a cell can become: ``object`` and ``verb`` say which."""
    frame.administer(ctx)
    role, spec, verb = _role(id), _spec(ctx, request.GET.get("object", "")), request.GET.get("verb", "")
    if verb not in matrix.VERBS:
        raise NotFound("roles", id)
    held = matrix.cell(spec, role, verb)
    values = {
        "cell": held,
        "called": matrix.called(role),
        "label": spec.label_many if spec else _("All other objects"),
        "verb": matrix.VERBS[verb],
        "choices": [(name, matrix.REACHES[name], name == held.reach) for name in matrix.choices(spec, verb)],
        "back": request.GET.get("back", ""),
    }
    return web.reply(request, ctx, "web/settings/role_menu.html", values)


@require_POST
@web.page
def choose(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """One cell."""
    frame.administer(ctx)
    role, spec = _role(id), _spec(ctx, request.POST.get("object", ""))
    verb, reach = request.POST.get("verb", ""), request.POST.get("reach", "")
    if verb not in matrix.VERBS or reach not in matrix.choices(spec, verb):
        raise NotFound("roles", id)
    rights = matrix.chosen(role, spec.name if spec else matrix.REST, verb, reach)
    done = writing.change(ctx, ctx.schema["roles"], id, {"rights": rights}, expect=role.version, strict=False)
    label = str(spec.label_many) if spec else _("All other objects")
    words = {"role": matrix.called(role), "object": label, "verb": matrix.HEADS[verb], "reach": matrix.REACHES[reach]}
    frame.said(request, _("%(role)s · %(object)s · %(verb)s: %(reach)s") % words, done.event)
    if request.POST.get("back") == "role":
        return frame.go("settings-role", id=id)
    return HttpResponseRedirect(
        f"{reverse('settings-roles')}?verb={verb}&changed={id}:{spec.name if spec else matrix.REST}"
    )


@web.page
def one(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """One role: name, all verbs, fields that are hidden or fixed, conditions and named rights. POST saves its name."""
    frame.administer(ctx)
    role = _role(id)
    if request.method != "POST":
        return _one(request, ctx, role)
    wanted = {name: request.POST.get(name, "").strip() for name in ("name", "description")}
    if wanted["name"] == matrix.called(role):
        del wanted["name"]  # a shipped role is shown in the reader's language; that is no new name
    return _save(request, ctx, role, wanted, _("Role saved"))


@require_POST
@web.page
def mask(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Hide a field from a role or keep it from being changed; without a ``kind`` it is as all others again."""
    frame.administer(ctx)
    role, path, kind = _role(id), request.POST.get("field", ""), request.POST.get("kind", "")
    masks = {name: held for name, held in role.masks.items() if name != path}
    if kind and path:
        masks[path] = kind
    return _save(request, ctx, role, {"masks": masks}, _("Fields saved"))


@require_POST
@web.page
def condition(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Narrow what a role reaches by a typed filter; an empty one takes the condition away."""
    frame.administer(ctx)
    role, spec = _role(id), _spec(ctx, request.POST.get("object", ""))
    verb, typed = request.POST.get("verb", "*"), request.POST.get("filter", "").strip()
    if spec is None or verb not in CONDITIONED:
        raise NotFound("roles", id)
    conditions = {name: dict(held) for name, held in role.conditions.items()}
    own = conditions.setdefault(spec.name, {})
    own.pop(verb, None)
    if typed:
        try:
            tree = parse(typed, ctx, spec, AllNames())
            Compiler(ctx, PolicySight()).q(spec, tree)  # what a condition cannot hold is refused while somebody looks
        except Unreadable as error:
            said = {"object": spec.name, "verb": verb, "filter": typed}
            return _one(request, ctx, role, status=422, wrong=web.words(error), typed=said)
        own[verb] = to_json(tree)
    if not own:
        del conditions[spec.name]
    return _save(request, ctx, role, {"conditions": conditions}, _("Condition saved"))


@require_POST
@web.page
def rights(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """The named rights that are ticked; those that nobody offers here stay as they are."""
    frame.administer(ctx)
    role = _role(id)
    offered = {name for name, _label in named(ctx)}
    ticked = [name for name in request.POST.getlist("extra") if name in offered]
    kept = [name for name in role.extra if name not in offered]
    return _save(request, ctx, role, {"extra": [*kept, *ticked]}, _("Rights saved"))


@require_POST
@web.page
def delete(request: HttpRequest, ctx: Context, id: uuid.UUID) -> HttpResponse:
    """Into the bin, when nobody has it."""
    frame.administer(ctx)
    role = _role(id)
    try:
        done = writing.delete(ctx, ctx.schema["roles"], id)
    except Invalid as error:
        return _one(request, ctx, role, status=422, wrong=web.words(error))
    frame.said(request, _("Role moved to the bin"), done.event)
    return frame.go("settings-roles")


def named(ctx: Context) -> list[tuple[str, Any]]:
    """The rights that have a name: to administer, those that fields ask for, and all of them at once."""
    asked = {
        right for spec in ctx.schema for one in spec.fields.values() for right in (one.readable, one.writable) if right
    }
    return [
        (ADMINISTER, _("Administer the workspace: people, roles, settings")),
        ("*", _("Every other named right")),
        *((right, right) for right in sorted(asked - {ADMINISTER})),
    ]


def _boxes() -> tuple[Box, ...]:
    begin = [(one.key, matrix.called(one)) for one in matrix.roles() if one.key != "administrator"]
    return (Box("name", "text", _("Name")), Box("like", "select", _("Begins with the rights of"), begin))


def _make(request: HttpRequest, ctx: Context, boxes: tuple[Box, ...]) -> HttpResponse:
    values = sheets.read(boxes, request.POST)
    like = next((one for one in matrix.roles() if one.key == values["like"] and one.key != "administrator"), None)
    begin = {"rights": like.rights, "masks": like.masks, "conditions": like.conditions} if like else {}
    try:
        done = writing.change(ctx, ctx.schema["roles"], None, {"name": values["name"], **begin})
    except Invalid as error:
        return _table(request, ctx, sheets.sheet(boxes, values, error), status=422, is_open=True)
    frame.said(request, _("Role added"), done.event)
    return frame.go("settings-role", id=done.id)


def _table(
    request: HttpRequest, ctx: Context, sheet: sheets.Sheet, *, status: int = 200, is_open: bool = False
) -> HttpResponse:
    verb = request.GET.get("verb", "read")
    verb = verb if verb in matrix.VERBS else "read"
    held = matrix.roles()
    changed, _colon, object = request.GET.get("changed", "").partition(":")
    values = {
        "verb": verb,
        "verbs": [(name, label, name == verb) for name, label in matrix.VERBS.items()],
        "head": matrix.HEADS[verb],
        "heads": [(one, matrix.called(one), matrix.counted(ctx, one)) for one in held],
        "groups": matrix.lines(ctx, ((one, verb) for one in held)),
        "changed": (changed, object),
        "width": len(held) + 1,
        "sheet": sheet,
        "is_open": is_open,
    }
    return frame.reply(request, ctx, "settings-roles", "roles", values, status)


def _one(
    request: HttpRequest,
    ctx: Context,
    role: Role,
    *,
    status: int = 200,
    wrong: str = "",
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    values = {
        "role": role,
        "called": matrix.called(role),
        "count": matrix.counted(ctx, role),
        "fixed": role.key == "administrator",
        "verbs": [(name, matrix.VERBS[name]) for name in SHOWN],
        "groups": matrix.lines(ctx, ((role, verb) for verb in SHOWN)),
        "width": len(SHOWN) + 1,
        "masks": [one for one in (_mask(ctx, path, kind) for path, kind in sorted(role.masks.items())) if one],
        "fields": [
            (spec.label_many, [(f"{spec.name}.{name}", one.label) for name, one in spec.fields.items()])
            for spec in ctx.schema
        ],
        "conditions": list(_conditions(ctx, role)),
        "objects": [(spec.name, spec.label_many) for spec in ctx.schema],
        "when": [(name, matrix.VERBS.get(name, _("Everything"))) for name in CONDITIONED],
        "rights": [(name, label, name in role.extra) for name, label in named(ctx)],
        "wrong": wrong,
        "typed": typed or {},
    }
    return frame.reply(request, ctx, "settings-roles", "role", values, status)


def _mask(ctx: Context, path: str, kind: str) -> dict[str, Any] | None:
    object, _dot, name = path.partition(".")
    spec = ctx.schema.get(object)
    field = spec.fields.get(name) if spec else None
    return {"path": path, "kind": kind, "object": spec.label_many, "field": field.label} if spec and field else None


def _conditions(ctx: Context, role: Role) -> Any:
    """Each condition in the typed form; one whose field has gone says so, since it lets nothing through."""
    for object, by_verb in sorted(role.conditions.items()):
        spec = ctx.schema.get(object)
        for verb, raw in sorted(by_verb.items()):
            try:
                typed = write(from_json(raw), ctx, spec) if spec else ""
            except Unreadable:
                typed = ""
            yield {
                "object": object,
                "label": spec.label_many if spec else object,
                "verb": verb,
                "when": matrix.VERBS.get(verb, _("Everything")),
                "typed": typed,
            }


def _save(request: HttpRequest, ctx: Context, role: Role, wanted: dict[str, Any], text: str) -> HttpResponse:
    try:
        done = writing.change(ctx, ctx.schema["roles"], role.pk, wanted, expect=role.version, strict=False)
    except Invalid as error:
        return _one(request, ctx, role, status=422, wrong=web.words(error))
    frame.said(request, text, done.event)
    return frame.go("settings-role", id=role.pk)


def _role(id: uuid.UUID) -> Role:
    found = Role.objects.filter(pk=id, deleted_at=None).first()
    if found is None:
        raise NotFound("roles", id)
    return found


def _spec(ctx: Context, name: str) -> ObjectSpec | None:
    """The object of a cell; ``None`` for the line of all others."""
    if name == matrix.REST:
        return None
    spec = ctx.schema.get(name)
    if spec is None:
        raise NotFound(name)
    return spec
