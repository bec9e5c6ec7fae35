"""A screenshot as a PNG of at most 256 colours: a third of its size, and no difference that a reader would see.

Plain Python and slow (some seconds a picture): for machines without pngquant. Reads what Chromium writes: eight bits a
channel, not interlaced. The colours that fill most of the picture stay exact; the in-between tones at the edges of
letters become the nearest of those that are left.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
EXACT = 160  # of 256 places; the others go to one tone of each part of the colour space, the most used parts first
CHANNELS = {2: 3, 6: 4}  # by the colour type of PNG: RGB, RGBA


def squeezed(png: bytes) -> bytes:
    """The picture with a palette; as it was when it is of a kind that is not read here or would not get smaller."""
    chunks = dict(_chunks(png))
    width, height, depth, kind, _compression, _filter, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if depth != 8 or kind not in CHANNELS or interlaced:
        return png
    pixels = _pixels(zlib.decompress(chunks[b"IDAT"]), width, height, CHANNELS[kind])
    palette, place = _palette(Counter(pixels))
    lines = b"".join(
        b"\0" + bytes(place[one] for one in pixels[start : start + width]) for start in range(0, width * height, width)
    )
    made = SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )
    return made if len(made) < len(png) else png


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk, the parts of IDAT joined."""
    at, held = len(SIGNATURE), b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12
        if name == b"IDAT":
            held += content
        else:
            yield name, content
    yield b"IDAT", held


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _pixels(raw: bytes, width: int, height: int, channels: int) -> list[bytes]:
    """The colours from left to right and top to bottom, three bytes each; a page's picture is opaque."""
    stride = width * channels
    before = bytes(stride)
    found: list[bytes] = []
    for row in range(height):
        start = row * (stride + 1)
        line = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before, channels)
        found.extend(bytes(line[at : at + 3]) for at in range(0, stride, channels))
        before = bytes(line)
    return found


def _unfiltered(kind: int, line: bytearray, above: bytes, step: int) -> bytearray:
    """A line as it was before PNG's filter ``kind`` (0 to 4)."""
    for at in range(len(line) if kind else 0):
        left, up = line[at - step] if at >= step else 0, above[at]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            corner = above[at - step] if at >= step else 0
            guess = min((left, up, corner), key=lambda one: abs(left + up - corner - one))
        line[at] = (line[at] + guess) & 255
    return line


def _palette(counted: Counter[bytes]) -> tuple[list[bytes], dict[bytes, int]]:
    """The colours to keep, and for each colour of the picture its place among them."""
    ordered = [colour for colour, _count in counted.most_common()]
    kept = ordered[:EXACT]
    for shift in (5, 4, 3):  # coarse parts of the colour space first, so that none is left without a tone
        parts = {bytes(one >> shift for one in colour) for colour in kept}
        for colour in ordered[EXACT:]:
            part = bytes(one >> shift for one in colour)
            if len(kept) < 256 and part not in parts:
                parts.add(part)
                kept.append(colour)
    place = {colour: number for number, colour in enumerate(kept)}
    for colour in ordered:
        if colour not in place:
            nearest = min(kept, key=lambda one: sum((a - b) ** 2 for a, b in zip(one, colour, strict=True)))
            place[colour] = place[nearest]
    return kept, place
