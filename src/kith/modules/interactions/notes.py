"""Notes: what somebody wrote down about a customer, a deal or any other record, or about several at once."""

from __future__ import annotations

from kith.api import (
    Change,
    ObjectSpec,
    Record,
    ReferencesField,
    RichTextField,
    Section,
    Told,
    _,
    models,
    pgettext_lazy,
    register,
)


class Note(Record):
    subject = models.CharField(_("Subject"), max_length=200, blank=True)
    body = RichTextField(_("Text"), blank=True)
    about = ReferencesField(pgettext_lazy("note", "About"), "*")
    pinned = models.BooleanField(_("Pinned"), default=False)

    class Meta(Record.Meta):
        db_table = "kith_note"


@register
class Notes(ObjectSpec):
    model = Note
    name, one, label, icon = "notes", "note", (_("Note"), _("Notes")), "note"
    title, sort, menu = "subject", "-updated_at", "work"
    pinned = "subject body about pinned"
    columns = "subject body about tags owner updated_at"
    sections = [Section(_("Note"), "subject body about pinned tags owner team")]
    search = {"subject": "A", "body": "C", "about": "C", "tags": "C"}
    told = Told(text="body", first="pinned")

    def check(self, change: Change) -> None:
        """A note that says nothing is none."""
        if not change.after.get("subject") and not change.after.get("body"):
            change.refuse("body", _("Write something"), "required")
