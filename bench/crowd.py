"""Many workers in one process, as a bench starts several of: each with a browser of its own.

    python -m bench.crowd WORKSPACE WORKERS

Says `ready` when all can begin, begins with the first line of stdin, and ends with its end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.ground import Ground
from bench.ways import stop
from tests.demo_server import ROOT
from workers.house import House
from workers.logs import log_to_stderr
from workers.settings import open_settings
from workers.visiting import visit_next

LOOK_SECONDS = 0.05


def main(arguments: Sequence[str]) -> int:
    """Work until stdin ends."""
    workspace, workers = Path(arguments[0]), int(arguments[1])
    log_to_stderr("warning", "console")
    begin, end = threading.Barrier(workers + 1), threading.Event()
    threads = [threading.Thread(target=_work, args=(workspace, begin, end)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    begin.wait()
    sys.stdin.read()
    end.set()
    for thread in threads:
        thread.join()
    return 0


def _work(workspace: Path, begin: threading.Barrier, end: threading.Event) -> None:
    """Visit what is due, as a process of `danga up` does; its browser starts with a visit."""
    with House.open(open_settings(workspace)) as house, house.browser() as browser:
        begin.wait()
        while not end.is_set():
            if visit_next(house, browser) is None:
                end.wait(LOOK_SECONDS)


@contextmanager
def crowd(ground: Ground, processes: int, workers: int) -> Iterator[None]:
    """Let `workers` threads in each of so many processes begin at once, and end them."""
    command = [sys.executable, "-m", "bench.crowd", str(ground.folder), str(workers)]
    surroundings = {**os.environ, "DANGA_LOG_LEVEL": "warning"}
    with ExitStack() as ending, (ground.folder / "crowd.log").open("ab") as log:
        started = []
        for _ in range(processes):
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=surroundings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
            ending.callback(_end, process)
            started.append(process)
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n", "see crowd.log"
        for process in started:
            assert process.stdin is not None
            process.stdin.write(b"begin\n")
            process.stdin.flush()
        yield


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        stop(process)
    process.stdout.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
