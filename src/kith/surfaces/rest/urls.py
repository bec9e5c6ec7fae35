"""Addresses of this surface. An object's name is data: no path names one."""

from __future__ import annotations

from django.urls import path, re_path

from kith.surfaces.rest import about, batch, deeds, exports, merging, search, transfers, views
from kith.surfaces.rest.door import door

urlpatterns = [
    path("", door(GET=about.catalogue)),
    path("openapi.json", door(GET=about.openapi)),
    path("me", door(GET=about.me)),
    path("search", door(GET=search.found)),
    path("events/<str:id>/undo", door(POST=deeds.undone)),
    path("export", door(GET=exports.everything)),
    path("imports", door(GET=transfers.listed, POST=transfers.created)),
    path("imports/<str:id>", door(GET=transfers.one, PATCH=transfers.changed)),
    *(
        path(f"imports/<str:id>/{name}", door(POST=transfers.deed(name)))
        for name in ("check", "run", "pause", "resume", "cancel", "undo")
    ),
    path("imports/<str:id>/mend", door(POST=transfers.mended)),
    path("imports/<str:id>/rows", door(GET=transfers.rows)),
    path("imports/<str:id>/rows/<str:row>", door(PATCH=transfers.edited)),
    path("imports/<str:id>/refused.csv", door(GET=transfers.refused)),
    path("imports/<str:id>/files/<str:file>/preview", door(GET=transfers.preview)),
    path("imports/<str:id>/files/<str:file>/fields", door(POST=transfers.made_fields)),
    path("<str:object>", door(GET=views.listed, POST=views.created)),
    path("<str:object>/batch", door(POST=batch.batch)),
    path("<str:object>/merge", door(POST=merging.merged)),
    path("<str:object>/duplicates", door(POST=search.alike)),
    path("<str:object>/export", door(GET=exports.exported)),
    path("<str:object>/aggregate", door(GET=deeds.grouped)),
    path("<str:object>/<str:id>", door(GET=views.one, PATCH=views.updated, DELETE=views.deleted)),
    path("<str:object>/<str:id>/restore", door(POST=views.restored)),
    path("<str:object>/<str:id>/history", door(GET=views.past)),
    path("<str:object>/<str:id>/files/<str:field>", door(GET=views.attached_file)),
    path("<str:object>/<str:id>/tree", door(GET=deeds.branch)),
    path("<str:object>/<str:id>/actions/<str:name>", door(POST=deeds.acted)),
    re_path(r"^(?P<rest>.*)$", door(**dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), deeds.no_route))),
]
