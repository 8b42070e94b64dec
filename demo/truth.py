"""What a perfect reader would report at a moment.

Events and the late midnight are part of the truth; what pages do to their display is not.
Inventory is: an account whose permission is withdrawn has no truth to read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from demo.model import METRICS, Level, Model, Row
from demo.world import User


class Fact(NamedTuple):
    """One value of one metric of one entity."""

    site: str
    account: str
    account_name: str
    kind: str
    external_id: str
    name: str
    metric: str
    business_date: str
    value: int


def facts(
    model: Model, users: list[User], at: datetime, day: date | None, hidden: frozenset[str]
) -> Iterator[Fact]:
    """Yield what `users` could read at `at`: of today, or of the past date `day`."""
    shown = day or model.shown_date(at)
    for user in users:
        for account in user.accounts:
            if account not in hidden:
                yield from _account_facts(model, account, shown, at)
        for channel in user.channels:
            if channel not in hidden:
                yield from _channel_facts(model, channel, shown, at)


def _account_facts(model: Model, account: str, day: date, at: datetime) -> Iterator[Fact]:
    name = model.world.account_names[account]
    for level in Level:
        for row in model.rows(account, level, day, at):
            for metric in METRICS:
                value = _figure(row, metric)
                yield Fact(
                    "moment", account, name, level, row.id, row.name, metric, str(day), value
                )


def _channel_facts(model: Model, channel: str, day: date, at: datetime) -> Iterator[Fact]:
    name = model.world.channel_names[channel]
    people = model.audience(channel, day, at)
    for metric, value in (("friends", people.friends), ("subscribers", people.subscribers)):
        yield Fact("channel", channel, name, "channel", channel, name, metric, str(day), value)


def _figure(row: Row, metric: str) -> int:
    value: int = getattr(row.figures, metric)
    return value
