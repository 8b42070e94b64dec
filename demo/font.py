"""A small true TrueType font made at start: one icon, and ballast that a real font would weigh.

Only the tables that browsers insist on. The icon is three bars at U+E000.
"""

from __future__ import annotations

import struct
from random import Random

EM = 1000
BARS = ((100, 0, 300, 400), (400, 0, 600, 800), (700, 0, 900, 600))
FAMILY = "Danga Demo Icons"
ADVANCE = struct.pack(">Hh", EM, 0)


def icon_font(key: str, ballast_bytes: int) -> bytes:
    """Return the font file; `key` seeds the ballast, which browsers skip."""
    glyph = _bars()
    tables = {
        b"DATA": Random(key).randbytes(ballast_bytes),
        b"OS/2": _os2(),
        b"cmap": _cmap(),
        b"glyf": glyph,
        b"head": _head(),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 800, -200, 0, EM, *[0] * 11, 2),
        b"hmtx": ADVANCE * 2,
        b"loca": struct.pack(">III", 0, 0, len(glyph)),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 2, 12, 3, 0, 0, 1, *[0] * 8),
        b"name": _name(),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    return _file(tables)


def _file(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = count.bit_length() - 1
    span = 16 << power
    directory, body = struct.pack(">IHHHH", 0x10000, count, span, power, count * 16 - span), b""
    start = 12 + 16 * count
    for tag, content in tables.items():
        entry = struct.pack(">III", _sum(content), start + len(body), len(content))
        directory += tag + entry
        body += content + b"\0" * (-len(content) % 4)
    return directory + body


def _sum(content: bytes) -> int:
    padded = content + b"\0" * (-len(content) % 4)
    total: int = sum(struct.unpack(f">{len(padded) // 4}I", padded))
    return total & 0xFFFFFFFF


def _bars() -> bytes:
    points = [(x, y) for a, b, c, d in BARS for x, y in ((a, b), (a, d), (c, d), (c, b))]
    ends = range(3, len(points), 4)
    steps = [
        (x - px, y - py) for (x, y), (px, py) in zip(points, [(0, 0), *points[:-1]], strict=True)
    ]
    return (
        struct.pack(">hhhhh", len(BARS), 100, 0, 900, 800)
        + struct.pack(f">{len(ends)}H", *ends)
        + struct.pack(">H", 0)
        + b"\x01" * len(points)
        + b"".join(struct.pack(">h", x) for x, _ in steps)
        + b"".join(struct.pack(">h", y) for _, y in steps)
    )


def _head() -> bytes:
    version_and_sums = struct.pack(">IIII", 0x10000, 0x10000, 0, 0x5F0F3CF5)
    return version_and_sums + struct.pack(
        ">HHQQhhhhHHhhh", 0, EM, 0, 0, 100, 0, 900, 800, 0, 8, 2, 1, 0
    )


def _cmap() -> bytes:
    codes = struct.pack(">HHHHHHHHHHHHHHHH", 4, 32, 0, 4, 4, 1, 0, 0xE000, 0xFFFF, 0, 0xE000,
                        0xFFFF, 0x2001, 1, 0, 0)  # fmt: skip
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + codes


def _name() -> bytes:
    texts = [FAMILY, "Regular", FAMILY, FAMILY, "1", FAMILY.replace(" ", "")]
    stored = [text.encode("utf-16-be") for text in texts]
    records, where = b"", 0
    for number, text in enumerate(stored, start=1):
        records += struct.pack(">HHHHHH", 3, 1, 0x409, number, len(text), where)
        where += len(text)
    return struct.pack(">HHH", 0, len(stored), 6 + len(records)) + records + b"".join(stored)


def _os2() -> bytes:
    return (
        struct.pack(">HhHHH", 4, EM, 400, 5, 0)
        + struct.pack(">11h", *[0] * 11)
        + bytes(10)
        + struct.pack(">IIII", 0, 0, 0, 0)
        + b"DEMO"
        + struct.pack(">HHHhhhHH", 0x40, 0xE000, 0xE000, 800, -200, 0, 800, 200)
        + struct.pack(">II", 0, 0)
        + struct.pack(">hhHHH", 0, 0, 0, 0x20, 0)
    )
