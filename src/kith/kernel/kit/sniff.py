"""The media type of a file by what is in it. What its name or its sender says is no evidence."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "application/octet-stream"
HEAD: Final = 4096  # bytes that are looked at

_SIGNS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
)
_OFFICE: Final = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def media_type(head: bytes, name: str = "") -> str:
    """The type of a file that begins so. ``name`` only tells kinds of ZIP apart; text is ``text/plain``, whatever its
    markup, so that no browser runs it.
    """
    for sign, found in _SIGNS:
        if head.startswith(sign):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"PK\x03\x04"):
        ending = name[name.rfind(".") :].lower() if "." in name else ""
        return _OFFICE.get(ending, "application/zip")
    return "text/plain" if head and _is_text(head[:HEAD]) else UNKNOWN


def _is_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3  # a letter that was cut in two
    return True
