"""`danga site load`: what a site received from us, to be shown to the platform."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer, Printer, Row

if TYPE_CHECKING:
    from domain.policy import SitePolicy
    from reports.site_load import Load, SiteLoad

SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help="A site of danga.yaml.")]
_COLUMNS = {
    "begins": "from",
    "requests": "requests",
    "peak_minute": "most in a minute",
    "visits": "visits",
    "pages": "pages",
    "sign_ins": "sign-ins",
    "refusals": "refusals",
    "megabytes": "MB",
}
_HEADER = """\
{site} 자동 수집 부하 보고 ({since} ~ {until}, {zone})
귀사의 서비스에 저희가 보낸 요청을 있는 그대로 정리했습니다.
모든 요청은 광고주가 이 목적으로 제공한 로그인으로만 이루어지며, 아래 한도를 넘지 않습니다.
불편을 드렸다면 사과드리며, 요청하시면 바로 중지합니다.

Load of automated reading on {site} ({since} to {until}, {zone})
This is what your service received from us, as we counted it. Every request was made with logins
that our clients gave us for this purpose, within the limits below. We are sorry for any trouble;
we stop at once when you ask us to.
"""


class Format(StrEnum):
    """How the report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def add_to(group: typer.Typer) -> None:
    """Add the command to the group `site`."""
    lines = ("danga site load moment", "danga site load moment --days 30 --format csv > load.csv")
    command(group, "load", epilog=examples(*lines))(load)


def load(
    door: Door,
    site: SiteArgument,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Today included.")] = 7,
    format_: Annotated[
        Format, typer.Option("--format", help="csv: a line per hour; json: everything.")
    ] = Format.TABLE,
) -> None:
    """Say what SITE received from us: requests by day and hour, peaks, visits, sign-ins, refusals.

    From the rows of visits, over all machines and logins, with the budget in force and what was
    paused or stopped. Trials and sign-ins by a person are not visits, and stand in the audit.
    """
    from reports.site_load import site_load
    from storage.sites import SiteBook

    with door.engine() as engine:
        SiteBook(engine).get(site)
        found = site_load(engine, site, days, door.settings.zone, door.clock.now())
    if door.as_json or format_ is Format.JSON:
        Printer(as_json=True, zone=door.settings.zone).document(_document(found))
    elif format_ is Format.CSV:
        _write_csv(found.hours)
    else:
        _show(door, found)


def _document(found: SiteLoad) -> dict[str, Any]:
    return {
        "site": found.site,
        "time_zone": str(found.zone),
        "since": found.since,
        "until": found.until,
        "total": _row(found.total),
        "days": [_row(day) for day in found.days],
        "hours": [_row(hour) for hour in found.hours],
        "proxies": found.proxies,
        "budgets": [
            {"since": one.since, "until": one.until, **_budget(one.policy)}
            for one in found.policies
        ],
        "halts": [
            {"at": line.at, "action": line.deed.action, "by": line.actor.name}
            for line in reversed(found.halts)
        ],
    }


def _row(load: Load) -> Row:
    return {
        "begins": load.begins,
        "requests": load.requests,
        "peak_minute": load.peak_minute,
        "visits": load.visits,
        "pages": load.pages,
        "sign_ins": load.sign_ins,
        "refusals": load.refusals,
        "bytes_received": load.bytes_received,
        "megabytes": round(load.bytes_received / 1_000_000),
    }


def _budget(policy: SitePolicy) -> dict[str, Any]:
    budget = policy.budget
    quiet = budget.quiet and f"{budget.quiet.begin:%H:%M}-{budget.quiet.end:%H:%M}"
    return {
        "requests_per_second": budget.requests_per_second,
        "burst": budget.burst,
        "concurrent_visits": budget.concurrent_visits,
        "requests_per_day": budget.requests_per_day,
        "quiet": quiet,
    }


def _write_csv(hours: Sequence[Load]) -> None:
    columns = [name for name in _COLUMNS if name != "megabytes"] + ["bytes_received"]
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for hour in hours:
        writer.writerow({**_row(hour), "begins": hour.begins.isoformat()})


def _show(door: Door, found: SiteLoad) -> None:
    since, until = (
        f"{at.astimezone(found.zone):%Y-%m-%d %H:%M}" for at in (found.since, found.until)
    )
    door.say(_HEADER.format(site=found.site, since=since, until=until, zone=found.zone))
    nothing = "Nothing was sent. 보낸 요청이 없습니다."
    door.show(Answer("days", _COLUMNS, [_row(day) for day in found.days], nothing=nothing))
    for line in _sentences(found):
        door.say(line)


def _sentences(found: SiteLoad) -> Iterator[str]:
    total, peak = found.total, found.peak_hour
    if peak is not None:
        yield (
            f"\nTotal: {total.requests:,} requests in {total.visits:,} visits, "
            f"{total.sign_ins:,} sign-ins, {total.refusals:,} refusals; most in an hour "
            f"{peak.requests:,} ({peak.begins:%Y-%m-%d %H:%M}), in a minute {total.peak_minute:,}."
        )
    yield f"Addresses besides our own: {found.proxies} proxies."
    for one in found.policies:
        budget = _budget(one.policy)
        yield (
            f"Limit since {one.since.astimezone(found.zone):%Y-%m-%d %H:%M}: over any T seconds "
            f"{budget['requests_per_second']:g} x T + {budget['burst']} requests, "
            f"{budget['requests_per_day']:,} a day, {budget['concurrent_visits']} visits at a time"
            + (f", none {budget['quiet']}." if budget["quiet"] else ".")
        )
    for line in reversed(found.halts):
        at = line.at.astimezone(found.zone)
        yield f"{at:%Y-%m-%d %H:%M} {line.deed.action} by {line.actor.name}"
