"""Celery's tasks: a few lines each, over the functions that `danga up` runs without Redis.

A worker child opens its house and launches its browser with its first task, never before the
fork, and keeps both warm. A worker that is told to end lets its children end their page: the
rest of the visit goes on elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from ctypes import c_bool
from dataclasses import dataclass
from multiprocessing import RawValue
from typing import Any

import structlog
from celery.signals import worker_init, worker_process_shutdown, worker_shutting_down

from crawler.browser import Browser
from storage.errors import DatabaseAway
from workers.celery_app import NOTIFY_QUEUE, TICK_SECONDS, app, queue_of
from workers.house import House
from workers.logs import log_to_stderr
from workers.notify.database_trouble import database_is_away
from workers.notify.rounds import delivery_round, notify_round
from workers.pages import pages_round
from workers.settings import open_settings
from workers.tick import tick
from workers.visiting import visit_next
from workers.worker_life import CELERY, Life, ToldToStop

log = structlog.get_logger(__name__)


@dataclass
class _Child:
    """What one worker process keeps between its tasks."""

    house: House
    browser: Browser
    life: Life
    closing: ExitStack


_child: _Child | None = None
_leaving: Any = None
"""One byte that the main process shares with its children, as only it hears the signal."""


def _here() -> _Child:
    global _child
    if _child is None:
        closing = ExitStack()
        settings = open_settings()
        log_to_stderr(settings.log_level, settings.log_format)
        house = closing.enter_context(House.open(settings))
        browser = closing.enter_context(house.browser())
        life = Life(house, CELERY, lambda: _leaving is not None and _leaving.value)
        _child = _Child(house, browser, life, closing)
    return _child


@worker_init.connect
def _share(**_signal: object) -> None:
    global _leaving
    _leaving = RawValue(c_bool, False)


@worker_shutting_down.connect
def _tell(**_signal: object) -> None:
    if _leaving is not None:
        _leaving.value = True


@worker_process_shutdown.connect
def _leave(**_signal: object) -> None:
    if _child is not None:
        _child.closing.close()


@app.task(name="danga.tick")
def run_tick() -> None:
    """Plan, reap, say where there is work, and note what people are to be told."""
    try:
        house = _here().house
        _announce(tick(house))
        notify_round(house)
    except DatabaseAway as away:
        log.warning("tick.failed", because=str(away))
    finally:
        write_pages.apply_async(queue=NOTIFY_QUEUE, expires=TICK_SECONDS)
        send_messages.apply_async(queue=NOTIFY_QUEUE, expires=TICK_SECONDS)


def _announce(due: Mapping[str, int]) -> None:
    for site, visits in due.items():
        for _visit in range(visits):
            visit_site.apply_async((site,), queue=queue_of(site), expires=TICK_SECONDS)


@app.task(name="danga.notify")
def send_messages() -> None:
    """Send what waits in the outbox: apart from the tick, which no chat service may hold up."""
    try:
        delivery_round(_here().house)
    except DatabaseAway as away:  # this process never reached it
        database_is_away(open_settings(), str(away))


@app.task(name="danga.pages")
def write_pages() -> None:
    """Write the marketers' pages on this machine, where what they show has changed."""
    try:
        pages_round(_here().house)
    except DatabaseAway as away:
        log.warning("pages.wait", because=str(away))


@app.task(name="danga.visit")
def visit_site(site: str) -> None:
    """Run the visit of `site` that waited longest, if there is one."""
    child = _here()
    try:
        child.life.check()
        visit_next(child.house, child.browser, site, child.life.check)
    except ToldToStop:
        log.info("visit.left")
    except DatabaseAway as away:
        log.warning("visits.wait", because=str(away))
