"""`danga report hourly`: some dates hour by hour, for each watch."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from costs.flag import Flag
from costs.rows import HourCost
from domain.business_day import BusinessDay
from domain.person import Language
from reports import words
from reports.amounts import amounts_of
from reports.costs import Costs
from reports.report import Column, Form, Kind, Report, Sheet, amount_fields
from reports.watched import Scope, Targets, Watched, ever_watched
from storage.cost_reader import CostReader

_HOUR = timedelta(hours=1)
_TICK = timedelta.resolution
COLUMNS = (
    Column("client", Kind.TEXT),
    Column("watch", Kind.TEXT),
    Column("label", Kind.TEXT),
    Column("date", Kind.DATE),
    Column("hour", Kind.HOUR),
    Column("unit_cost", Kind.COST),
    Column("mark", Kind.TEXT, only=Form.FILE),
    Column("target", Kind.MONEY),
    Column("currency", Kind.TEXT, only=Form.FILE),
    Column("spend", Kind.MONEY),
    Column("results", Kind.RESULTS),
    Column("unpaired_spend", Kind.MONEY),
    Column("provisional", Kind.PROVISIONAL),
    Column("flags", Kind.FLAGS),
)


def hourly_report(
    engine: Engine,
    scope: Scope,
    span: tuple[date, date],
    now: datetime,
    day: BusinessDay,
    language: Language,
    costs: Costs | None = None,
) -> Report:
    """Return the hours of the business dates `span`, both included, by client, watch and hour.

    An hour without a row was not measured. Four queries, however many watches.
    """
    watches = ever_watched(engine, scope, now)
    keys = [watch.id for watch in watches]
    hours = (costs or CostReader(engine)).dated_hours(keys, *span)
    targets = Targets(engine, keys)
    rows = [
        hour_row(watch, hour, targets, now, day)
        for watch in watches
        for hour in hours.get(watch.id, ())
    ]
    shown = words.span(*span)
    return Report(
        title=words.TITLES["hourly"].say(language, span=shown),
        sheets=(Sheet("hours", COLUMNS, rows),),
        language=language,
        zone=day.zone,
        nothing=words.NOTHING_MEASURED.say(language, span=shown),
        notes=(words.LEGEND.say(language), words.TIMES_ARE_LOCAL.say(language, zone=day.zone)),
    )


def hour_row(
    watch: Watched, hour: HourCost, targets: Targets, now: datetime, day: BusinessDay
) -> dict[str, Any]:
    """Return the row of one hour, beside the target that held when it ended."""
    target = targets.at(watch.id, min(hour.hour_at + _HOUR - _TICK, now))
    return {
        "client": watch.client,
        "watch": watch.watch,
        "label": watch.label,
        "currency": watch.sides.currency,
        "target": target,
        "date": hour.business_date,
        "hour": hour.hour,
        "hour_at": hour.hour_at,
        **amount_fields(amounts_of([hour]), target),
        "provisional": Flag.PENDING in hour.flags or now < day.settled(hour.business_date),
    }
