"""`danga worker` and `danga schedule`: on Celery, Redis and any number of machines."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from admin.door import Door, command
from admin.examples import examples


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    lines = ("danga worker", "danga worker --site moment --concurrency 4")
    command(app, "worker", epilog=examples(*lines))(worker)
    command(app, "schedule", epilog=examples("danga schedule"))(schedule)


def worker(
    door: Door,
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="NAME", help="Default: all sites.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, max=64, help="Processes, a browser each.")
    ] = 2,
) -> None:
    """Take visits from Redis: a Celery worker for the queues of some sites, or of all.

    Sites that are applied later need a restart, or a worker of their own.
    """
    from storage.sites import SiteBook
    from workers.celery_app import queue_of

    with door.engine() as engine:
        known = [one.name for one in SiteBook(engine).all()]
        names = [SiteBook(engine).get(name).name for name in site] if site else known
    queues = ",".join(queue_of(name) for name in names)
    _run(door, "visits", "--queues", queues, "--concurrency", str(concurrency))


def schedule(door: Door) -> None:
    """Plan the slots and say where there is work, every minute. Two may run at once."""
    from workers.celery_app import NOTIFY_QUEUE, TICK_QUEUE

    queues = f"{TICK_QUEUE},{NOTIFY_QUEUE}"  # two processes: sending never holds up a tick
    _run(door, "schedule", "--queues", queues, "--concurrency", "2", "--beat")


def _run(door: Door, name: str, *options: str) -> None:
    """Become a Celery worker; SIGTERM lets it end its page and go within a minute."""
    os.environ["DANGA_WORKSPACE"] = str(door.folder.root)
    door.folder.state.mkdir(exist_ok=True)
    from workers.celery_app import app, celery_config

    celery_config(door.settings)  # says clearly that Redis is missing, before Celery starts
    level = door.settings.log_level
    host = f"{name}-{os.getpid()}@%h"
    app.worker_main(["worker", "--hostname", host, "--loglevel", level, *options])
