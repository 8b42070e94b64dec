"""`make fuzz`: does anything hostile ever come in, or even run?

    python -m bench.hostile                    2,800 tries; a seed of its own, which it prints
    python -m bench.hostile --seed 7           the same tries again
    python -m bench.hostile --times 10         ten times as many

Pickles, cookie files and rows of the vault that should be refused, each hostile by construction
(`hostile_pickles.py`, `hostile_files.py`, `hostile_rows.py`), are brought to the doors that real
ones come through. A canary tells whether any code of theirs ran: a file, the process's environment
and its children. Ends with 1 when one was accepted, ran, or was not refused in the house's words.
"""

from __future__ import annotations

import argparse
import copyreg
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from bench.hostile_files import HOST, NOW, files
from bench.hostile_pickles import EXTENSION_CODE, NEEDS_A_LOADER, SHAPES, calls, pickles
from bench.hostile_rows import Ground, bytes_changed, prepared, session_rows
from domain.errors import BadInput
from storage import schema
from storage.engine import open_engine
from storage.errors import CredentialsUnusable, PickleRefused, SessionUnusable
from storage.guarded_pickle import loads
from storage.pickle_cell import loads_in_child
from storage.session_import import read_session_file


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each are tried."""

    pickles: int = 1_200
    pickle_files: int = 100
    """Pickles that come as files: each is read in a process of its own."""
    files: int = 600
    sessions: int = 500
    passwords: int = 300


WHOLE = Sizes()
PART = Sizes(pickles=150, pickle_files=16, files=80, sessions=60, passwords=20)
"""What the test suite tries."""


@dataclass(slots=True)
class Canary:
    """Sings when code of a hostile thing has run."""

    folder: Path
    _variables: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    _children: frozenset[int] = field(default_factory=lambda: _children())

    @property
    def mark(self) -> Path:
        """What programs try to create; the folder holds nothing else."""
        return self.folder / "canary"

    def sang(self) -> bool:
        """Whether anything ran since it was asked last."""
        left = list(self.folder.iterdir())
        for path in left:
            path.rmdir() if path.is_dir() else path.unlink()
        children = _children() - self._children
        changed = dict(os.environ) != self._variables
        if changed:
            os.environ.clear()
            os.environ.update(self._variables)
        return bool(left or children or changed)


def _children() -> frozenset[int]:
    return frozenset(child.pid for child in psutil.Process().children())


@dataclass(slots=True)
class Score:
    """What came of the tries."""

    canary: Canary
    tried: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    unforeseen: list[str] = field(default_factory=list)
    """Refused by an error that no door promises."""

    def attempt(
        self, kind: str, open_it: Callable[[], object], refusals: tuple[type[Exception], ...]
    ) -> None:
        """Bring one to a door; `refusals` are the errors that the door promises."""
        group = kind.partition(":")[0]
        self.tried[group] += 1
        name = f"{kind}, try {self.tried[group]}"
        try:
            open_it()
        except refusals:
            pass
        except Exception as error:  # noqa: BLE001 - what should not be raised is what is looked for
            self.unforeseen.append(f"{name}: {type(error).__name__}")
        else:
            self.accepted.append(name)
        if self.canary.sang():
            self.ran.append(name)


def measure(sizes: Sizes = WHOLE, seed: int = 20261121) -> dict[str, Any]:
    """Try everything once; return the figures `tried`, `accepted`, `code_run`, and more.

    `control` says that the canary works: so many of the programs sing where a careless reader
    unpickles them, in a process of its own.
    """
    began = time.monotonic()
    dice = random.Random(seed)
    with _canary() as canary, _ground() as ground, _extension():
        control = _control(canary)
        score = Score(canary)
        _try_pickles(score, dice, sizes)
        _try_files(score, dice, sizes)
        _try_rows(score, dice, sizes, ground)
        intact = _intact(ground)
    return {
        "seed": seed,
        "tried": sum(score.tried.values()),
        "accepted": len(score.accepted),
        "code_run": len(score.ran),
        "unforeseen": len(score.unforeseen),
        "by_kind": dict(score.tried),
        "control": control,
        "good_rows_open_afterwards": intact,
        "names": {
            "accepted": score.accepted[:50],
            "code_run": score.ran[:50],
            "unforeseen": score.unforeseen[:50],
        },
        "seconds": round(time.monotonic() - began, 1),
    }


def _try_pickles(score: Score, dice: random.Random, sizes: Sizes) -> None:
    mark = score.canary.mark
    for kind, data in pickles(dice, mark, sizes.pickles):
        score.attempt(f"pickle: {kind}", partial(loads, data), (PickleRefused,))
    for kind, data in pickles(dice, mark, sizes.pickle_files):
        name = f"pickle in a process of its own: {kind}"
        score.attempt(name, partial(loads_in_child, data), (PickleRefused,))
        score.attempt(f"pickle file: {kind}", partial(_imported, data), (BadInput,))


def _try_files(score: Score, dice: random.Random, sizes: Sizes) -> None:
    for kind, data in files(dice, sizes.files):
        score.attempt(f"cookie file: {kind}", partial(_imported, data), (BadInput,))


def _imported(data: bytes) -> object:
    return read_session_file(data, "hostile", frozenset({HOST}), NOW)


def _try_rows(score: Score, dice: random.Random, sizes: Sizes, ground: Ground) -> None:
    vault, passwords = ground.vault, ground.passwords
    for row in session_rows(dice, ground, score.canary.mark, sizes.sessions):
        before = ground.session(row.login, row.version)
        ground.put_session(row.login, row.version, row.sealed)
        score.attempt(
            f"session row: {row.kind}",
            partial(vault.load, row.login, row.version),
            (SessionUnusable,),
        )
        ground.put_session(row.login, row.version, before)
    for _ in range(sizes.passwords):
        login, other = dice.sample(ground.ids, 2)
        before = ground.password(login)
        kind, sealed = bytes_changed(dice, before)
        if dice.random() < 0.3:
            version = dice.randint(1, 3)
            kind, sealed = dice.choice(
                [
                    ("another login's", ground.password(other)),
                    ("a session's", ground.session(login, version)),
                ]
            )
        ground.put_password(login, sealed)
        score.attempt(
            f"password row: {kind}",
            partial(passwords.resolve, login),
            (CredentialsUnusable,),
        )
        ground.put_password(login, before)


def _intact(ground: Ground) -> bool:
    """Whether every good row still opens: what refuses everything proves nothing."""
    opened = [ground.vault.load(login, version) for login in ground.ids for version in (1, 2, 3)]
    return all(opened) and all(ground.passwords.resolve(login) for login in ground.ids)


def _control(canary: Canary) -> dict[str, int]:
    """Let a careless reader unpickle one of each shape, and count how often the canary sings."""
    call = calls(canary.mark)[0]
    sang = 0
    for shape in SHAPES.values():
        subprocess.run([sys.executable, "-c", _CARELESS], input=shape(call) + b".", check=False,
                       capture_output=True)  # fmt: skip
        sang += canary.sang()
    return {"shapes": len(SHAPES), "could": len(SHAPES) - len(NEEDS_A_LOADER), "sang": sang}


_CARELESS = f"""
import copyreg, pickle, sys
copyreg.add_extension("os", "system", {EXTENSION_CODE})
pickle.loads(sys.stdin.buffer.read())
"""


@contextmanager
def _canary() -> Iterator[Canary]:
    with tempfile.TemporaryDirectory(prefix="danga-canary-") as folder:
        yield Canary(Path(folder))


@contextmanager
def _ground() -> Iterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="danga-hostile-") as folder:
        engine = open_engine(f"sqlite:///{folder}/danga.db")
        try:
            schema.upgrade(engine)
            yield prepared(engine)
        finally:
            engine.dispose()


@contextmanager
def _extension() -> Iterator[None]:
    """Let the extension registry of this process know `os.system`, as a rash library might."""
    copyreg.add_extension("os", "system", EXTENSION_CODE)
    try:
        yield
    finally:
        copyreg.remove_extension("os", "system", EXTENSION_CODE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try, print the figures; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="repeat the tries of that run")
    parser.add_argument("--times", type=int, default=1, help="so many times as many")
    given = parser.parse_args(arguments)
    many = max(given.times, 1)
    sizes = Sizes(*(count * many for count in astuple(WHOLE)))
    seed = secrets.randbelow(2**31) if given.seed is None else given.seed
    results = measure(sizes, seed)
    for name, value in results.items():
        if name != "names":
            print(f"{name:<26} {value}")
    amiss = [f"{kind}: {one}" for kind, names in results["names"].items() for one in names]
    print("\n".join(amiss))
    silent = (
        results["control"]["sang"] < results["control"]["could"]
        or not results["good_rows_open_afterwards"]
    )
    return 1 if amiss or silent else 0


if __name__ == "__main__":
    sys.exit(main())
