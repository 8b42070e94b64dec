"""Read a pickle that must hold plain values, and nothing else: a pickle is a program.

Plain values are what JSON knows: None, bool, int of 64 bits, finite float, str, list, and dict
with str keys. Before anything is built, every opcode is looked at: those that name or call
something, and those that plain values never need, are refused. What was built is then copied
into a fresh tree whose depth and size are bounded, each shared part counted as often as it is
referred to: 374 bytes can unfold to 2^60 values.

`loads` is for what we wrote ourselves, after the vault has checked its MAC; files that a person
brings go through `pickle_cell`. No message repeats a value out of the data.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from dataclasses import dataclass
from typing import Any, NoReturn

from storage.errors import BrokenPickle, HostilePickle

_PLAIN_OPCODES = frozenset(
    {
        *("PROTO", "FRAME", "MARK", "STOP"),
        *("NONE", "NEWTRUE", "NEWFALSE"),
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
        *("FLOAT", "BINFLOAT"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
        *("EMPTY_LIST", "LIST", "APPEND", "APPENDS"),
        *("EMPTY_DICT", "DICT", "SETITEM", "SETITEMS"),
        *("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET"),
    }
)
# No tuples: hashing deeply nested ones overflows the C stack. No integers over 64 bits: their
# hashes can be made to collide, and one dict would then take minutes.
_OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
_WRITES_MEMO = frozenset({"MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"})
_INT_LIMIT = 2**63
_UNPICKLING_FAILS = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a pickle may hold. `values` and `characters` count what it unfolds to.

    The defaults leave room for some thousand cookies and several MB of local storage.
    """

    size_bytes: int = 8 * 2**20
    opcodes: int = 300_000
    memo: int = 100_000
    depth: int = 32
    values: int = 100_000
    characters: int = 8 * 2**20


LIMITS = Limits()


def dumps(value: Any, limits: Limits = LIMITS) -> bytes:
    """Pickle plain values; what this writes, `loads` reads back equal.

    Raises:
        PickleRefused: the value is not plain, or holds more than the limits allow.
    """
    data = pickle.dumps(_Copy(limits).of(value), protocol=4)
    check_size(data, limits)
    return data


def plain_copy(value: Any, limits: Limits = LIMITS) -> Any:
    """Return a copy of plain values from elsewhere (JSON) that shares nothing with them.

    Raises:
        PickleRefused: they are not plain, or hold more than the limits allow.
    """
    return _Copy(limits).of(value)


def loads(data: bytes, limits: Limits = LIMITS) -> Any:
    """Return the plain values in `data`, as a tree in which nothing is shared.

    Raises:
        HostilePickle: it holds what plain values never need, or unfolds beyond the limits.
        BrokenPickle: it ends early, or is no pickle.
    """
    check_size(data, limits)
    _check_opcodes(data, limits)
    return _Copy(limits).of(_unpickle(data))


def check_size(data: bytes, limits: Limits) -> None:
    """Pass what is small enough to be looked at.

    Raises:
        HostilePickle: it is not.
    """
    if len(data) > limits.size_bytes:
        raise HostilePickle(f"the pickle has {len(data)} bytes, over {limits.size_bytes}")


def _check_opcodes(data: bytes, limits: Limits) -> None:
    """Refuse every program that is not a plain value, without running a single step of it."""
    stream = io.BytesIO(data)
    for _ in range(limits.opcodes):
        at = stream.tell()
        opcode = _next_opcode(stream)
        if opcode.name not in _PLAIN_OPCODES:
            raise HostilePickle(f"{_describe(opcode, stream)} at byte {at} is refused")
        argument = _argument(opcode, stream, at)
        if type(argument) is int and opcode.name != "FRAME":
            _check_number(opcode, argument, limits, at)
        if opcode.name == "STOP":
            _check_end(data, stream.tell())
            return
    raise HostilePickle(f"the pickle has more than {limits.opcodes} opcodes")


def _next_opcode(stream: io.BytesIO) -> pickletools.OpcodeInfo:
    at = stream.tell()
    code = stream.read(1)
    if not code:
        raise BrokenPickle(f"the pickle ends early, after {at} bytes")
    opcode = _OPCODES.get(code)
    if opcode is None:
        raise BrokenPickle(f"byte {at} is no opcode of a pickle")
    return opcode


def _argument(opcode: pickletools.OpcodeInfo, stream: io.BytesIO, at: int) -> object:
    if opcode.arg is None:
        return None
    try:
        return opcode.arg.reader(stream)
    except ValueError:  # truncated, or not what the opcode takes; its text may hold the value
        raise BrokenPickle(f"the {opcode.name} at byte {at} ends early or is garbled") from None


def _check_number(opcode: pickletools.OpcodeInfo, number: int, limits: Limits, at: int) -> None:
    if opcode.name in _WRITES_MEMO and not 0 <= number < limits.memo:
        # The unpickler would make room for all indexes below it.
        raise HostilePickle(f"the memo index at byte {at} is over {limits.memo}")
    if not -_INT_LIMIT <= number < _INT_LIMIT:
        raise HostilePickle(f"the integer at byte {at} has more than 64 bits")


def _check_end(data: bytes, end: int) -> None:
    if end != len(data):
        raise HostilePickle(f"{len(data) - end} bytes follow the end of the pickle")


def _describe(opcode: pickletools.OpcodeInfo, stream: io.BytesIO) -> str:
    """Name a refused opcode, and for GLOBAL what it wanted: an import, never one of the values."""
    if opcode.name != "GLOBAL":
        return opcode.name
    wanted = b".".join(stream.readline(80).strip() for _ in range(2))
    return f"GLOBAL {wanted.decode('latin-1')!a}"


class _Refusing(pickle.Unpickler):
    """The second lock: whatever the opcodes said, nothing can be imported by name."""

    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise HostilePickle("the pickle names something to import")

    def persistent_load(self, pid: Any) -> NoReturn:
        raise HostilePickle("the pickle refers to something outside itself")


def _unpickle(data: bytes) -> object:
    try:
        return _Refusing(io.BytesIO(data)).load()
    except MemoryError:
        raise HostilePickle("the pickle needs more memory than it may have") from None
    except _UNPICKLING_FAILS as error:  # their texts may hold values
        raise BrokenPickle(f"the pickle does not unpickle ({type(error).__name__})") from None


class _Copy:
    """Copies plain values and counts what they unfold to; recursion is bounded by `depth`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._values = 0
        self._characters = 0

    def of(self, value: object, depth: int = 0) -> Any:
        """Return a copy of `value` that shares nothing with it."""
        self._count(value)
        if depth > self._limits.depth:
            raise HostilePickle(f"values are nested deeper than {self._limits.depth}")
        if type(value) is list:
            return [self.of(item, depth + 1) for item in value]
        if type(value) is dict:
            return {self._key(key): self.of(item, depth + 1) for key, item in value.items()}
        return _scalar(value)

    def _key(self, key: object) -> str:
        if type(key) is not str:
            raise HostilePickle(f"a key is of type {type(key).__name__}, not str")
        self._count(key)
        return key

    def _count(self, value: object) -> None:
        self._values += 1
        if type(value) is str:
            self._characters += len(value)
        if self._values > self._limits.values or self._characters > self._limits.characters:
            raise HostilePickle(
                f"the values unfold to more than {self._limits.values} values "
                f"or {self._limits.characters} characters"
            )


def _scalar(value: object) -> object:
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int and -_INT_LIMIT <= value < _INT_LIMIT:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    raise HostilePickle(f"a value of type {type(value).__name__} is not plain or out of range")
