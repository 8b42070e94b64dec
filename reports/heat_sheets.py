"""The heat table of one watch: date by hour, a week at a time where it has to fit a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from domain.person import Language
from reports import words
from reports.report import Column, Form, Kind, Row, Sheet
from reports.words import Both

_WEEK = 7
_HOURS = range(24)
_FIELDS = ("unit_cost", "spend", "results", "unpaired_spend", "mark", "estimated")
_ONE_DAY = timedelta(days=1)


def heat_sheets(
    hours: Sequence[Row], span: tuple[date, date], currency: str, language: Language
) -> Iterator[Sheet]:
    """Yield the table for each kind of form, from the rows of the hourly report.

    Terminals get a block of hours by dates for each week, pages and workbooks one of dates by
    hours.
    """
    cells = {(row["date"], row["hour"]): row for row in hours}
    measured = {row["date"] for row in hours}
    if not cells:
        return
    dates = [span[0] + number * _ONE_DAY for number in range((span[1] - span[0]).days + 1)]
    late = {row["date"] for row in hours if row["provisional"]}
    title = words.HEAT.say(language)
    for first in range(0, len(dates), _WEEK):
        week = dates[first : first + _WEEK]
        if measured & set(week):
            yield _by_hour(cells, week, late, currency, title)
            title = ""
    yield _by_date(cells, dates, late, currency, words.HEAT.say(language))


def _by_hour(
    cells: Mapping[tuple[date, int], Row],
    dates: Sequence[date],
    late: set[date],
    currency: str,
    title: str,
) -> Sheet:
    columns = [Column("hour", Kind.HOUR)]
    columns += [Column(f"{on}_unit_cost", Kind.HEAT, named=_named(on, late)) for on in dates]
    rows = [
        {
            "hour": hour,
            "currency": currency,
            **{name: value for on in dates for name, value in _fields(cells, on, hour, f"{on}_")},
        }
        for hour in _HOURS
    ]
    return Sheet("heat", tuple(columns), rows, Form.TABLE, title)


def _by_date(
    cells: Mapping[tuple[date, int], Row],
    dates: Sequence[date],
    late: set[date],
    currency: str,
    title: str,
) -> Sheet:
    columns = [Column("date", Kind.DATE), Column("provisional", Kind.PROVISIONAL)]
    columns += [
        Column(f"{hour:02d}_unit_cost", Kind.HEAT, named=Both(f"{hour:02d}", f"{hour:02d}"))
        for hour in _HOURS
    ]
    columns += [
        Column(
            f"{hour:02d}_mark",
            Kind.TEXT,
            only=Form.XLSX,
            named=Both(f"{hour:02d} 표시", f"{hour:02d} mark"),
            folded=True,
        )
        for hour in _HOURS
    ]
    rows = [
        {
            "date": on,
            "provisional": on in late if any((on, hour) in cells for hour in _HOURS) else None,
            "currency": currency,
            **{
                name: value
                for hour in _HOURS
                for name, value in _fields(cells, on, hour, f"{hour:02d}_")
            },
        }
        for on in dates
    ]
    return Sheet("heat", tuple(columns), rows, Form.HTML | Form.XLSX, title)


def _fields(
    cells: Mapping[tuple[date, int], Row], on: date, hour: int, prefix: str
) -> Iterator[tuple[str, Any]]:
    found = cells.get((on, hour), {})
    for field in _FIELDS:
        if field in found:
            yield f"{prefix}{field}", found[field]


def _named(on: date, late: set[date]) -> Both:
    """Return the heading of a date; one that may still change says so."""
    ko, en = (words.day(on, language) for language in (Language.KOREAN, Language.ENGLISH))
    if on not in late:
        return Both(ko, en)
    return Both(f"{ko} {words.PROVISIONAL.ko}", f"{en} {words.PROVISIONAL.en}")
