"""`danga report watch`: one watch now, compared, by day, and as a heat table of date and hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from costs.rows import DayCost, HourCost
from domain.business_day import BusinessDay
from domain.money import show_money
from domain.person import Language
from reports import words
from reports.amounts import Amounts
from reports.daily_report import day_rows
from reports.heat_sheets import heat_sheets
from reports.hourly_report import COLUMNS as HOUR_COLUMNS
from reports.hourly_report import hour_rows
from reports.report import Column, Form, Kind, Report, Row, Sheet, amount_fields
from reports.standing import Standing
from reports.watched import Metrics, Targets, Watched

SPANS = (
    "last_hour",
    "this_hour",
    "previous_hour",
    "hour_yesterday",
    "hour_last_week",
    "today",
    "yesterday",
)
"""The fields of a standing that are shown below one another."""
_AMOUNTS = (
    Column("unit_cost", Kind.COST),
    Column("mark", Kind.TEXT, only=Form.FILE),
    Column("spend", Kind.MONEY),
    Column("results", Kind.RESULTS),
    Column("unpaired_spend", Kind.MONEY),
)
SPAN_COLUMNS = (Column("span", Kind.SPAN), *_AMOUNTS, Column("flags", Kind.FLAGS))
DAY_COLUMNS = (
    Column("date", Kind.DATE),
    *_AMOUNTS,
    Column("target", Kind.MONEY),
    Column("provisional", Kind.PROVISIONAL),
    Column("flags", Kind.FLAGS),
)


@dataclass(frozen=True, slots=True)
class WatchFacts:
    """What the report is made of. `standing` None: the watch has ended."""

    watch: Watched
    standing: Standing | None
    hours: Sequence[HourCost]
    """Those of the business dates asked for, ascending, as are `days`."""
    days: Sequence[DayCost]
    targets: Targets
    now: datetime
    day: BusinessDay
    metrics: Metrics


def watch_report(facts: WatchFacts, span: tuple[date, date], language: Language) -> Report:
    """Return the report over the business dates `span`, both included."""
    watch, targets, now = facts.watch, facts.targets, facts.now
    net = {"net_results": watch.sides.are_net(facts.metrics)}
    hours = [{**row, **net} for row in hour_rows(watch, facts.hours, facts.days, targets, now)]
    days = [{**row, **net} for row in day_rows(watch, facts.days, targets, now, facts.day)]
    shown = words.span(*span)
    nothing = words.NOTHING_MEASURED.say(language, span=shown)
    return Report(
        title=words.TITLES["watch"].say(
            language, client=facts.watch.client, watch=facts.watch.watch, label=facts.watch.label
        ),
        lead=tuple(_lead(facts, language)),
        sheets=(
            Sheet(
                "spans",
                SPAN_COLUMNS,
                list(_span_rows(facts)),
                only=Form.SCREEN | Form.JSON | Form.XLSX,
                title=words.COMPARED.say(language),
            ),
            *heat_sheets(hours, span, facts.watch.sides.currency, language),
            Sheet(
                "days",
                DAY_COLUMNS,
                days,
                only=Form.SCREEN | Form.JSON | Form.XLSX,
                title=words.DAYS.say(language),
            ),
            Sheet(
                "hours",
                HOUR_COLUMNS,
                hours,
                only=Form.FILE | Form.JSON,
                title=words.HOURS.say(language),
            ),
        ),
        language=language,
        zone=facts.day.zone,
        nothing=nothing,
        notes=(
            *(() if hours else (nothing,)),
            words.LEGEND.say(language),
            words.IN_CURRENCY.say(language, currency=facts.watch.sides.currency),
            words.TIMES_ARE_LOCAL.say(language, zone=facts.day.zone),
        ),
        facts=_document(facts),
    )


def _document(facts: WatchFacts) -> dict[str, Any]:
    watch, standing = facts.watch, facts.standing
    return {
        "client": watch.client,
        "watch": watch.watch,
        "label": watch.label,
        "owners": list(watch.owners),
        "currency": watch.sides.currency,
        "target": watch.target,
        "ended": standing is None,
        "low": standing and standing.low,
        "high": standing and standing.high,
        "last_slot_at": standing and standing.last_slot_at,
        "waiting_logins": list(standing.waiting_logins) if standing else [],
        "waits_since": standing and standing.waits_since,
    }


def _lead(facts: WatchFacts, language: Language) -> Iterator[str]:
    """Yield what is said before the tables; an old number that looks new comes first."""
    standing, currency = facts.standing, facts.watch.sides.currency
    if standing is None:
        yield words.ENDED.say(language)
        return
    if standing.waits_since is not None:
        at = f"{standing.waits_since.astimezone(facts.day.zone):%H:%M}"
        yield words.WAITS.say(language, at=at, logins=", ".join(standing.waiting_logins))
    if standing.last_slot_at is None or standing.age is None:
        yield words.NEVER.say(language)
    else:
        at = f"{standing.last_slot_at.astimezone(facts.day.zone):%Y-%m-%d %H:%M}"
        yield words.LAST_READING.say(language, at=at, age=words.age(standing.age, language))
    yield _against_target(standing, currency, language)


def _against_target(standing: Standing, currency: str, language: Language) -> str:
    parts = [
        words.TARGET.say(language, target=show_money(standing.target, currency))
        if standing.target
        else words.NO_TARGET.say(language)
    ]
    if standing.low is not None:
        low = show_money(standing.low, currency)
        high = None if standing.high is None else show_money(standing.high, currency)
        parts.append(
            words.AT_LEAST.say(language, low=low)
            if high is None
            else words.RANGE.say(language, low=low, high=high)
        )
    return " · ".join(parts)


def _span_rows(facts: WatchFacts) -> Iterator[Row]:
    standing = facts.standing
    if standing is None:
        return
    for name in SPANS:
        found: Amounts = getattr(standing, name)
        yield {
            "span": name,
            "currency": standing.currency,
            "net_results": standing.net_results,
            **amount_fields(found, standing.target),
        }
