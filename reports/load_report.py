"""`danga report load`: how much each site received from us, day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from domain.person import Language
from reports import words
from reports.report import Column, Form, Kind, Report, Row, Sheet
from reports.site_load import Load, SiteLoad

COLUMNS = (
    Column("site", Kind.TEXT),
    Column("date", Kind.DATE),
    Column("requests", Kind.COUNT),
    Column("peak_minute", Kind.COUNT),
    Column("visits", Kind.COUNT),
    Column("pages", Kind.COUNT),
    Column("sign_ins", Kind.COUNT),
    Column("refusals", Kind.COUNT),
    Column("bytes_received", Kind.COUNT, only=Form.FILE),
    Column("megabytes", Kind.COUNT, only=Form.SCREEN),
)


def load_report(
    loads: Iterable[SiteLoad], span: tuple[date, date], language: Language, zone: ZoneInfo
) -> Report:
    """Return the days of `span`, both included, site by site; days without a request are out."""
    rows = [
        load_row(one.site, day)
        for one in loads
        for day in one.days
        if span[0] <= day.begins.date() <= span[1]
    ]
    shown = words.span(*span)
    return Report(
        title=words.TITLES["load"].say(language, span=shown),
        sheets=(Sheet("days", COLUMNS, rows),),
        language=language,
        zone=zone,
        nothing=words.NOTHING_SENT.say(language, span=shown),
        notes=(words.LOAD_MORE.say(language),),
    )


def load_row(site: str, day: Load) -> Row:
    """Return a day's row."""
    return {
        "site": site,
        "date": day.begins.date(),
        "requests": day.requests,
        "peak_minute": day.peak_minute,
        "visits": day.visits,
        "pages": day.pages,
        "sign_ins": day.sign_ins,
        "refusals": day.refusals,
        "bytes_received": day.bytes_received,
        "megabytes": round(day.bytes_received / 1_000_000),
    }
