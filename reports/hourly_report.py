"""`danga report hourly`: some dates hour by hour, for each watch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from costs.rows import DayCost, HourCost
from domain.business_day import BusinessDay
from domain.person import Language
from reports import words
from reports.amounts import amounts_of_one
from reports.costs import Costs
from reports.report import Column, Form, Kind, Report, Sheet, amount_fields
from reports.watched import NO_METRICS, Metrics, Scope, Targets, Watched, ever_watched
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
    Column("spend_net", Kind.MONEY, only=Form.FILE),
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
    metrics: Metrics = NO_METRICS,
    costs: Costs | None = None,
) -> Report:
    """Return the hours of the business dates `span`, both included, by client, watch and hour.

    An hour without a row was not measured. Six queries, however many watches.
    """
    watches = ever_watched(engine, scope, now)
    keys = [watch.id for watch in watches]
    rows_of = costs or CostReader(engine)
    hours, days = rows_of.dated_hours(keys, *span), rows_of.days(keys, *span)
    targets = Targets(engine, keys)
    net = {watch.id: watch.sides.are_net(metrics) for watch in watches}
    rows = [
        {**row, "net_results": net[watch.id]}
        for watch in watches
        for row in hour_rows(watch, hours.get(watch.id, ()), days.get(watch.id, ()), targets, now)
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


def hour_rows(
    watch: Watched,
    hours: Sequence[HourCost],
    days: Sequence[DayCost],
    targets: Targets,
    now: datetime,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a watch's hours, each beside the target that held when it ended."""
    final = {one.business_date for one in days if one.is_final}
    for hour in hours:
        target = targets.at(watch.id, min(hour.hour_at + _HOUR - _TICK, now))
        yield {
            "client": watch.client,
            "watch": watch.watch,
            "label": watch.label,
            "currency": watch.sides.currency,
            "target": target,
            "date": hour.business_date,
            "hour": hour.hour,
            "hour_at": hour.hour_at,
            **amount_fields(amounts_of_one(hour), target),
            "provisional": hour.business_date not in final,
        }
