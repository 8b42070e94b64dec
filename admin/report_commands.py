"""`danga report`: unit costs now, by the hour and by the day, and how fresh they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from admin import explain_command
from admin.door import Door, amiss
from admin.report_options import (
    DaysOfOne,
    DaysOfSites,
    DaysOfWatches,
    KnownWatches,
    OfWatches,
    reporting,
    require_names,
)
from domain.business_day import BusinessDay

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from reports.watched import Metrics


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Unit costs.")
    app.add_typer(group, name="report")
    reporting(
        group,
        KnownWatches,
        "danga report now",
        "danga report now --owner 김지은 --lang en",
        "danga report now --out now.xlsx",
    )(now)
    reporting(
        group,
        DaysOfWatches,
        "danga report hourly",
        "danga report hourly --date 2026-03-03 --watch NAME",
        "danga report hourly --from 2026-03-01 --to 2026-03-07 --out hours.csv",
    )(hourly)
    reporting(
        group,
        DaysOfWatches,
        "danga report daily",
        "danga report daily --from 2026-03-01 --to 2026-03-31 --client 봄꽃마켓 --out march.xlsx",
    )(daily)
    reporting(
        group,
        DaysOfOne,
        "danga report watch '봄꽃 친구 추가'",
        "danga report watch '봄꽃 친구 추가' --from 2026-03-01 --out watch.xlsx",
    )(watch)
    reporting(group, OfWatches, "danga report freshness", "danga report freshness --owner 김지은")(
        freshness
    )
    explain_command.add_to(group)
    reporting(group, DaysOfSites, "danga report load", "danga report load --from 2026-03-01")(load)


def now(door: Door, asked: KnownWatches) -> None:
    """Show each watch's unit cost of the last hour and of today.

    Exit code 1 where a watch has no reading yet, waits for a person or cannot be computed.
    """
    from reports.now_report import is_amiss, now_report
    from reports.standing import standings

    output, moment = asked.output(door), asked.moment(door)
    with door.engine() as engine:
        require_names(engine, asked)
        found = standings(
            engine,
            moment,
            _day(door),
            owner=asked.owner,
            client=asked.client,
            watch=asked.watch,
            metrics=_metrics(door, engine),
            costs=asked.costs(door, engine),
        )
    report = now_report(found, moment, output.language, door.settings.zone)
    output.show(report)
    if any(is_amiss(row) for sheet in report.sheets for row in sheet.rows):
        raise amiss()


def hourly(door: Door, asked: DaysOfWatches) -> None:
    """Show a business date hour by hour, or several. An hour without a row was not measured."""
    from reports.hourly_report import hourly_report

    output, moment, day = asked.output(door), asked.moment(door), _day(door)
    span = asked.span(day.date_of(moment), 1)
    with door.engine() as engine:
        require_names(engine, asked)
        metrics, costs = _metrics(door, engine), asked.costs(door, engine)
        report = hourly_report(
            engine, asked.scope, span, moment, day, output.language, metrics, costs
        )
    output.show(report)


def daily(door: Door, asked: DaysOfWatches) -> None:
    """Show dates and their sums; by default the last 7 days."""
    from reports.daily_report import daily_report

    output, moment, day = asked.output(door), asked.moment(door), _day(door)
    span = asked.span(day.date_of(moment), 7)
    with door.engine() as engine:
        require_names(engine, asked)
        metrics, costs = _metrics(door, engine), asked.costs(door, engine)
        report = daily_report(
            engine, asked.scope, span, moment, day, output.language, metrics, costs
        )
    output.show(report)


def watch(door: Door, asked: DaysOfOne) -> None:
    """Show one watch: now, compared, by day, and date by hour; by default the last 7 days."""
    from reports.standing import standings
    from reports.watch_report import WatchFacts, watch_report
    from reports.watched import Scope, Targets, ever_watched

    output, moment, day = asked.output(door), asked.moment(door), _day(door)
    span = asked.span(day.date_of(moment), 7)
    with door.engine() as engine:
        require_names(engine, asked)
        (one,) = ever_watched(engine, Scope(watch=asked.watch), moment)
        metrics, costs = _metrics(door, engine), asked.costs(door, engine)
        standing = standings(engine, moment, day, watch=asked.watch, metrics=metrics, costs=costs)
        facts = WatchFacts(
            one,
            next(iter(standing), None),
            costs.dated_hours([one.id], *span).get(one.id, ()),
            costs.days([one.id], *span).get(one.id, ()),
            Targets(engine, [one.id]),
            moment,
            day,
            metrics,
        )
    output.show(watch_report(facts, span, output.language))


def freshness(door: Door, asked: OfWatches) -> None:
    """Show when each account was read last, what its login waits for, and today's slots.

    Exit code 1 where a login waits for a person, an account was not read for two slots, or a
    watch cannot be computed.
    """
    from reports.freshness import freshness as freshness_of
    from reports.freshness_report import freshness_report, is_amiss
    from reports.watched import watched
    from storage.watch_troubles import watch_troubles

    output, moment = asked.output(door), door.clock.now()
    with door.engine() as engine:
        require_names(engine, asked)
        found = freshness_of(engine, asked.scope, moment, _day(door))
        chosen = {one.id for one in watched(engine, asked.scope, moment)}
        troubles = [one for key, one in watch_troubles(engine).items() if key in chosen]
    report = freshness_report(found, troubles, moment, output.language, door.settings.zone)
    output.show(report)
    if troubles or any(is_amiss(row) for sheet in report.sheets for row in sheet.rows):
        raise amiss()


def load(door: Door, asked: DaysOfSites) -> None:
    """Show what each site received from us, day by day; by default of the last 7 days.

    From the rows of visits, over all machines, by the database's clock.
    """
    from reports.load_report import load_report
    from reports.site_load import site_load
    from storage.database_clock import database_now
    from storage.sites import SiteBook
    from storage.transaction import reading

    output, zone = asked.output(door), door.settings.zone
    with door.engine() as engine:
        require_names(engine, asked)
        with reading(engine) as connection:
            today = database_now(connection).astimezone(zone).date()
        span = asked.span(today, 7)
        names = [asked.site] if asked.site else [site.name for site in SiteBook(engine).all()]
        days = (today - span[0]).days + 1
        loads = [site_load(engine, name, days, zone, door.clock.now()) for name in names]
    output.show(load_report(loads, span, output.language, zone))


def _metrics(door: Door, engine: Engine) -> Metrics:
    """What the classes of the sites declare: it says which results are net."""
    from workers.house import House
    from workers.settling import site_facts

    return site_facts(House(door.settings, engine)).metrics


def _day(door: Door) -> BusinessDay:
    return BusinessDay(door.settings.zone)
