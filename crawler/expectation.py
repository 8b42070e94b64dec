"""What has to stand on a page before a number on it is believed: account, dates, entities."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from crawler.order import MIDNIGHT_GUARD, AccountOrder, VisitOrder
from crawler.page import Expected, Page
from domain.business_day import BusinessDay


def expected_of(order: VisitOrder, page: Page, account: AccountOrder, now: datetime) -> Expected:
    """Return what `page` has to show at `now` (aware UTC, business clock)."""
    guard = account.midnight_guard
    day = BusinessDay.of(account.site.time_zone, account.site.settles_at)
    return Expected(
        page=page,
        shown_name=account.shown_name,
        dates=frozenset({order.day}) if order.day else dates_at(day, now, account.site.turns_late),
        entities=account.wanted.entities,
        slot_at=order.slot_at,
        near_midnight=day.date_of(now - guard) != day.date_of(now + guard),
        past_day=order.day is not None,
        currency=account.currency,
    )


def dates_at(day: BusinessDay, now: datetime, turns_late: timedelta) -> frozenset[date]:
    """Return the dates that a page about today may show: two around its midnight.

    A site may turn its day late, and its clock, or the wait for a page, may be ahead of `now`.
    """
    return frozenset({day.date_of(at) for at in (now, now - turns_late, now + MIDNIGHT_GUARD)})
