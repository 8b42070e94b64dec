"""`danga report`: unit costs now, by the hour and by the day, and how fresh they are."""

from __future__ import annotations

import typer

from admin.door import Door, amiss
from admin.report_options import DaysOfWatches, OfWatches, reporting, require_names
from domain.business_day import BusinessDay


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Unit costs.")
    app.add_typer(group, name="report")
    reporting(
        group,
        OfWatches,
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


def now(door: Door, asked: OfWatches) -> None:
    """Show each watch's unit cost of the last hour and of today.

    Exit code 1 where a watch has no reading yet or waits for a person.
    """
    from reports.now_report import is_amiss, now_report
    from reports.standing import standings

    output, moment = asked.output(door), door.clock.now()
    with door.engine() as engine:
        require_names(engine, asked)
        found = standings(
            engine, moment, _day(door), owner=asked.owner, client=asked.client, watch=asked.watch
        )
    report = now_report(found, moment, output.language, door.settings.zone)
    output.show(report)
    if any(is_amiss(row) for sheet in report.sheets for row in sheet.rows):
        raise amiss()


def hourly(door: Door, asked: DaysOfWatches) -> None:
    """Show a business date hour by hour, or several. An hour without a row was not measured."""
    from reports.hourly_report import hourly_report

    output, moment, day = asked.output(door), door.clock.now(), _day(door)
    span = asked.span(day.date_of(moment), 1)
    with door.engine() as engine:
        require_names(engine, asked)
        output.show(hourly_report(engine, asked.scope, span, moment, day, output.language))


def _day(door: Door) -> BusinessDay:
    return BusinessDay(door.settings.zone)
