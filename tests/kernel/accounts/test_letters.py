"""Letters: to whom, in which language, with which link; and what a mail server's refusal says to a person."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from typing import Any

import pytest
from django.conf import settings
from django.core import mail as outbox

from kith.kernel.accounts import invites, letters
from kith.kernel.accounts.models import Invitation, User
from kith.kernel.outside import mail
from kith.kernel.outside.mail import Letter
from kith.kernel.records.change import change
from tests.kernel.accounts.test_links import alive
from tests.world import World

LINK = re.compile(r"https?://\S+")


@pytest.fixture(autouse=True)
def _leaves(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def links(letter: Any) -> set[str]:
    html = letter.alternatives[0][0]
    return set(LINK.findall(letter.body)) | set(re.findall(r'href="([^"]+)"', html))


@pytest.mark.parametrize(("language", "word"), [("en", "invites you"), ("zh-hans", "邀请")])
def test_an_invitation_in_the_language_of_whoever_gets_it(world: World, language: str, word: str) -> None:
    ctx = world.ctx("ada")
    values = {"email": "neo@firm.example", "name": "Neo", "roles": ["member"], "language": language}
    id = change(ctx, ctx.schema["invitations"], None, values).id
    assert letters.send_invitation.function(world.ctx("ada"), None, id=str(id))
    (letter,) = outbox.outbox
    assert letter.to == ["neo@firm.example"] and word in letter.subject
    (link,) = links(letter)
    assert link.startswith(f"{settings.KITH_BASE_URL}/join/")
    assert invites.find(link.rpartition("/")[2]) == Invitation.objects.get(pk=id)


def test_a_withdrawn_invitation_is_not_sent(world: World) -> None:
    assert not letters.send_invitation.function(world.ctx("ada"), None, id="01a1fbb4-634b-71de-9071-de826ba7a16c")
    assert outbox.outbox == []


def test_a_link_for_a_new_password_and_none_for_strangers(world: World) -> None:
    ctx = world.ctx("anonymous")
    user = User.objects.get(pk=world.people["olga"])
    assert letters.send_password_link.function(ctx, None, email="OLGA@kith.example")
    (letter,) = outbox.outbox
    assert letter.to == ["olga@kith.example"]
    (link,) = links(letter)
    assert link.startswith(settings.KITH_BASE_URL) and alive(link, user)
    User.objects.filter(pk=world.people["tim"]).update(is_active=False)
    for email in ("nobody@kith.example", "tim@kith.example", ""):
        assert not letters.send_password_link.function(ctx, None, email=email)
    assert len(outbox.outbox) == 1


@pytest.mark.parametrize("verb", letters.HAPPENED)
def test_the_owner_hears_what_happened(world: World, verb: str) -> None:
    User.objects.filter(pk=world.people["olga"]).update(language="en")
    letters.tell.function(world.ctx("system"), None, user=str(world.people["olga"]), verb=verb, address="192.0.2.1")
    (letter,) = outbox.outbox
    assert letter.to == ["olga@kith.example"] and str(letters.HAPPENED[verb]) in letter.body
    assert "192.0.2.1" in letter.body


def test_names_are_no_markup_and_no_headers() -> None:
    mail.send("x@firm.example", Letter("Hello\r\nBcc: all@firm.example", ["<b>Eve</b>"], 'https://x/"><script>'))
    (letter,) = outbox.outbox
    assert "\n" not in letter.subject and "\r" not in letter.subject and letter.recipients() == ["x@firm.example"]
    html = letter.alternatives[0][0]
    assert "<b>Eve" not in html and "<script>" not in html and letter.alternatives[0][1] == "text/html"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials"), "535 5.7.8 bad credentials"),
        (smtplib.SMTPRecipientsRefused({"x@x": (550, b"no such user")}), "550 no such user"),
        (smtplib.SMTPSenderRefused(553, b"not allowed", "kith@x"), "553 not allowed"),
        (socket.gaierror(-2, "Name or service not known"), "no mail server of this name"),
        (TimeoutError(), "does not answer"),
        (ConnectionRefusedError(111, "refused"), "Nothing answers"),
        (ssl.SSLError(1, "certificate verify failed"), "No safe connection"),
        (ValueError("odd"), "odd"),
    ],
)
def test_refusals_in_words(error: Exception, words: str) -> None:
    assert words in mail.why(error)


def test_without_a_server_nothing_leaves(settings: Any) -> None:
    settings.EMAIL_BACKEND = mail.KEPT
    assert not mail.leaves()
