"""`danga report daily`: some dates of each watch, and what all of them together cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from costs.flag import Flag
from costs.rows import DayCost
from domain.business_day import BusinessDay
from domain.person import Language
from reports import words
from reports.amounts import amounts_of, amounts_of_one
from reports.costs import Costs
from reports.hourly_report import COLUMNS as HOUR_COLUMNS
from reports.report import DIFFERS, SAME, Column, Form, Kind, Report, Sheet, amount_fields
from reports.watched import NO_METRICS, Metrics, Scope, Targets, Watched, ever_watched
from storage.closing import FIGURES, ClosedDays, Day, Figures, closed_days
from storage.cost_reader import CostReader

_TICK = timedelta.resolution
_OF_HOURS = tuple(column for column in HOUR_COLUMNS if column.key != "hour")
_CLOSED = (
    Column("closed", Kind.CLOSED, only=Form.FILE),
    Column("closed_unit_cost", Kind.MONEY, only=Form.FILE),
    Column("closed_spend", Kind.MONEY, only=Form.FILE),
    Column("closed_results", Kind.RESULTS, only=Form.FILE),
)
COLUMNS = (*_OF_HOURS[:-1], *_CLOSED, _OF_HOURS[-1])
TOTAL_COLUMNS = tuple(
    Column("days", Kind.COUNT) if column.key == "date" else column
    for column in _OF_HOURS
    if column.key not in ("target", "mark")
)
"""A sum over dates has no target of its own: another may have held on each of them."""


def daily_report(
    engine: Engine,
    scope: Scope,
    span: tuple[date, date],
    now: datetime,
    day: BusinessDay,
    language: Language,
    metrics: Metrics = NO_METRICS,
    costs: Costs | None = None,
) -> Report:
    """Return the business dates `span`, both included, by client, watch and date.

    Where there are several, also their sums: spend over results, never a mean of unit costs.
    A date of a closed month that is not any more as it was kept says so, beside what was kept.
    Seven queries at most, however many watches and readings.
    """
    watches = ever_watched(engine, scope, now)
    keys = [watch.id for watch in watches]
    found = (costs or CostReader(engine)).days(keys, *span)
    targets = Targets(engine, keys)
    net = {watch.id: watch.sides.are_net(metrics) for watch in watches}
    closed = closed_days(engine, keys, span, now)
    rows = [
        {**row, "net_results": net[watch.id]}
        for watch in watches
        for row in _compared(watch, found.get(watch.id, ()), targets, now, day, closed)
    ]
    differ = any(row["closed"] == DIFFERS for row in rows)
    totals = [
        {**_total(watch, found[watch.id]), "net_results": net[watch.id]}
        for watch in watches
        if watch.id in found
    ]
    shown = words.span(*span)
    columns = (
        COLUMNS
        if not differ
        else tuple(replace(one, only=Form.ANY) if one.key == "closed" else one for one in COLUMNS)
    )
    sheets = [Sheet("days", columns, rows, title=words.DAYS.say(language))]
    if span[0] != span[1]:
        title = words.TOTALS.say(language)
        only = Form.ANY & ~Form.CSV
        sheets.append(Sheet("totals", TOTAL_COLUMNS, totals, only, title))
    return Report(
        title=words.TITLES["daily"].say(language, span=shown),
        sheets=tuple(sheets),
        language=language,
        zone=day.zone,
        nothing=words.NOTHING_MEASURED.say(language, span=shown),
        notes=(words.LEGEND.say(language), *([words.CLOSED.say(language)] if differ else [])),
    )


def day_rows(
    watch: Watched, days: Sequence[DayCost], targets: Targets, now: datetime, day: BusinessDay
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a watch's dates, each beside the target that held when it ended."""
    for one in days:
        target = targets.at(watch.id, min(day.ends(one.business_date) - _TICK, now))
        yield {
            **_names(watch),
            "target": target,
            "date": one.business_date,
            **amount_fields(amounts_of_one(one), target),
            "provisional": _provisional([one]),
        }


def _compared(
    watch: Watched,
    days: Sequence[DayCost],
    targets: Targets,
    now: datetime,
    day: BusinessDay,
    closed: ClosedDays,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a watch's dates beside what was kept of them, also of dates now gone."""
    figures = {one.business_date: _figures(one) for one in days}
    rows = {row["date"]: row for row in day_rows(watch, days, targets, now, day)}
    for date_ in closed.dates(watch.id) - rows.keys():
        gone = {**_names(watch), "target": None, "date": date_, "provisional": False}
        rows[date_] = {**gone, **amount_fields(amounts_of(()), None)}
    for date_ in sorted(rows):
        yield {**rows[date_], **_closed_fields(closed, (watch.id, date_), figures.get(date_))}


def _closed_fields(closed: ClosedDays, day: Day, now: Figures | None) -> dict[str, Any]:
    if not closed.is_closed(day[1]):
        return {column.key: None for column in _CLOSED}
    kept = closed.days.get(day)
    return {
        "closed": DIFFERS if closed.differ(day, now) else SAME,
        "closed_unit_cost": kept and kept.unit_cost,
        "closed_spend": kept and kept.spend,
        "closed_results": kept and kept.results,
    }


def _figures(one: DayCost) -> Figures:
    return Figures(**{name: getattr(one, name) for name in FIGURES})


def _total(watch: Watched, days: Sequence[DayCost]) -> dict[str, Any]:
    return {
        **_names(watch),
        "days": len(days),
        **amount_fields(amounts_of(days), None),
        "provisional": _provisional(days),
    }


def _provisional(days: Iterable[DayCost]) -> bool | None:
    """Say whether one of the dates may still change by itself.

    None: only the spend of whole dates is known, and nothing is awaited.
    """
    said = [
        not one.is_final for one in days if one.spend is not None or Flag.DAY_ONLY not in one.flags
    ]
    return any(said) if said else None


def _names(watch: Watched) -> dict[str, Any]:
    return {
        "client": watch.client,
        "watch": watch.watch,
        "label": watch.label,
        "currency": watch.sides.currency,
    }
