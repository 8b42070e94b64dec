"""Random worlds: two sites over three days, with everything that goes wrong.

A world knows the truth of every slot, and which of it was read. Dates turn late, ads come, rest
and return, figures are corrected, slots are missed, past days are read again or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from costs.member import Member, Side
from costs.plausibility import Limits
from costs.watch_series import WatchSeries
from domain.business_day import BusinessDay
from domain.entity import EntityKey
from domain.metric import Metric, MetricKind
from domain.reading import Reading
from tests.costs.history import CHANNEL, CONVERSIONS, FRIENDS, SEOUL, SIGN_UPS, SPEND, ad

SeriesKey = tuple[EntityKey, str]
FIRST_DAY = date(2026, 3, 3)
FIRST = datetime(2026, 3, 3, tzinfo=SEOUL).astimezone(UTC)
SLOT = timedelta(minutes=20)
_CLOCKS = (0, 1, 2, 3, 7, 8, 9, 23, 24, 25, 36, 37, 38, 39, 60, 66, 67, 68, 69, 70, 71)
SLOTS = tuple(FIRST + day * timedelta(days=1) + at * SLOT for day in range(3) for at in _CLOCKS)
_DAY_BEFORE = timedelta(days=1)
NEVER_HELD = Limits(floor_money=10**12, floor_count=10**12)
EASILY_HELD = Limits(rise_times=1, floor_money=20, floor_count=2, move_percent=10)


@dataclass(frozen=True)
class World:
    """`seen` is what was read at each slot: series -> (date on the page, value)."""

    seed: int
    members: tuple[Member, ...] = field(repr=False)
    days: dict[str, BusinessDay] = field(repr=False)
    seen: dict[datetime, dict[SeriesKey, tuple[date, int]]] = field(repr=False)
    finals: dict[tuple[SeriesKey, date], int] = field(repr=False)
    looks_back: tuple[Reading, ...] = field(repr=False)

    def readings(self) -> list[Reading]:
        current = [
            Reading(key[0], key[1], day, value, slot_at, slot_at)
            for slot_at, frame in self.seen.items()
            for key, (day, value) in frame.items()
        ]
        return [*current, *self.looks_back]

    def series(self, limits: Limits = NEVER_HELD) -> WatchSeries:
        return WatchSeries(
            self.members, tuple(self.readings()), self.days, SEOUL, SLOT, limits=limits
        )


def worlds(*, joins: bool = True, all_final: bool = False) -> st.SearchStrategy[World]:
    """Draw worlds by seed; without `joins` all members are there all the time."""
    # A seeded dice rather than drawn choices: every world is full of trouble, none is minimal.
    return st.integers(0, 2**64).map(lambda seed: world(seed, joins=joins, all_final=all_final))


def world(seed: int, *, joins: bool = True, all_final: bool = False) -> World:
    """Make the world of a seed."""
    dice = Random(seed)
    slots = sorted(dice.sample(SLOTS, dice.randint(2, 40)))
    zones = {"moment": SEOUL, "channel": dice.choice([SEOUL, ZoneInfo("Asia/Kolkata")])}
    days = {site: BusinessDay(zone) for site, zone in zones.items()}
    ads = [ad(name) for name in "abc"[: dice.randint(1, 3)]]
    gained = dice.choice([CONVERSIONS, SIGN_UPS, FRIENDS])
    results = [CHANNEL] if gained is FRIENDS or dice.random() < 0.3 else ads
    lines = [(Side.SPEND, each, SPEND) for each in ads]
    lines += [(Side.RESULTS, each, gained) for each in results]
    members = []
    # A die of its own: the worlds that found faults stay the same. Of the date before the first
    # there are final figures only.
    since = SLOTS[0] - Random(-seed - 1).choice([timedelta(), timedelta(hours=5), _DAY_BEFORE])
    for side, entity, metric in lines:
        whole = Member(entity, metric, side, since)
        members += _memberships(dice, whole, slots) if joins else [whole]
    teller = _Teller(dice, days, all_final=all_final)
    only_followed = dice.random() < 0.8
    for _, entity, metric in lines:
        own = [m for m in members if (m.entity, m.metric) == (entity, metric)]
        readable = [s for s in slots if not only_followed or any(m.valid_at(s) for m in own)]
        teller.tell(entity, metric, slots, frozenset(readable))
    return World(seed, tuple(members), days, teller.seen, teller.finals, tuple(teller.looks_back))


def _memberships(dice: Random, whole: Member, slots: list[datetime]) -> list[Member]:
    if len(slots) < 4 or dice.random() < 0.5:
        return [whole]
    cuts = sorted(dice.sample(slots[1:], 3))
    born = dice.choice([None, slots[slots.index(cuts[0]) - 1], dice.choice(slots)])
    begins = replace(whole, valid_from=cuts[0], born_after=born)
    if dice.random() < 0.4:
        return [begins]
    rests = replace(begins, valid_to=cuts[1])
    return [rests] if dice.random() < 0.5 else [rests, replace(begins, valid_from=cuts[2])]


@dataclass
class _Teller:
    """Lets each series live through the slots and notes what was read of it."""

    dice: Random
    days: dict[str, BusinessDay]
    all_final: bool

    def __post_init__(self) -> None:
        self.seen: dict[datetime, dict[SeriesKey, tuple[date, int]]] = {}
        self.finals: dict[tuple[SeriesKey, date], int] = {}
        self.looks_back: list[Reading] = []
        self.late = {site: timedelta(minutes=self.dice.choice([0, 3, 30])) for site in self.days}
        self.missed = {site: self.dice.choice([0.0, 0.1, 0.3]) for site in self.days}
        self.away = {
            (site, slot_at)
            for site, share in self.missed.items()
            for slot_at in SLOTS
            if self.dice.random() < share
        }

    def tell(
        self,
        entity: EntityKey,
        metric: Metric,
        slots: list[datetime],
        readable: frozenset[datetime],
    ) -> None:
        key, value = (entity, metric.name), self.dice.randrange(50)
        daily = metric.kind is MetricKind.DAILY_CUMULATIVE
        last: dict[date, int] = {}
        for slot_at in slots:
            shown = self.days[entity.site].date_of(slot_at - self.late[entity.site])
            if daily and shown not in last:
                value = self.dice.choice([0, 0, 5, 60])
            value += self.dice.choice([0, 1, 7, 30, 30, 400, -9])
            last[shown] = value
            away = (entity.site, slot_at) in self.away or self.dice.random() < 0.02
            if slot_at in readable and not away:
                self.seen.setdefault(slot_at, {})[key] = (shown, value)
        self._settle(key, last)

    def _settle(self, key: SeriesKey, last: dict[date, int]) -> None:
        """Read the past days' figures again: once, twice or (unless told to) not at all."""
        day = self.days[key[0].site]
        for past in (FIRST_DAY + timedelta(days=ahead) for ahead in range(-1, 3)):
            value = last.get(past, 40)
            for hours in range(self.dice.choice([1, 2] if self.all_final else [0, 1, 1, 2])):
                value += self.dice.choice([0, 3, -1])
                looked_at = day.settled(past) + timedelta(hours=1 + hours)
                self.finals[key, past] = value
                self.looks_back.append(Reading(*key, past, value, looked_at, looked_at))
