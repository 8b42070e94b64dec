"""Moments on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.errors import BadInput, Fault


def moment_of(text: str, zone: ZoneInfo, option: str) -> datetime:
    """Return a moment in UTC; one without an offset is meant on the wall of `zone`.

    Raises:
        BadInput: it is none; names `option`.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fault = Fault(option, f"{text} is no moment", "write 2026-03-03T02:00")
        raise BadInput(fault) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
