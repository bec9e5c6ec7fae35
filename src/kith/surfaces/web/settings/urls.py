"""Addresses under ``/settings/``."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from kith.surfaces.web.settings import access, company, invitations, me, qr, roles, sample, teams, users

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="settings")),
    path("profile", me.show_profile, name="settings-profile"),
    path("security", me.security, name="settings-security"),
    path("security/qr", qr.show, name="settings-qr"),
    path("sessions", me.show_sessions, name="settings-sessions"),
    path("sessions/end", me.end_sessions, name="settings-sessions-end"),
    path("tokens", me.show_tokens, name="settings-tokens"),
    path("tokens/<uuid:id>/revoke", me.revoke, name="settings-token-revoke"),
    path("company", company.show, name="settings-company"),
    path("company/logo", company.put_logo, name="settings-logo"),
    path("mail", company.show_mail, name="settings-mail"),
    path("sample", sample.show, name="settings-sample"),
    path("sample/<slug:deed>", sample.do, name="settings-sample-do"),
    path("users", users.show, name="settings-users"),
    path("users/<uuid:id>/access", access.of_person, name="settings-user-access"),
    path("users/<uuid:id>/password", users.password_link, name="settings-user-password"),
    path("users/<uuid:id>/factors", users.reset_factors, name="settings-user-factors"),
    path("users/<uuid:id>/active", users.put_active, name="settings-user-active"),
    path("invitations", invitations.show, name="settings-invitations"),
    path("invitations/<uuid:id>/link", invitations.again, name="settings-invitation-link"),
    path("invitations/<uuid:id>/withdraw", invitations.withdraw, name="settings-invitation-withdraw"),
    path("teams", teams.show, name="settings-teams"),
    path("teams/<uuid:id>", teams.edit, name="settings-team"),
    path("teams/<uuid:id>/delete", teams.delete, name="settings-team-delete"),
    path("roles", roles.show, name="settings-roles"),
    path("roles/<uuid:id>", roles.one, name="settings-role"),
    path("roles/<uuid:id>/menu", roles.menu, name="settings-role-menu"),
    path("roles/<uuid:id>/choose", roles.choose, name="settings-role-choose"),
    path("roles/<uuid:id>/fields", roles.mask, name="settings-role-fields"),
    path("roles/<uuid:id>/condition", roles.condition, name="settings-role-condition"),
    path("roles/<uuid:id>/rights", roles.rights, name="settings-role-rights"),
    path("roles/<uuid:id>/delete", roles.delete, name="settings-role-delete"),
]
