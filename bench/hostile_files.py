"""Cookie files that should never be imported: truncated, of another kind, faulty, too much.

One fault is enough: an import takes all of a file's own cookies or none.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

HOST = "ads.example.com"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
_LATER = int(NOW.timestamp()) + 86_400
_GOOD: dict[str, Any] = {
    "name": "sid",
    "value": "5f0c",
    "domain": HOST,
    "path": "/",
    "expires": _LATER,
    "httpOnly": True,
    "secure": True,
    "sameSite": "Lax",
}
_GOOD_LINE = f"#HttpOnly_{HOST}\tFALSE\t/\tTRUE\t{_LATER}\tsid\t5f0c"

Dice = random.Random
Maker = Callable[[Dice], bytes]

_FAULTS: tuple[dict[str, Any], ...] = (
    {"expires": _LATER * 1000},
    {"expires": _LATER * 1_000_000},
    {"expires": "2026-03-04T00:00:00Z"},
    {"expires": True},
    {"expires": _LATER, "expirationDate": _LATER + 9},
    {"sameSite": "None", "secure": False},
    {"sameSite": "no_restriction", "secure": False},
    {"sameSite": "always"},
    {"sameSite": 5},
    {"name": ""},
    {"name": None},
    {"name": ["sid"]},
    {"name": "s\x00id"},
    {"name": "__Secure-sid", "secure": False},
    {"name": "__Host-sid", "path": "/ads"},
    {"name": "__Host-sid", "hostOnly": False},
    {"value": None},
    {"value": {"a": 1}},
    {"value": "a;b"},
    {"value": "a\r\nSet-Cookie: b=c"},
    {"value": "x" * 5000},
    {"path": "ads"},
    {"path": None},
    {"secure": "true"},
    {"httpOnly": 1},
    {"hostOnly": "yes"},
    {"session": "no"},
    {"domain": f".{HOST}", "hostOnly": True},
)
_FAULTY_LINES = (
    f"{HOST} FALSE / TRUE {_LATER} sid 5f0c",
    f"{HOST}\tFALSE\t/\tTRUE\t{_LATER}\tsid",
    f"{HOST}\tFALSE\t/\tTRUE\t{_LATER}\tsid\tv\tw",
    f"{HOST}\tmaybe\t/\tTRUE\t{_LATER}\tsid\tv",
    f"{HOST}\tFALSE\t/\t1\t{_LATER}\tsid\tv",
    f"{HOST}\tFALSE\t/\tTRUE\t{_LATER}000\tsid\tv",
    f"{HOST}\tFALSE\t/\tTRUE\tNaN\tsid\tv",
    f"{HOST}\tFALSE\t/\tTRUE\t1e9\tsid\tv",
    f".{HOST}\tFALSE\t/\tTRUE\t0\tsid\tv",
    f"{HOST}\tFALSE\tads\tTRUE\t0\tsid\tv",
    f"{HOST}\tFALSE\t/\tTRUE\t0\t\tv",
    f"{HOST}\tFALSE\t/\tTRUE\t0\tsid\tv\x00w",
    f"{HOST}\tFALSE\t/\tFALSE\t0\t__Secure-sid\tv",
)
_FOREIGN = ("bank.example", f"evil-{HOST}", f"{HOST}.evil.example", ".com", ".evil.example", "com")


def faulty_cookie(dice: Dice) -> bytes:
    """Return good cookies and a faulty one, as a state or as an extension's list."""
    cookies = [_GOOD] * dice.randint(0, 3) + [{**_GOOD, **dice.choice(_FAULTS)}]
    dice.shuffle(cookies)
    whole = {"cookies": cookies, "origins": []} if dice.random() < 0.5 else cookies
    return json.dumps(whole).encode(dice.choice(["utf-8", "utf-8-sig", "utf-16"]))


def faulty_line(dice: Dice) -> bytes:
    """Return a cookies.txt with a faulty line."""
    lines = [_GOOD_LINE] * dice.randint(0, 3) + [dice.choice(_FAULTY_LINES)]
    dice.shuffle(lines)
    return "\n".join(["# Netscape HTTP Cookie File", *lines, ""]).encode()


def foreign(dice: Dice) -> bytes:
    """Return cookies of other hosts only."""
    hosts = [dice.choice(_FOREIGN) for _ in range(dice.randint(1, 5))]
    if dice.random() < 0.5:
        return json.dumps([{**_GOOD, "domain": host} for host in hosts]).encode()
    flags = {host: "TRUE" if host.startswith(".") else "FALSE" for host in hosts}
    lines = [f"{host}\t{flags[host]}\t/\tTRUE\t{_LATER}\tsid\tv" for host in hosts]
    return "\n".join(["# Netscape HTTP Cookie File", *lines]).encode()


def ended(dice: Dice) -> bytes:
    """Return cookies that have all ended."""
    end = int(NOW.timestamp()) - dice.randint(1, 10**8)
    return json.dumps([{**_GOOD, "expires": end}] * dice.randint(1, 4)).encode()


def cut(dice: Dice) -> bytes:
    """Return the beginning of a good JSON file."""
    whole = json.dumps({"cookies": [_GOOD] * dice.randint(1, 5), "origins": []})
    return whole[: dice.randrange(1, len(whole))].encode()


def binary(dice: Dice) -> bytes:
    """Return bytes without a meaning, some behind the mark of a known format."""
    marks = (b"", b"SQLite format 3\x00", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG\r\n", b"\x00",
             b"\xff\xfe", b"\xef\xbb\xbf", b"%PDF-1.7", b"\x7fELF", b"\xff\xd8\xff")  # fmt: skip
    return dice.choice(marks) + dice.randbytes(dice.randint(1, 400)) + b"\xff\x00"


def another_format(dice: Dice) -> bytes:
    """Return what people confuse with a session."""
    return dice.choice(
        (
            b"sid=5f0c; lang=ko",
            b"Cookie: sid=5f0c",
            b"Set-Cookie: sid=5f0c; Path=/",
            b"<html><body>sign in</body></html>",
            b"name,value,domain\nsid,5f0c,ads.example.com\n",
            b"cookies:\n  - name: sid\n",
            b'{"log": {"version": "1.2", "entries": []}}',
            b'{"cookies": {"sid": "5f0c"}}',
            b'{"sid": "5f0c"}',
            b'["sid", "5f0c"]',
            b"[[]]",
            b"[null]",
            b'"sid"',
            b"42",
            b"null",
            b"[]",
            b"{}",
            b"",
            b"\n\n\n",
            b"# Netscape HTTP Cookie File\n",
        )
    )


def nested(dice: Dice) -> bytes:
    """Return JSON that is deeper than any session, around or inside a cookie."""
    levels = dice.choice([40, 400, 5_000, 200_000])
    deep = b"[" * levels + b"]" * levels * (dice.random() < 0.7)
    return b'{"cookies": [{"name": "sid", "value": ' + deep + b"}]}" if levels < 5_000 else deep


def numbers(dice: Dice) -> bytes:
    """Return JSON with numbers that are none, or that take for ever."""
    odd = dice.choice(
        ["NaN", "Infinity", "-Infinity", "1e999", "9" * 30, "9" * 6_000, "-" + "9" * 99]
    )
    cookie = json.dumps({**_GOOD, "expires": 0}).replace('"expires": 0', f'"expires": {odd}')
    return f'{{"cookies": [{cookie}], "origins": []}}'.encode()


def origins(dice: Dice) -> bytes:
    """Return a state whose local storage is not what it should be."""
    odd: object = dice.choice(
        [
            {"origin": HOST},
            {"origin": f"https://{HOST}", "localStorage": {}},
            {"origin": f"https://{HOST}", "localStorage": [{"name": 1, "value": "x"}]},
            {"origin": f"https://{HOST}", "localStorage": ["x"]},
            {"origin": "https://[::1", "localStorage": []},
            {"origin": "javascript:alert(1)", "localStorage": []},
            7,
            None,
        ]
    )
    return json.dumps({"cookies": [_GOOD], "origins": [odd]}).encode()


def huge(dice: Dice) -> bytes:
    """Return more bytes, cookies or lines than a session has."""
    return dice.choice(
        (
            lambda: b"[" + b" " * (8 * 2**20) + b"]",
            lambda: json.dumps([{"name": "a"}] * 20_000).encode(),
            lambda: json.dumps([_GOOD] * 5_100).encode(),
            lambda: "\n".join([_GOOD_LINE] * 5_100).encode(),
            lambda: b"# HTTP Cookie File\n" + b"x\n" * 200_000,
            lambda: json.dumps({"cookies": [{**_GOOD, "value": "x" * 8_000_000}]}).encode(),
        )
    )()


MAKERS: tuple[tuple[str, Maker, int], ...] = (
    ("a faulty cookie", faulty_cookie, 30),
    ("a faulty line", faulty_line, 20),
    ("foreign hosts", foreign, 10),
    ("ended", ended, 3),
    ("cut short", cut, 10),
    ("binary", binary, 10),
    ("another format", another_format, 10),
    ("nested", nested, 5),
    ("numbers", numbers, 8),
    ("origins", origins, 8),
    ("huge", huge, 1),
)
"""Name, maker, and how many of a hundred or so."""


def files(dice: Dice, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` files that nobody may import, with the names of their kinds."""
    weights = [weight for _name, _maker, weight in MAKERS]
    for number in range(count):
        first = number < len(MAKERS)
        name, maker, _ = MAKERS[number] if first else dice.choices(MAKERS, weights)[0]
        yield name, maker(dice)
