"""Processes of this machine that were killed: seen at once, instead of after their time.

Leases run out after minutes and heartbeats after half of one, by themselves. Here it can be
seen that a process is gone, so nobody has to wait; of other machines it cannot.
"""

from __future__ import annotations

import socket

import psutil
import structlog
from sqlalchemy import Engine

from storage.errors import DatabaseInUse
from storage.heartbeats import HeartbeatBook
from storage.leases import LeaseBook
from workers.house import House

log = structlog.get_logger(__name__)


def is_gone(name: str) -> bool:
    """Whether `name` (`host:pid`) was a process of this machine and lives no longer."""
    host, _, pid = name.rpartition(":")
    return host == socket.gethostname() and pid.isdigit() and not psutil.pid_exists(int(pid))


def free_the_dead(house: House) -> None:
    """Take back the leases of processes that are gone.

    Should one live after all, whatever it still wants to store is refused.
    """
    leases = LeaseBook(house.engine)
    for holder in leases.holders():
        if is_gone(holder):
            log.warning("lease.forfeited", holder=holder, logins=leases.forfeit(holder))


def require_stillness(engine: Engine) -> None:
    """Pass where no process works with the database: none lives, and none holds a lease.

    Raises:
        DatabaseInUse: somebody does, or was seen within the last minutes on another machine.
    """
    alive = {one.name for one in HeartbeatBook(engine).all() if one.alive}
    found = sorted(one for one in alive | LeaseBook(engine).holders() if not is_gone(one))
    if found:
        raise DatabaseInUse(f"These work with it: {', '.join(found)}")
