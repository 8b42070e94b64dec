"""`danga report now`: each watch's unit cost of the last 60 minutes and of today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.person import Language
from reports import words
from reports.report import Column, Form, Kind, Report, Row, Sheet, amount_fields
from reports.standing import Standing
from reports.trouble import troubles_told

COLUMNS = (
    Column("client", Kind.TEXT),
    Column("watch", Kind.TEXT),
    Column("label", Kind.TEXT),
    Column("owners", Kind.NAMES, only=Form.FILE),
    Column("unit_cost", Kind.COST, named=words.LAST_HOUR),
    Column("mark", Kind.TEXT, only=Form.FILE),
    Column("target", Kind.MONEY),
    Column("currency", Kind.TEXT, only=Form.FILE),
    Column("low", Kind.MONEY, only=Form.FILE),
    Column("high", Kind.MONEY, only=Form.FILE),
    Column("previous_change", Kind.CHANGE),
    Column("yesterday_change", Kind.CHANGE),
    Column("last_week_change", Kind.CHANGE, only=Form.FILE),
    Column("spark", Kind.SPARK, only=Form.HTML),
    Column("spend", Kind.MONEY),
    Column("results", Kind.RESULTS),
    Column("unpaired_spend", Kind.MONEY, only=Form.FILE),
    Column("today_unit_cost", Kind.COST),
    Column("today_mark", Kind.TEXT, only=Form.FILE),
    Column("today_spend", Kind.MONEY),
    Column("today_results", Kind.RESULTS),
    Column("daily_budget", Kind.MONEY, only=Form.FILE),
    Column("projected_spend", Kind.MONEY, only=Form.FILE),
    Column("last_slot_at", Kind.MOMENT, only=Form.FILE),
    Column("age_minutes", Kind.MINUTES),
    Column("note", Kind.NOTE),
)


def now_report(
    standings: Iterable[Standing], now: datetime, language: Language, zone: ZoneInfo
) -> Report:
    """Return the report over `standings`, in their order."""
    shown = tuple(standings)
    rows = [_row(one) for one in shown]
    at = f"{now.astimezone(zone):%Y-%m-%d %H:%M}"
    return Report(
        title=words.TITLES["now"].say(language, at=at),
        sheets=(Sheet("watches", COLUMNS, rows),),
        language=language,
        zone=zone,
        nothing=words.NO_WATCHES.say(language),
        notes=(
            *troubles_told([one.trouble for one in shown if one.trouble], language, zone),
            words.LEGEND.say(language),
            words.TIMES_ARE_LOCAL.say(language, zone=zone),
        ),
    )


def is_amiss(row: Row) -> bool:
    """Whether a person has to look: never measured, not computed, or a login waits."""
    return row["last_slot_at"] is None or bool(row["waiting_logins"]) or bool(row["trouble"])


def _row(one: Standing) -> dict[str, Any]:
    this = one.this_hour.unit_cost
    return {
        "client": one.client,
        "watch": one.watch,
        "label": one.label,
        "owners": list(one.owners),
        "currency": one.currency,
        "target": one.target,
        "target_won": one.target if one.currency == "KRW" else None,
        "net_results": one.net_results,
        **amount_fields(one.last_hour, one.target),
        "low": one.low,
        "high": one.high,
        "previous_change": change(this, one.previous_hour.unit_cost),
        "yesterday_change": change(this, one.hour_yesterday.unit_cost),
        "last_week_change": change(this, one.hour_last_week.unit_cost),
        **amount_fields(one.today, one.target, "today_"),
        "daily_budget": one.daily_budget,
        "projected_spend": one.projected_spend,
        "usual_share": one.usual_share,
        "spark": [hour.unit_cost for hour in one.spark],
        "last_slot_at": one.last_slot_at,
        "age_minutes": None if one.age is None else int(one.age.total_seconds() // 60),
        "waiting_logins": list(one.waiting_logins),
        "waits_since": one.waits_since,
        "empty_sides": list(one.empty_sides),
        "trouble": one.trouble and one.trouble.reason,
        "trouble_since": one.trouble and one.trouble.since,
        "cure": one.trouble and one.trouble.cure,
    }


def change(cost: Decimal | None, base: Decimal | None) -> int | None:
    """Return by how many per cent `cost` is above `base`, rounded half up; None: not known.

    >>> change(Decimal(41_200), Decimal(30_000))
    37
    """
    if cost is None or not base or base < 0:
        return None
    return int(((cost / base - 1) * 100).quantize(Decimal(1), ROUND_HALF_UP))
