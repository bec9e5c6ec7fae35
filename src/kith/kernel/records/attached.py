"""Files that records refer to: stored with the record that first has them, opened by whoever may read the field."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, Final

from kith.kernel.accounts.context import Context
from kith.kernel.fields.file import FileRef
from kith.kernel.kit.sniff import HEAD, media_type
from kith.kernel.outside import files
from kith.kernel.policy import mask
from kith.kernel.records import read
from kith.kernel.records.errors import NotFound
from kith.kernel.schema.spec import ObjectSpec

if TYPE_CHECKING:
    from kith.kernel.records.change import Change

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer with a file carries: a browser saves it, and runs nothing of it here."""


def keep(spec: ObjectSpec, changes: Sequence[Change]) -> None:
    """Store the files that these changes bring. One that is rolled back leaves bytes to which nobody refers."""
    names = {here.name for here in spec.fields.values() if here.type.name == "file"}
    for one in changes if names else ():
        for name in names & one.diff.keys():
            value = one.after[name]
            if isinstance(value, FileRef) and value.content is not None:
                files.put(value.id, value.content)


def opened(ctx: Context, spec: ObjectSpec, id: uuid.UUID | str, field: str) -> tuple[FileRef, str, IO[Any]]:
    """The file in a field of a record: its reference, its media type by its content, and its bytes from the beginning.

    Raises :class:`NotFound` alike for a record or field that may not be seen, one without a file, and lost bytes.
    """
    here = mask.readable(ctx, spec).get(field)
    if here is None or here.type.name != "file":
        raise NotFound(spec.name, id)
    value = read.one(ctx, spec, id, (field,)).rows[0][field]
    found = files.open(value.id) if isinstance(value, FileRef) else None
    if found is None:
        raise NotFound(spec.name, id)
    head = found.read(HEAD)
    found.seek(0)
    return value, media_type(head, value.name), found
