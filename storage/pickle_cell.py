"""Read a foreign pickle in a child process with limits of its own.

The child runs the same guarded loader. It has no environment, no site packages and no right to
write a file, and what comes back is JSON: whatever might still be wrong with the loader or with
Python's unpickler stays in there.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from storage.errors import BrokenPickle, HostilePickle, PickleRefused
from storage.guarded_pickle import LIMITS, Limits, check_size, loads


@dataclass(frozen=True, slots=True)
class Cell:
    """What the child process that reads a foreign pickle may use."""

    memory_bytes: int = 256 * 2**20
    cpu_seconds: int = 5
    wall_seconds: float = 15.0


CELL = Cell()


def loads_in_child(data: bytes, limits: Limits = LIMITS, cell: Cell = CELL) -> Any:
    """Do what `loads` does in a process with limits of its own; nothing but JSON comes back.

    Raises:
        HostilePickle, BrokenPickle: as `loads`; also where the child needed more than `cell`.
    """
    check_size(data, limits)
    answer = _ask_child(data, limits, cell)
    if "refused" in answer:
        raise (HostilePickle if answer["hostile"] else BrokenPickle)(answer["refused"])
    return answer["plain"]


# The child is started by path, without site packages, environment or working directory of ours.
_CHILD = "import sys; sys.path.append(sys.argv[1]); from storage.pickle_cell import main; main()"


def _ask_child(data: bytes, limits: Limits, cell: Cell) -> dict[str, Any]:
    root = str(Path(__file__).resolve().parent.parent)
    settings = json.dumps({"limits": asdict(limits), "cell": asdict(cell)})
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-I", "-S", "-c", _CHILD, root, settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
    )
    with child:
        try:
            answer, _ = child.communicate(data, timeout=cell.wall_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            raise HostilePickle(f"reading it took over {cell.wall_seconds:g} s") from None
    if child.returncode != 0:
        raise HostilePickle(f"its reader was stopped by a limit (code {child.returncode})")
    parsed: dict[str, Any] = json.loads(answer)
    return parsed


def main() -> None:
    """Be the child: limit this process, read a pickle from stdin, answer in JSON on stdout."""
    settings = json.loads(sys.argv[2])
    _limit_process(Cell(**settings["cell"]))
    try:
        answer = {"plain": loads(sys.stdin.buffer.read(), Limits(**settings["limits"]))}
    except PickleRefused as error:
        answer = {"refused": str(error), "hostile": isinstance(error, HostilePickle)}
    sys.stdout.write(json.dumps(answer))


def _limit_process(cell: Cell) -> None:
    for what, most in (
        (resource.RLIMIT_AS, cell.memory_bytes),
        (resource.RLIMIT_CPU, cell.cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),  # no file can be written; pipes are none
        (resource.RLIMIT_CORE, 0),  # nor a core dump, which would hold cookies
    ):
        resource.setrlimit(what, (most, most))
