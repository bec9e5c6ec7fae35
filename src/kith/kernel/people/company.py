"""The company's logo: a small picture, drawn anew from what was sent, so that nothing else comes in with it."""

from __future__ import annotations

import base64
import io
import warnings
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from kith.kernel.accounts.context import Context
from kith.kernel.accounts.models import Organisation
from kith.kernel.accounts.notes import note
from kith.kernel.policy.grants import ADMINISTER, grants
from kith.kernel.records.errors import Complaint, Forbidden, Invalid
from kith.kernel.schema.load import begin_change, bump

OBJECT: Final = "organisation"
LARGEST: Final = 2_000_000  # bytes of the file sent
MOST_PIXELS: Final = 16_000_000
SIDE: Final = 160  # pixels of what is kept: twice the largest place where it stands
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
TYPE: Final = "image/png"


def drawn(raw: bytes) -> bytes:
    """The picture as a PNG of at most 160 × 160 pixels. Raises :class:`Invalid` for what is no small picture.

    Only the pixels of the first frame survive. Costs 20 ms for a photograph.
    """
    if len(raw) > LARGEST:
        raise _refused(_("The picture is larger than 2 MB"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:  # reads the head only
                if picture.width * picture.height > MOST_PIXELS:
                    raise _refused(_("The picture has too many pixels"))
                picture.draft("RGB", (SIDE * 2, SIDE * 2))
                small = picture.convert("RGBA")
                small.thumbnail((SIDE, SIDE))
                made = io.BytesIO()
                small.save(made, "PNG", optimize=True)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        raise _refused(_("This is no picture that Kith can read. Use PNG, JPEG or WebP.")) from error
    return made.getvalue()


def put_logo(ctx: Context, raw: bytes | None) -> None:
    """Keep the logo, or with ``None`` have none. Raises :class:`Forbidden`, :class:`Invalid`."""
    if not grants(ctx).has(ADMINISTER):
        raise Forbidden(_("Only who administers the workspace may change this."), "update")
    kept = "" if raw is None else f"data:{TYPE};base64,{base64.b64encode(drawn(raw)).decode()}"
    with transaction.atomic():
        begin_change()
        held = Organisation.objects.first()
        if held is None:
            raise Invalid([Complaint("logo", "no_company", _("Save the company first"))])
        if held.logo == kept:
            return
        Organisation.objects.filter(pk=held.pk).update(logo=kept, updated_at=timezone.now())
        note(ctx, OBJECT, held.pk, "logo_changed" if kept else "logo_removed")
        bump()


def logo(kept: str) -> bytes | None:
    """The bytes of what :func:`put_logo` kept; ``None`` when there is none."""
    _head, found, body = kept.partition(";base64,")
    return base64.b64decode(body) if found else None


def _refused(message: str) -> Invalid:
    return Invalid([Complaint("logo", "bad_picture", message)])
