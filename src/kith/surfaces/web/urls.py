"""Addresses of the pages. Views that are found by name are imported when first asked for, so that a page that is not
there yet is a 404 and breaks no other one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.i18n import set_language

from kith.surfaces.web import bulk, filters, joining, lists, prefs
from kith.surfaces.web.settings import access, company, me


def later(name: str) -> Any:
    """The view ``module.function`` of this package, imported at its first request."""
    module, _, function = name.partition(".")

    def view(request: HttpRequest, **names: Any) -> HttpResponse:
        try:
            found = getattr(import_module(f"kith.surfaces.web.{module}"), function)
        except (ModuleNotFoundError, AttributeError) as error:
            raise Http404 from error
        answer: HttpResponse = found(request, **names)
        return answer

    return view


urlpatterns = [
    path("", lists.home, name="home"),
    path("language", set_language, name="language"),
    path("me/preferences", prefs.save, name="preferences"),
    path("setup", joining.setup, name="setup"),
    path("join/<str:token>", joining.join, name="join"),
    path("logo", company.logo, name="logo"),
    path("settings", me.home, name="settings"),
    path("settings/health", later("health.page"), name="health"),
    path("settings/health/backup", later("health.back_up"), name="health-backup"),
    path("settings/health/backups/<str:name>", later("health.download"), name="health-download"),
    path("settings/health/jobs/<uuid:id>/<slug:deed>", later("health.job"), name="health-job"),
    path("settings/export", later("exporting.show"), name="settings-export"),
    path("settings/export/everything", later("exporting.everything"), name="export-everything"),
    path("settings/", include("kith.surfaces.web.settings.urls")),
    path("search", later("palette.search"), name="search"),
    path("palette", later("palette.palette"), name="palette"),
    path("shortcuts", later("palette.shortcuts"), name="shortcuts"),
    path("import", later("importing.start"), name="import"),
    path("import/<uuid:id>", later("importing.page"), name="import-page"),
    path("import/<uuid:id>/files/<uuid:file>", later("importing.fields"), name="import-fields"),
    path("import/<uuid:id>/rows", later("importing.rows"), name="import-rows"),
    path("import/<uuid:id>/rows/<uuid:row>", later("importing.row"), name="import-row"),
    path("import/<uuid:id>/refused.csv", later("importing.refused"), name="import-refused"),
    path("import/<uuid:id>/<slug:name>", later("importing.deed"), name="import-deed"),
    path("undo/<uuid:event>", later("record.undo"), name="undo"),
    path("<slug:object>", lists.page, name="list"),
    path("<slug:object>/rows", lists.rows, name="rows"),
    path("<slug:object>/footer", lists.footer, name="footer"),
    path("<slug:object>/menu", lists.menu, name="column-menu"),
    path("<slug:object>/sort", lists.sort, name="sort"),
    path("<slug:object>/pick", lists.pick, name="pick"),
    path("<slug:object>/columns", prefs.columns, name="columns"),
    path("<slug:object>/view", later("saved.new"), name="new-view"),
    path("<slug:object>/view/<uuid:id>", later("saved.one"), name="view"),
    path("<slug:object>/options", filters.options, name="options"),
    path("<slug:object>/filter", filters.builder, name="filter"),
    path("<slug:object>/filter/tree", filters.tree, name="filter-tree"),
    path("<slug:object>/export", later("exporting.records"), name="export"),
    path("<slug:object>/bulk/<slug:action>", bulk.run, name="bulk"),
    path("<slug:object>/merge", later("merging.page"), name="merge"),
    path("<slug:object>/duplicates", later("alike.typed"), name="alike"),
    path("<slug:object>/new", later("forms.new"), name="new"),
    path("<slug:object>/create", later("forms.create"), name="create"),
    path("<slug:object>/<uuid:id>", later("record.page"), name="record"),
    path("<slug:object>/<uuid:id>/access", access.of_record, name="access"),
    path("<slug:object>/<uuid:id>/duplicates", later("alike.noticed"), name="alike-record"),
    path("<slug:object>/<uuid:id>/history", later("record.history"), name="history"),
    path("<slug:object>/<uuid:id>/edit", later("forms.edit"), name="edit"),
    path("<slug:object>/<uuid:id>/file/<slug:field>", later("files.download"), name="file"),
    path("<slug:object>/<uuid:id>/related", later("record.lists"), name="related"),
    path("<slug:object>/<uuid:id>/tree", later("record.branch"), name="tree"),
    path("<slug:object>/<uuid:id>/actions/<slug:name>", later("record.act"), name="action"),
    path("<slug:object>/<uuid:id>/delete", later("record.delete"), name="delete"),
    path("<slug:object>/<uuid:id>/restore", later("record.restore"), name="restore"),
    path("<slug:object>/<uuid:id>/cell/<slug:field>", later("cells.edit"), name="cell"),
    path("<slug:object>/<uuid:id>/cell/<slug:field>/save", later("cells.save"), name="cell-save"),
]
