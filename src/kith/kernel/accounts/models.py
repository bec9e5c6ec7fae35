"""Users, teams, invitations, tokens and open sessions. Passwords and second factors are allauth's and Django's; rights
are ours (``policy``).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kith.kernel.fields.json_column import JSONColumn
from kith.kernel.kit.text import title_key
from kith.kernel.schema.kept import Kept


class RolesColumn(JSONColumn):
    """The keys of a user's roles; the schema offers the roles there are as choices (``policy.shipped``)."""

    kith_type = "multi_choice"


class Team(Kept):
    """A node of the tree of teams. Who leads a team reaches what belongs to the teams below it, too."""

    name = models.CharField(_("Name"), max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("Part of")
    )

    class Meta:
        db_table = "kith_team"

    def __str__(self) -> str:
        return self.name


class Organisation(Kept):
    """The company whose Kith this is: one row. Its language, zone and currency are the defaults of everybody."""

    name = models.CharField(_("Company name"), max_length=150, default="Kith")
    logo = models.TextField(
        blank=True, editable=False
    )  # a small picture as base64 with its type, shown in the navigation
    language = models.CharField(_("Language"), max_length=12, default="en", choices=settings.LANGUAGES)
    time_zone = models.CharField(_("Time zone"), max_length=60, default="UTC")
    country = models.CharField(
        _("Country"),
        max_length=2,
        default="US",
        help_text=_("Two letters; phone numbers typed without a country are read as its own"),
    )
    currency = models.CharField(_("Base currency"), max_length=3, default="USD")
    week_start = models.PositiveSmallIntegerField(
        _("Week begins on"), default=0, help_text=_("0 is Monday, 6 is Sunday")
    )
    fiscal_start = models.PositiveSmallIntegerField(_("Fiscal year begins in month"), default=1)

    class Meta:
        db_table = "kith_organisation"

    def __str__(self) -> str:
        return self.name


class Accounts(BaseUserManager["User"]):
    """What Django and allauth call to find and make users. People are made through ``records.change`` like all else."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **values: Any) -> User:
        """A bare row with a hashed password, which no log tells of and no search finds: for tests of what lies below.
        People are made by ``people.joining.make``.
        """
        now = timezone.now()
        user = self.model(email=self.normalize_email(email).lower(), created_at=now, updated_at=now, **values)
        user.title_key = title_key(user.name or user.email)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, Kept):
    """A person of the company who may sign in. Signs in by e-mail address; there is no user name."""

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=150)
    language = models.CharField(_("Language"), max_length=12, blank=True, choices=settings.LANGUAGES)
    time_zone = models.CharField(_("Time zone"), max_length=60, blank=True)
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("Team")
    )
    roles = RolesColumn(_("Roles"), default=list, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    preferences = JSONColumn(
        default=dict, blank=True, editable=False
    )  # theme, density, menu: what only this person's screen needs
    links_made = models.PositiveIntegerField(default=0, editable=False)  # password links: only the newest one works

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[Accounts] = Accounts()

    class Meta:
        db_table = "kith_user"

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name


class Token(Kept):
    """An API token. Only its SHA-256 is kept; ``scope`` and ``objects`` can only narrow what its user may do.

    A token in the bin is revoked; it works no more from the next request on."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")
        ADMIN = "admin", _("Administer")

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name=_("User"))
    name = models.CharField(_("Name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(_("Scope"), max_length=10, choices=Scope, default=Scope.READ)
    objects_allowed = models.CharField(
        _("Objects"), max_length=500, blank=True, help_text=_("Names of objects with commas; nothing means all")
    )
    expires_at = models.DateTimeField(_("Expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "kith_token"

    def __str__(self) -> str:
        return self.name


class Invitation(Kept):
    """Somebody who was asked in. The link is made afterwards (``invites.link``); only a digest of it is kept.

    ``created_by`` is who invited. An invitation in the bin is withdrawn, and its link works no more.
    """

    email = models.EmailField(_("E-mail"))
    name = models.CharField(_("Name"), max_length=150, blank=True)
    language = models.CharField(_("Language"), max_length=12, blank=True, choices=settings.LANGUAGES)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Team"))
    roles = RolesColumn(_("Roles"), default=list, blank=True)
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    expires_at = models.DateTimeField(_("Link works until"), null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(_("Accepted"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "kith_invitation"

    def __str__(self) -> str:
        return self.name or self.email


class Session(models.Model):
    """A browser in which somebody is signed in: what its owner needs to know it again, and to end it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=40, unique=True)  # of Django's session
    agent = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=45, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "kith_session"

    def __str__(self) -> str:
        return f"{self.user_id} from {self.address}"


class Try(models.Model):
    """One attempt that is counted: a password or a code was looked at. ``key`` is a digest of who or where from."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "kith_try"
        indexes = [models.Index(fields=["key", "at"], name="try_key_at")]

    def __str__(self) -> str:
        return f"{self.key[:8]} at {self.at}"
