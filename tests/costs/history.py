"""Write down the history of a watch in a few lines: who read what, when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from costs.calculator import compute
from costs.member import Member, Side
from costs.rows import HourCost, SlotCost, WatchCosts
from costs.watch_series import WatchSeries
from domain.business_day import BusinessDay
from domain.entity import EntityKey, EntityKind
from domain.metric import Metric, MetricKind, Unit
from domain.reading import Reading

SEOUL = ZoneInfo("Asia/Seoul")
SPEND = Metric("spend", MetricKind.DAILY_CUMULATIVE, Unit.MONEY)
CONVERSIONS = Metric("conversions", MetricKind.DAILY_CUMULATIVE, Unit.COUNT)
SIGN_UPS = Metric("sign_ups", MetricKind.LIFETIME_CUMULATIVE, Unit.COUNT)
FRIENDS = Metric("friends", MetricKind.GAUGE, Unit.COUNT)

THE_DAY = date(2026, 3, 3)
NEXT_DAY = date(2026, 3, 4)


def at(clock: str, day: date = THE_DAY, zone: ZoneInfo = SEOUL) -> datetime:
    """Return a moment of the day on the wall of `zone`, in UTC.

    >>> at("09:20").isoformat()
    '2026-03-03T00:20:00+00:00'
    """
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone).astimezone(
        UTC
    )


def ad(name: str, site: str = "moment") -> EntityKey:
    return EntityKey(site, "acc-1", EntityKind.CREATIVE, name)


CHANNEL = EntityKey("channel", "shop", EntityKind.CHANNEL, "shop")


@dataclass
class History:
    """Collects members and readings; `costs()` computes them."""

    zone: ZoneInfo = SEOUL
    days: dict[str, BusinessDay] = field(
        default_factory=lambda: {"moment": BusinessDay(SEOUL), "channel": BusinessDay(SEOUL)}
    )
    members: list[Member] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def spends(self, entity: EntityKey, metric: Metric = SPEND, **times: datetime) -> Metric:
        return self._join(Side.SPEND, entity, metric, times)

    def gains(self, entity: EntityKey, metric: Metric, **times: datetime) -> Metric:
        return self._join(Side.RESULTS, entity, metric, times)

    def _join(
        self, side: Side, entity: EntityKey, metric: Metric, times: dict[str, datetime]
    ) -> Metric:
        times.setdefault("valid_from", at("00:00"))
        self.members.append(Member(entity, metric, side, **times))
        return metric

    def read(
        self,
        slot_at: datetime,
        entity: EntityKey,
        metric: Metric,
        value: int,
        day: date | None = None,
    ) -> None:
        """Add a reading; `day` is the date the page shows, by default the clock's."""
        shown = day or self.days[entity.site].date_of(slot_at)
        observed_at = slot_at + timedelta(seconds=20)
        self.readings.append(Reading(entity, metric.name, shown, value, slot_at, observed_at))

    def observed_later(self, by: timedelta) -> None:
        """Let the last reading have been seen later than planned."""
        late = self.readings[-1]
        self.readings[-1] = replace(late, observed_at=late.observed_at + by)

    def series(self) -> WatchSeries:
        return WatchSeries(tuple(self.members), tuple(self.readings), self.days, self.zone)

    def costs(self) -> WatchCosts:
        return compute(self.series())

    def slot(self, slot_at: datetime) -> SlotCost:
        """Return the row of a slot.

        Raises:
            KeyError: the slot has none.
        """
        return {row.slot_at: row for row in self.costs().slots}[slot_at]

    def hour(self, hour_at: datetime) -> HourCost:
        """Return the row of an hour.

        Raises:
            KeyError: the hour has none.
        """
        return {row.hour_at: row for row in self.costs().hours}[hour_at]


def one_ad_one_site() -> History:
    """A watch of one ad: its spend over its own conversions."""
    history = History()
    history.spends(ad("a"))
    history.gains(ad("a"), CONVERSIONS)
    return history


def one_ad_one_channel() -> History:
    """A watch over two sites: an ad's spend over the friends that a channel gains."""
    history = History()
    history.spends(ad("a"))
    history.gains(CHANNEL, FRIENDS)
    return history


def read_both(history: History, slot_at: datetime, spend: int, results: int) -> None:
    """Read the ad's spend and the other side's results in one slot."""
    history.read(slot_at, ad("a"), SPEND, spend)
    other = next(member for member in history.members if member.side is Side.RESULTS)
    history.read(slot_at, other.entity, other.metric, results)
