"""`danga doctor`: is this machine ready? Each line is well, or says its cure."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from admin.check import Check
from admin.door import Door, amiss, command
from admin.examples import examples
from admin.output import Answer
from domain.errors import BadInput

_COLUMNS = {"check": "check", "health": "", "detail": "what was seen", "cure": "what to do"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "doctor", epilog=examples("danga doctor", "danga doctor --json"))(doctor)


def doctor(door: Door) -> None:
    """Check workspace, browser, disk, proxies, database, clock, sites, key and Redis.

    Nothing is sent to any site. Exit code 1 where a check fails.
    """
    checks = list(_checks(door))
    door.show(Answer("checks", _COLUMNS, [check.as_row() for check in checks]))
    if any(check.ok is False for check in checks):
        raise amiss()


def _checks(door: Door) -> Iterator[Check]:
    try:
        settings = door.settings
    except BadInput as error:
        for fault in error.faults:
            yield Check("settings", False, f"{fault.where}: {fault.what}", fault.cure)
        return
    yield Check("settings", True, f"{len(settings.model_fields_set)} set")
    from admin.machine_checks import machine_checks
    from admin.store_checks import store_checks

    yield from machine_checks(settings)
    yield from store_checks(settings)
