"""The door for letters that Kith writes itself: plain text and HTML, to one address. Nothing else sends mail."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

KEPT: Final = "django.core.mail.backends.filebased.EmailBackend"
"""The backend of an installation without a mail server: letters are written into a folder and go nowhere."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What to say. ``link`` stands on a line of its own in the text, and on a button with ``button`` in the HTML."""

    subject: str
    paragraphs: Sequence[str]
    link: str = ""
    button: str = ""
    small: str = ""  # the last words: why this came, and what to do when it should not have

    @property
    def text(self) -> str:
        parts = [*self.paragraphs, *([self.link] if self.link else []), *([self.small] if self.small else [])]
        return "\n\n".join(parts) + "\n"

    @property
    def html(self) -> str:
        """Plain markup with the few styles that mail programs keep; everything in it is escaped."""
        button = (
            format_html(
                '<p style="margin:24px 0"><a href="{}" style="background:#0b6a80;color:#ffffff;padding:10px 18px;'
                'border-radius:6px;text-decoration:none;display:inline-block">{}</a></p>'
                '<p style="color:#59626a;font-size:12px;word-break:break-all">{}</p>',
                self.link,
                self.button or self.link,
                self.link,
            )
            if self.link
            else ""
        )
        small = format_html('<p style="color:#59626a;font-size:12px">{}</p>', self.small) if self.small else ""
        return format_html(
            '<!doctype html><html><body style="font:14px/1.5 sans-serif;color:#1b2226;max-width:520px">'
            "{}{}{}</body></html>",
            format_html_join("", "<p>{}</p>", ((one,) for one in self.paragraphs)),
            button,
            small,
        )


def leaves() -> bool:
    """Whether letters reach anybody: a mail server is set (``KITH_SMTP_URL``)."""
    return str(settings.EMAIL_BACKEND) != KEPT


def send(to: str, letter: Letter) -> None:
    """Hand the letter to the mail server, within ``EMAIL_TIMEOUT`` seconds. Raises what :func:`why` can put into
    words.
    """
    subject = " ".join(letter.subject.split())  # a name with a line break must not begin a header
    message = EmailMultiAlternatives(subject, letter.text, settings.DEFAULT_FROM_EMAIL, [to])
    message.attach_alternative(letter.html, "text/html")
    message.send()


def why(error: Exception) -> str:
    """What went wrong, for the person who set the server up; with the server's own words where it gave some."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _("The mail server does not accept the user name or the password: %(said)s") % {"said": _said(error)}
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{code} {_plain(text)}" for code, text in error.recipients.values())
        return _("The mail server refuses this address: %(said)s") % {"said": said}
    if isinstance(error, smtplib.SMTPResponseException):
        return _("The mail server refuses: %(said)s") % {"said": _said(error)}
    if isinstance(error, socket.gaierror):
        return _("There is no mail server of this name: %(host)s") % {"host": settings.EMAIL_HOST}
    if isinstance(error, TimeoutError):
        return _("The mail server %(host)s does not answer within %(count)s seconds.") % _where()
    if isinstance(error, ssl.SSLError):
        return _("No safe connection with the mail server: %(said)s") % {
            "said": getattr(error, "reason", "") or str(error)
        }
    if isinstance(error, ConnectionError):
        return _("Nothing answers at %(host)s, port %(port)s.") % _where()
    return _("The mail could not be sent: %(said)s") % {"said": str(error) or type(error).__name__}


def _where() -> dict[str, object]:
    return {"host": settings.EMAIL_HOST, "port": settings.EMAIL_PORT, "count": settings.EMAIL_TIMEOUT}


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_plain(error.smtp_error)}"


def _plain(text: bytes | str) -> str:
    return (text.decode("utf-8", "replace") if isinstance(text, bytes) else text)[:300]
