"""When a site's day ends and when its quiet hours do: in its own time zone, by business time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.business_day import BusinessDay
from domain.request_budget import RequestBudget


def business_date(budget: RequestBudget, now: datetime) -> str:
    """Return the site's date at `now`, as ISO text."""
    return BusinessDay(ZoneInfo(budget.time_zone)).date_of(now).isoformat()


def seconds_to_midnight(budget: RequestBudget, now: datetime) -> float:
    """Return how long the site's business date still lasts."""
    day = BusinessDay(ZoneInfo(budget.time_zone))
    return (day.starts(day.date_of(now) + timedelta(days=1)) - now).total_seconds()


def seconds_of_quiet(budget: RequestBudget, now: datetime) -> float | None:
    """Return how long the quiet hours still last, or None outside of them."""
    local = now.astimezone(ZoneInfo(budget.time_zone))
    if budget.quiet is None or not budget.quiet.hold(local.time()):
        return None
    end = datetime.combine(local.date(), budget.quiet.end, local.tzinfo)
    if end <= local:
        end = datetime.combine(local.date() + timedelta(days=1), budget.quiet.end, local.tzinfo)
    return max(0.0, (end.astimezone(UTC) - now).total_seconds())
