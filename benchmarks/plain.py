"""What Django itself takes for a page of 50 contacts with their companies: one view, no rights, no count.

``KITH_PLAIN`` holds the database as JSON. granian serves ``application`` with two workers, as when the targets were set
(``targets.PLAIN``): so much faster or slower is this machine, and what is said of a second can be compared.
"""

from __future__ import annotations

import json
import os
from typing import Any

import django
import msgspec
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": json.loads(os.environ["KITH_PLAIN"]) | {"CONN_MAX_AGE": None}},
    ROOT_URLCONF=__name__,
    SECRET_KEY="plain",
    USE_TZ=True,
)
django.setup()

from django.db import models  # noqa: E402


class Company(models.Model):
    """Kith's table, as far as the page shows it."""

    name = models.TextField()

    class Meta:
        app_label, db_table, managed = "plain", "kith_company", False


class Contact(models.Model):
    """Kith's table, as far as the page shows it."""

    title_key = models.TextField()
    first_name = models.TextField()
    last_name = models.TextField()
    email = models.TextField()
    phone = models.TextField()
    city = models.TextField()
    job_title = models.TextField()
    created_at = models.DateTimeField()
    company = models.ForeignKey(Company, models.DO_NOTHING, null=True)

    class Meta:
        app_label, db_table, managed = "plain", "kith_contact", False


SHOWN = ("first_name", "last_name", "email", "phone", "city", "job_title", "created_at", "company__name")


def page(request: HttpRequest) -> HttpResponse:
    found: list[dict[str, Any]] = list(Contact.objects.order_by("title_key", "pk").values(*SHOWN)[:50])
    body = msgspec.json.encode({"items": found})
    return HttpResponse(body, content_type="application/json", headers={"Content-Length": str(len(body))})


urlpatterns = [path("", page)]
application = WSGIHandler()
