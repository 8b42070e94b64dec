"""What happens to ads, days and channels: read from `--events FILE` or POST /_demo/events.

    {"events": [
      {"type": "create_ad", "account": "1001", "at": "2026-03-03T11:00", "id": "c1001-99"},
      {"type": "end_ad", "ad": "c1001-01", "at": "2026-03-03T12:00"},
      {"type": "delete_ad", "ad": "c1001-02", "at": "2026-03-03T12:00"},
      {"type": "refund", "ad": "c1001-03", "at": "2026-03-03T15:10", "won": 500},
      {"type": "restate", "ad": "c1001-03", "at": "2026-03-04T07:00", "spend": -300,
       "conversions": 2},
      {"type": "burn", "ad": "c1001-01", "at": "2026-03-03T14:00", "until": "2026-03-03T18:00",
       "spend_times": 5},
      {"type": "unsubscribe", "channel": "ch501", "at": "2026-03-03T15:10", "people": 25},
      {"type": "late_midnight", "date": "2026-03-04", "minutes": 7}
    ]}

A time without an offset is Seoul's. `id`, `name` and `group` of a new ad may be left out; the
`date` of a restatement is the day before `at` unless named; `late_midnight` names the day
that begins late. A burning ad spends `spend_times` as much (1) and converts nobody, for ever
where no `until` is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from demo.clock import moment, seoul_date
from demo.world import World


@dataclass(frozen=True, slots=True)
class CreateAd:
    """A new creative appears at `at` and starts from zero."""

    account: str
    at: datetime
    id: str | None = None
    name: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class EndAd:
    """An ad stops: it stays listed, and its numbers stand still."""

    ad: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeleteAd:
    """An ad vanishes from every page; its ad group and campaign keep what it spent."""

    ad: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refund:
    """Spend of the business date of `at` falls by `won`."""

    ad: str
    at: datetime
    won: int


@dataclass(frozen=True, slots=True)
class Restate:
    """From `at` on a past date shows other figures (signed differences)."""

    ad: str
    at: datetime
    date: date
    spend: int = 0
    conversions: int = 0


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Friends and subscribers leave a channel."""

    channel: str
    at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class Burn:
    """An ad goes on spending, `spend_times` as much, and brings no conversion until `until`."""

    ad: str
    at: datetime
    until: datetime | None = None
    spend_times: int = 1


@dataclass(frozen=True, slots=True)
class LateMidnight:
    """The platform turns to `date` some minutes late; until then the old day goes on."""

    date: date
    minutes: int


Event = CreateAd | EndAd | DeleteAd | Refund | Restate | Burn | Unsubscribe | LateMidnight


class BadEvent(ValueError):
    """An event of an unknown type, or with fields missing, unknown or unreadable."""


def parse_events(content: Any) -> tuple[Event, ...]:
    """Return the events that a parsed JSON document holds.

    Raises:
        BadEvent: naming the place of the first one that cannot be read.
    """
    listed = content.get("events") if isinstance(content, Mapping) else content
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise BadEvent('expected {"events": [...]}')
    return tuple(_parse(place, one) for place, one in enumerate(listed))


def check_events(world: World, events: Iterable[Event]) -> None:
    """Refuse events that happen to nothing: an ad, account, group or channel nobody has.

    Raises:
        BadEvent: naming the first one.
    """
    listed = tuple(events)
    known = {ad.id for ads in world.ads.values() for ad in ads}
    known |= {event.id for event in listed if isinstance(event, CreateAd) and event.id}
    for event in listed:
        if isinstance(event, CreateAd):
            groups = {ad.group for ad in world.ads.get(event.account, ())}
            fits = bool(groups) and (event.group is None or event.group in groups)
        elif isinstance(event, Unsubscribe):
            fits = event.channel in world.channel_names
        else:
            fits = isinstance(event, LateMidnight) or event.ad in known
        if not fits:
            raise BadEvent(f"nothing on this platform is meant by {event}")


def _parse(place: int, raw: Any) -> Event:
    fields = dict(raw) if isinstance(raw, Mapping) else {}
    kind = fields.pop("type", None)
    if kind not in _READ:
        raise BadEvent(f"events[{place}]: type {kind!r} is none of {', '.join(_READ)}")
    try:
        return _READ[kind](**{name: _value(name, value) for name, value in fields.items()})
    except (TypeError, ValueError) as wrong:
        raise BadEvent(f"events[{place}] ({kind}): {wrong}") from wrong


def _value(name: str, value: Any) -> Any:
    if name in {"at", "until"}:
        return value if value is None else moment(value)
    if name == "date":
        return date.fromisoformat(value)
    if name in {"won", "spend", "conversions", "people", "minutes", "spend_times"}:
        return int(value)
    return value if value is None else str(value)


def _restate(ad: str, at: datetime, **rest: Any) -> Restate:
    day = rest.pop("date", None) or seoul_date(at) - timedelta(days=1)
    return Restate(ad, at, day, **rest)


_READ: dict[str, Callable[..., Event]] = {
    "create_ad": CreateAd,
    "end_ad": EndAd,
    "delete_ad": DeleteAd,
    "refund": Refund,
    "restate": _restate,
    "burn": Burn,
    "unsubscribe": Unsubscribe,
    "late_midnight": LateMidnight,
}
