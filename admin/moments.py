"""Moments and dates on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime
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


def date_of(text: str, option: str) -> date:
    """Return a date.

    Raises:
        BadInput: it is none; names `option`.
    """
    faults: list[Fault] = []
    found = date_or_fault(text, option, faults)
    if found is None:
        raise BadInput(*faults)
    return found


def date_or_fault(text: str | None, option: str, faults: list[Fault]) -> date | None:
    """Return a date; None: there is no text, or it is none, which is one fault more."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        faults.append(Fault(option, f"{text} is no date", "write 2026-03-03"))
        return None
