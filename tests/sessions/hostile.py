"""Pickles that should never load, and one that would leave a mark if anything ran."""

from __future__ import annotations

import os
import pickle
from pathlib import Path


class Touches:
    """When unpickled carelessly, creates a file: the canary."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self._canary}",)


def laughs(doublings: int = 60) -> bytes:
    """Return a few hundred bytes that unfold to 2 ** doublings strings: twice at each level."""
    value: object = "ha"
    for _ in range(doublings):
        value = [value, value]
    return pickle.dumps(value, protocol=2)


def wide_laughs() -> bytes:
    """Return a shallow bomb: 6 levels of 50 references each unfold to 50^6 strings."""
    value: object = "ha"
    for _ in range(6):
        value = [value] * 50
    return pickle.dumps(value, protocol=2)


BOMBS: dict[str, bytes] = {
    "laughs": laughs(),
    "wide laughs": wide_laughs(),
    "a long text, a thousand times": pickle.dumps(["x" * 100_000] * 1_000),
    "a list within itself": b"]q\x00h\x00a.",
    "lists nested by opcodes": b"]" * 100_000 + b"a" * 99_999 + b".",
    "tuples nested as a key": b"}" + b"(" + b")" + b"\x85" * 100_000 + b"Nu.",
    "a million marks": b"(" * 1_000_000 + b".",
    "an integer of 8 million bits": b"\x80\x04\x8b\x40\x42\x0f\x00" + b"\x7f" * 1_000_000 + b".",
    "an integer of a million digits": b"I" + b"9" * 1_000_000 + b"\n.",
    "integers that collide as keys": pickle.dumps(
        {n * (2**61 - 1): None for n in range(2, 20_000)}
    ),
    "a memo index of two billion": b"]r\xff\xff\xff\x7f.",
    "a memo index of two billion in text": b"]p2147483647\n.",
    "a frame larger than memory": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f].",
    "a string larger than memory": b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc.",
    "more than eight megabytes": pickle.dumps("x" * 9 * 2**20),
}


def programs(canary: Path) -> dict[str, bytes]:
    """Return pickles that would create `canary`, each by another opcode."""
    touch = f"touch {canary}".encode()
    reduced = {
        f"reduce, protocol {protocol}": pickle.dumps([{"name": "sid"}, Touches(canary)], protocol)
        for protocol in range(6)
    }
    return reduced | {
        "global and reduce in text": b"cos\nsystem\n(S'" + touch + b"'\ntR.",
        "inst": b"(S'" + touch + b"'\nios\nsystem\n.",
        "obj": b"(cos\nsystem\nS'" + touch + b"'\no.",
        "behind a good list": pickle.dumps([{"name": "sid"}])
        + pickle.dumps(Touches(canary), protocol=0),
        "popped again": b"cos\nsystem\n(S'" + touch + b"'\ntR0N.",
        "extension registry": b"\x80\x02\x82\x01.",
        "persistent id": b"Pcookies\n.",
    }
