"""`danga report freshness`: how old each account's numbers are, and what they wait for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.person import Language
from reports import words
from reports.freshness import Freshness
from reports.report import Column, Kind, Report, Row, Sheet
from reports.trouble import troubles_told
from storage.watch_troubles import WatchTrouble

COLUMNS = (
    Column("client", Kind.TEXT),
    Column("site", Kind.TEXT),
    Column("account", Kind.TEXT),
    Column("account_name", Kind.TEXT),
    Column("login", Kind.TEXT),
    Column("state", Kind.STATE),
    Column("waits_since", Kind.MOMENT),
    Column("last_reading_at", Kind.MOMENT),
    Column("age_minutes", Kind.MINUTES),
    Column("slots_read", Kind.COUNT),
    Column("slots_due", Kind.COUNT),
    Column("share_read", Kind.PERCENT),
)


def freshness_report(
    found: Iterable[Freshness],
    troubles: Sequence[WatchTrouble],
    now: datetime,
    language: Language,
    zone: ZoneInfo,
) -> Report:
    """Return the report over accounts, in their order, and over watches that are not computed."""
    at = f"{now.astimezone(zone):%Y-%m-%d %H:%M}"
    return Report(
        title=words.TITLES["freshness"].say(language, at=at),
        sheets=(Sheet("accounts", COLUMNS, [_row(one, now) for one in found]),),
        language=language,
        zone=zone,
        nothing=words.NO_ACCOUNTS.say(language),
        facts={"troubles": [_trouble(one) for one in troubles]},
        notes=(
            *troubles_told(troubles, language, zone),
            words.SLOTS_DUE.say(language),
            words.TIMES_ARE_LOCAL.say(language, zone=zone),
        ),
    )


def is_amiss(row: Row) -> bool:
    """Whether a person has to look: its login waits, or it was not read for two slots."""
    return row["waits_since"] is not None or row["stale"]


def _trouble(one: WatchTrouble) -> Row:
    told = {"client": one.client, "watch": one.watch, "since": one.since}
    return {**told, "reason": one.reason, "cure": one.cure}


def _row(one: Freshness, now: datetime) -> Row:
    age = None if one.last_reading_at is None else now - one.last_reading_at
    return {
        "client": one.client,
        "site": one.account.site,
        "account": one.account.external_id,
        "account_name": one.account_name,
        "login": one.login,
        "state": str(one.state),
        "waits_since": one.waits_since,
        "last_reading_at": one.last_reading_at,
        "age_minutes": None if age is None else int(age.total_seconds() // 60),
        "stale": one.is_stale(now),
        "slots_read": one.slots_read,
        "slots_due": one.slots_due,
        "share_read": 100 * one.slots_read // one.slots_due if one.slots_due else None,
    }
