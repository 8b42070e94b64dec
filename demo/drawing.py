"""Small pictures made at start from the seed, so that no blob has to be kept."""

from __future__ import annotations

import struct
import zlib
from random import Random

Colour = tuple[int, int, int]


def png(width: int, height: int, top: Colour, bottom: Colour, key: str) -> bytes:
    """Return a PNG: a gradient from `top` to `bottom` under fine grain, which keeps it large."""
    draw = Random(key)
    rows = []
    for y in range(height):
        shade = [a + (b - a) * y // height for a, b in zip(top, bottom, strict=True)]
        grain = draw.randbytes(width * 3)
        line = bytes(
            min(max(shade[place % 3] + grain[place] % 16 - 8, 0), 255) for place in range(width * 3)
        )
        rows.append(b"\0" + line)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows), 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
