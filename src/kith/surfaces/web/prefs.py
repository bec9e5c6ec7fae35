"""What only one person's screen needs: theme, row height, a folded navigation, the columns of a list.

Screen state, not business data: it lies in ``User.preferences`` and is written straight there, without an event.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from kith.kernel.accounts.context import Context
from kith.kernel.policy import mask
from kith.surfaces.web.request import is_fragment, object_named, page

PLAIN: Final[dict[str, frozenset[str]]] = {
    "theme": frozenset({"", "light", "dark"}),
    "density": frozenset({"", "compact", "roomy"}),
    "nav": frozenset({"", "mini"}),
}
"""The switches that a page may set, and what each may say; "" is as usual."""

MOST: Final = 200  # keys of one person's preferences: a stop, not a limit that anyone meets


def held(request: HttpRequest) -> dict[str, Any]:
    """The preferences of whoever asks; read with the user, so without a query."""
    return dict(getattr(request.user, "preferences", None) or {})


def put(request: HttpRequest, values: dict[str, Any]) -> None:
    """Keep some preferences; an empty value forgets one. Two tabs that write at once both keep what they wrote."""
    user_model = get_user_model()
    who = request.user.pk or ""
    with transaction.atomic():
        row = user_model._default_manager.select_for_update().only("preferences").get(pk=who)
        kept: dict[str, Any] = dict(getattr(row, "preferences", None) or {})
        kept.update(values)
        kept = {name: value for name, value in kept.items() if value not in ("", None, [], {})}
        user_model._default_manager.filter(pk=who).update(preferences=dict(list(kept.items())[-MOST:]))
    request.user.preferences = kept  # type: ignore[union-attr]


@require_POST
@page
def save(request: HttpRequest, ctx: Context) -> HttpResponse:
    """Set theme, row height or the folded navigation, then show the page again as it is now."""
    put(request, {name: request.POST[name] for name, allowed in PLAIN.items() if request.POST.get(name) in allowed})
    if is_fragment(request):
        response = HttpResponse(status=204)
        if "nav" not in request.POST:  # the page has folded it already
            response.headers["HX-Refresh"] = "true"
        return response
    to = request.POST.get("next", "")
    return HttpResponseRedirect(to if url_has_allowed_host_and_scheme(to, {request.get_host()}) else "/")


def columns_of(request: HttpRequest, object: str) -> tuple[str, ...]:
    """The columns that this person chose for a list; ``()`` when they never did."""
    chosen = held(request).get(f"columns:{object}")
    return tuple(str(one) for one in chosen) if isinstance(chosen, list) else ()


def views_of(request: HttpRequest, object: str) -> tuple[str, ...]:
    """The ids of the saved views of a list, in the order of this person's tabs."""
    chosen = held(request).get(f"views:{object}")
    return tuple(str(one) for one in chosen) if isinstance(chosen, list) else ()


def sums_of(request: HttpRequest, object: str) -> dict[str, str]:
    """The measures in the footer of a list, by field."""
    chosen = held(request).get(f"sums:{object}")
    return {str(name): str(measure) for name, measure in chosen.items()} if isinstance(chosen, dict) else {}


@require_POST
@page
def columns(request: HttpRequest, ctx: Context, object: str) -> HttpResponse:
    """Keep the columns of a list in their order, or ``sum=field:measure`` of one. Unknown names are left out."""
    spec = object_named(ctx, object)
    known = mask.readable(ctx, spec)
    values: dict[str, Any] = {}
    if "columns" in request.POST:
        chosen = [one for one in dict.fromkeys(request.POST.getlist("columns")) if one in known]
        if spec.title in known and spec.title not in chosen:
            chosen.insert(0, spec.title)
        values[f"columns:{object}"] = chosen
    if "reset" in request.POST:
        values[f"columns:{object}"] = []
    if "sum" in request.POST:
        name, _, measure = request.POST["sum"].partition(":")
        kept = sums_of(request, object)
        kept.pop(name, None)
        values[f"sums:{object}"] = {**kept, name: measure[:20]} if name in known and measure else kept
    put(request, values)
    return HttpResponse(status=204)
