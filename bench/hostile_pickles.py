"""Pickles that should never load: programs, bombs, and what is no plain value.

Each is hostile by construction, whatever the dice say: an opcode that plain values never need, a
size beyond every limit, an end that is missing. The programs would leave a mark if any part of
them ran.
"""

from __future__ import annotations

import pickle
import pickletools
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

COOKIES = [
    {"name": "sid", "value": "5f0c", "domain": "ads.example.com", "path": "/", "secure": True},
    {"name": "lang", "value": "ko", "domain": "ads.example.com", "path": "/", "expiry": 4e9},
]
EXTENSION_CODE = 0xD4
"""In the extension registry `os.system` stands here while the bench runs."""

Dice = random.Random
Maker = Callable[[Dice, Path], bytes]
Call = tuple[str, str, tuple[str, ...]]


def calls(mark: Path) -> list[Call]:
    """Return module, name and arguments of what would create `mark`."""
    python = f"open({str(mark)!r}, 'w').close()"
    return [
        ("os", "system", (f"touch {mark}",)),
        ("posix", "system", (f"touch {mark}",)),
        ("os", "popen", (f"touch {mark}",)),
        ("subprocess", "getoutput", (f"touch {mark}",)),
        ("builtins", "exec", (python,)),
        ("builtins", "exec", ("import os; os.environ['HOSTILE'] = 'ran'",)),
        ("builtins", "eval", (python,)),
        ("builtins", "open", (str(mark), "w")),
        ("io", "open", (str(mark), "w")),
        ("_io", "open", (str(mark), "w")),
        ("os", "mknod", (str(mark),)),
        ("os", "mkdir", (str(mark),)),
        ("timeit", "timeit", (python,)),
        ("cProfile", "run", (python,)),
        ("shutil", "copy", ("/etc/hostname", str(mark))),
        ("tempfile", "mkdtemp", ("", "", str(mark.parent))),
    ]


def _text(value: str) -> bytes:
    return b"V" + value.encode("raw-unicode-escape") + b"\n"


def _short(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def _arguments(call: Call) -> bytes:
    return b"".join(_short(argument) for argument in call[2])


def _global(call: Call) -> bytes:
    return f"c{call[0]}\n{call[1]}\n".encode()


def _stack_global(call: Call) -> bytes:
    return _short(call[0]) + _short(call[1]) + b"\x93"


def _remembered(call: Call) -> bytes:
    """Names that lie in the memo, far from where they are used."""
    put = _short(call[1]) + b"q\xf0" + b"0" + _short(call[0]) + b"q\xf1" + b"0"
    return put + b"h\xf1h\xf0\x93"


def _mapped(call: Call) -> bytes:
    """Leave `map`, a mark, the function and its arguments: a class whose making calls nothing."""
    lists = b"".join(b"](" + _short(argument) + b"e" for argument in call[2])
    return b"cbuiltins\nmap\n(" + _global(call) + lists


def _listed(lazy: bytes) -> bytes:
    """Run through what is lazy: `list` calls the function then."""
    return b"cbuiltins\nlist\n" + lazy + b"\x85R"


SHAPES: dict[str, Callable[[Call], bytes]] = {
    "reduce": lambda call: _global(call) + b"(" + _arguments(call) + b"tR",
    "reduce, text": lambda call: _global(call) + b"(" + b"".join(map(_text, call[2])) + b"tR",
    "reduce, stack global": lambda call: _stack_global(call) + b"(" + _arguments(call) + b"tR",
    "reduce, memo": lambda call: _remembered(call) + b"(" + _arguments(call) + b"tR",
    "inst": lambda call: b"(" + _arguments(call) + f"i{call[0]}\n{call[1]}\n".encode(),
    "obj": lambda call: b"(" + _global(call) + _arguments(call) + b"o",
    "newobj": lambda call: _listed(_mapped(call) + b"t\x81"),
    "newobj_ex": lambda call: _listed(_mapped(call) + b"t}\x92"),
    "nested pickle": lambda call: (
        b"cpickle\nloads\n(" + _bytes(SHAPES["reduce"](call) + b".") + b"tR"
    ),
    "build": lambda call: (
        b"ctypes\nSimpleNamespace\n)R}" + _short("x") + SHAPES["reduce"](call) + b"sb"
    ),
    "extension": lambda call: (
        bytes([0x82, EXTENSION_CODE]) + b"(" + _arguments(call) + b"tR"
    ),
    "extension, two bytes": lambda call: (
        b"\x83" + struct.pack("<H", EXTENSION_CODE) + b"(" + _arguments(call) + b"tR"
    ),
    "extension, four bytes": lambda call: (
        b"\x84" + struct.pack("<i", EXTENSION_CODE) + b"(" + _arguments(call) + b"tR"
    ),
    "persistent id": lambda call: f"P{call[0]}.{call[1]}\n".encode(),
    "persistent id, binary": lambda call: _short(f"{call[0]}.{call[1]}") + b"Q",
}  # fmt: skip


NEEDS_A_LOADER = frozenset({"persistent id", "persistent id, binary"})
"""These do something only where a reader defines what their ids mean."""


def _bytes(data: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(data)) + data


def _boundaries(good: bytes | bytearray) -> list[int]:
    """Return where its opcodes begin."""
    return [at or 0 for _opcode, _argument, at in pickletools.genops(bytes(good))]


def program(dice: Dice, mark: Path) -> bytes:
    """Return good cookies with a program somewhere among their opcodes."""
    call = dice.choice(calls(mark))
    payload = dice.choice(list(SHAPES.values()))(call)
    if dice.random() < 0.2:
        return b"\x80\x04" * (dice.random() < 0.5) + payload + b"."
    good = pickle.dumps(COOKIES * dice.randint(1, 4), protocol=dice.randint(0, 5))
    at = dice.choice(_boundaries(good)[1:])
    # Popped again, it leaves the cookies whole: only what ran would tell.
    return good[:at] + payload + b"0" + good[at:]


def swapped_opcode(dice: Dice, _mark: Path) -> bytes:
    """Return good cookies of which one opcode is another that plain values never need."""
    good = bytearray(pickle.dumps(COOKIES, protocol=dice.randint(0, 5)))
    good[dice.choice(_boundaries(good))] = ord(
        dice.choice("cioRbPQ21\x81\x82\x83\x84\x92\x93\x8f\x90\x91\x97")
    )
    return bytes(good)


def behind_the_end(dice: Dice, mark: Path) -> bytes:
    """Return a whole good pickle with something behind it."""
    more = SHAPES["reduce"](dice.choice(calls(mark))) + b"."
    return pickle.dumps(COOKIES) + dice.choice([more, b".", b"\n", dice.randbytes(9)])


def cut_short(dice: Dice, _mark: Path) -> bytes:
    """Return the beginning of a good pickle."""
    good = pickle.dumps(COOKIES, protocol=dice.randint(0, 5))
    return good[: dice.randrange(1, len(good))]


def not_plain(dice: Dice, _mark: Path) -> bytes:
    """Return values that no cookie has, in a good pickle."""
    odd: list[object] = [(1,), b"x", {1, 2}, frozenset("a"), 2**64, -(2**80), 1j, ..., {1: 2}]
    odd += [float("nan"), float("inf"), bytearray(b"x"), {(): 1}, range(3)]
    protocol = dice.randint(2, 5)
    value: object = dice.choice(odd)
    for _ in range(dice.randint(0, 5)):
        value = [value] if dice.random() < 0.5 else {"value": value}
    return pickle.dumps([*COOKIES, value], protocol)


def unfolds(dice: Dice, _mark: Path) -> bytes:
    """Return a few bytes that unfold to more values than there is room for."""
    width, levels = dice.choice([(2, 18), (2, 60), (3, 12), (10, 6), (50, 4), (300, 3)])
    value: object = "ha" * dice.randint(1, 9)
    for level in range(levels + dice.randint(0, 4)):
        value = [value] * width if level % 2 else {f"k{one}": value for one in range(width)}
    return pickle.dumps(value, protocol=2)


def deep(dice: Dice, _mark: Path) -> bytes:
    """Return values nested deeper than any session is."""
    levels = dice.choice([40, 300, 5_000, 90_000])
    if dice.random() < 0.5:
        return b"]" * levels + b"a" * (levels - 1) + b"."
    return (
        b"(" * levels + b"."
        if dice.random() < 0.5
        else b"}" + b"V\n}" * levels + b"s" * levels + b"."
    )


def lies(dice: Dice, _mark: Path) -> bytes:
    """Return lengths and memo indexes that are larger than the file, or than memory."""
    big = dice.choice([2**31 - 1, 2**32 - 1, 10**6, 10**8])
    wide = dice.choice([2**40, 2**62, 2**63 - 1])
    return dice.choice(
        [
            b"]r" + struct.pack("<I", big) + b".",
            b"]p%d\n." % big,
            b"]g%d\n." % big,
            b"]j" + struct.pack("<I", big) + b".",
            b"\x80\x04\x95" + struct.pack("<Q", wide) + b"].",
            b"\x80\x04\x8d" + struct.pack("<Q", wide) + b"abc.",
            b"\x80\x04\x8e" + struct.pack("<Q", wide) + b"abc.",
            b"\x80\x05\x96" + struct.pack("<Q", wide) + b"abc.",
            b"X" + struct.pack("<I", big) + b"abc.",
            b"\x8b" + struct.pack("<i", min(big, 2**31 - 1)) + b"\x7f.",
            b"\x8b\xff\xff\xff\xff.",
            b"I" + b"9" * dice.randint(30, 3_000) + b"\n.",
            b"L" + b"9" * dice.randint(30, 3_000) + b"L\n.",
            b"\x80\xff].",
            b"]h\x07.",
        ]
    )


def larger_than_allowed(dice: Dice, _mark: Path) -> bytes:
    """Return a plain pickle with too many bytes, values or opcodes."""
    what = dice.randrange(3)
    if what == 0:
        return pickle.dumps("x" * (8 * 2**20 + 1))
    return pickle.dumps([0] * 120_000, protocol=2) if what == 1 else b"(" + b"N" * 310_000 + b"l."


MAKERS: tuple[tuple[str, Maker, int], ...] = (
    ("program among cookies", program, 50),
    ("opcode replaced", swapped_opcode, 15),
    ("something behind the end", behind_the_end, 5),
    ("cut short", cut_short, 10),
    ("no plain value", not_plain, 8),
    ("unfolds", unfolds, 5),
    ("nested", deep, 3),
    ("lengths that lie", lies, 15),
    ("larger than allowed", larger_than_allowed, 1),
)
"""Name, maker, and how many of a hundred or so."""


def pickles(dice: Dice, mark: Path, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` hostile pickles with the names of their kinds, every kind among them."""
    weights = [weight for _name, _maker, weight in MAKERS]
    for number in range(count):
        first = number < len(MAKERS)
        name, maker, _ = MAKERS[number] if first else dice.choices(MAKERS, weights)[0]
        yield name, maker(dice, mark)
