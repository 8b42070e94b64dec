"""Does a Celery worker outlive a Redis that dies under a running task and comes back?

    python bench/celery_redis_bounce.py --runs 6 [--ack late] [--down 12]

Starts a Redis and a worker of its own, lets a task run, kills Redis (-9), starts it again
empty after `--down` seconds, and asks for another task. Prints a line a run and a JSON summary.
It needs celery and redis only, so that other versions can be tried in an environment of their
own; docs/decisions/0001-pins.md holds what came out.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from celery import Celery

CONSUMES_WITHIN = 60.0

app = Celery("bounce", broker=os.environ.get("BOUNCE_BROKER", "redis://127.0.0.1:1/0"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=os.environ.get("BOUNCE_ACK") == "late",
    worker_prefetch_multiplier=1,
    broker_connection_max_retries=None,
    broker_connection_retry_on_startup=True,
)


@app.task(name="bounce.hold")  # type: ignore[untyped-decorator,unused-ignore]
def hold(started: str, release: str) -> None:
    """Run until `release` exists; `started` tells that it does."""
    Path(started).touch()
    _wait(Path(release).exists, CONSUMES_WITHIN)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the worker in one run."""

    task_ended: str
    worker_alive: bool
    consumes_again: bool
    seconds_until_consumed: float | None


def run(task_ended: str, ack: str, down_seconds: float) -> Outcome:
    """Bounce Redis once; the task that runs meanwhile ends while Redis is `away` or `back`."""
    with tempfile.TemporaryDirectory(prefix="danga-bounce-") as folder:
        port = _free_port()
        redis = _redis(port)
        worker = _worker(port, Path(folder), ack)
        try:
            return _bounce(Path(folder), port, redis, worker, task_ended, down_seconds)
        finally:
            _end(worker)
            _end_redis(port)


def _bounce(
    folder: Path,
    port: int,
    redis: subprocess.Popen[bytes],
    worker: subprocess.Popen[bytes],
    task_ended: str,
    down_seconds: float,
) -> Outcome:
    started, release, again = (folder / name for name in ("started", "release", "again"))
    _send(port, started, release)
    if not _wait(started.exists, CONSUMES_WITHIN):
        raise RuntimeError(f"the worker never began: {(folder / 'worker.log').read_text()}")
    redis.kill()
    redis.wait()
    time.sleep(down_seconds / 2)
    if task_ended == "away":
        release.touch()
    time.sleep(down_seconds / 2)
    _redis(port)
    back = time.monotonic()
    if task_ended == "back":
        time.sleep(down_seconds)
        release.touch()
    _send(port, again, release)
    consumed = _wait(lambda: again.exists() or worker.poll() is not None, CONSUMES_WITHIN)
    ran = again.exists()
    time.sleep(1)  # it may still be on its way out
    alive = worker.poll() is None
    if not (alive and ran):
        sys.stderr.write((folder / "worker.log").read_text()[-1500:])
    seconds = round(time.monotonic() - back - 1, 1) if consumed and ran else None
    return Outcome(task_ended, alive, ran, seconds)


def _send(port: int, started: Path, release: Path) -> None:
    with app.connection_for_write(f"redis://127.0.0.1:{port}/0") as connection:
        hold.apply_async((str(started), str(release)), connection=connection)  # type: ignore[call-arg]


def _redis(port: int) -> subprocess.Popen[bytes]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir())
    _SERVERS[port] = server
    _wait(lambda: _listens(port), 10)
    return server


_SERVERS: dict[int, subprocess.Popen[bytes]] = {}


def _worker(port: int, folder: Path, ack: str) -> subprocess.Popen[bytes]:
    surroundings = {
        **os.environ,
        "BOUNCE_BROKER": f"redis://127.0.0.1:{port}/0",
        "BOUNCE_ACK": ack,
    }
    command = [sys.executable, __file__, "--worker"]
    with (folder / "worker.log").open("wb") as log:
        return subprocess.Popen(command, env=surroundings, stdout=log, stderr=log)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)
    try:
        worker.wait(10)
    except subprocess.TimeoutExpired:
        worker.send_signal(signal.SIGQUIT)
        worker.wait(10)


def _end_redis(port: int) -> None:
    server = _SERVERS.pop(port)
    server.kill()
    server.wait()


def _wait(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """Run the trials, or serve as the worker of one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=6)
    options.add_argument("--ack", choices=("early", "late"), default="early")
    options.add_argument("--down", type=float, default=4.0, help="seconds without Redis")
    options.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.worker:
        app.worker_main(["worker", "--pool=prefork", "--concurrency=1", "--loglevel=INFO"])
        return
    outcomes = [
        run(("away", "back")[number % 2], chosen.ack, chosen.down) for number in range(chosen.runs)
    ]
    for outcome in outcomes:
        print(outcome)
    print(json.dumps(_summary(outcomes, chosen)))


def _summary(outcomes: list[Outcome], chosen: argparse.Namespace) -> dict[str, object]:
    return {
        **{name: version(name) for name in ("celery", "kombu", "redis")},
        "ack": chosen.ack,
        "down_seconds": chosen.down,
        "runs": len(outcomes),
        "alive": sum(outcome.worker_alive for outcome in outcomes),
        "consumes_again": sum(outcome.consumes_again for outcome in outcomes),
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }


if __name__ == "__main__":
    main()
