"""The unit costs a perfect reader would have, worked out the slow and obvious way.

Written from DOMAIN.md alone and on purpose without a line of `costs/`: the bench compares what
Danga stored with what stands here. It takes the demo platform's truth at each slot, what was
missed, and the figures of past days; it walks through the slots and asks of each member, "how
much of each business date has been counted so far, and how much is known now?"

It knows numbers only: no flags, no judgement of implausible values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

Key = Any
"""One number of one thing, however the caller names it, hashable: `(entity, metric)`."""
ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Follow:
    """A line of a watch's definition: `side` is `spend` or `results`, `kind` the metric's kind.

    It holds for slots in [since, until). `born_after` is the last slot at which the thing was
    known not to exist.
    """

    key: Key
    side: str
    kind: str
    zone: ZoneInfo
    since: datetime
    until: datetime | None = None
    born_after: datetime | None = None

    def at(self, slot: datetime) -> bool:
        """Whether the line holds at a slot."""
        return self.since <= slot and (self.until is None or slot < self.until)


@dataclass(frozen=True)
class Truth:
    """What a perfect reader sees.

    `seen[slot][key]` is the business date that the page shows and the value; a thing that is
    not there at that slot is left out. `finals[key, date]` are the settled figures of past days,
    as far as the days have settled.
    """

    seen: Mapping[datetime, Mapping[Key, tuple[date, int]]]
    finals: Mapping[tuple[Key, date], int]


@dataclass(frozen=True)
class Amount:
    """So much between two moments, on a business date if the metric is counted by day."""

    much: int | None
    begin: datetime
    end: datetime
    zone: ZoneInfo
    day: date | None = None


@dataclass(frozen=True)
class Row:
    """What the slot's row has to say; `pieces` are the amounts behind it, by column."""

    slot_at: datetime
    interval_start: datetime
    spend: int | None
    results: int | None
    unit_cost: Decimal | None
    unpaired_spend: int | None
    pieces: Mapping[str, tuple[Amount, ...]]


@dataclass(frozen=True)
class HourRow:
    """What an hour's row has to say; `hour_at` is its beginning in UTC."""

    hour_at: datetime
    spend: int | None
    results: int | None
    unit_cost: Decimal | None
    unpaired_spend: int | None


def expected(
    watch: Sequence[Follow], truth: Truth, missed: Mapping[str, Collection[datetime]]
) -> list[Row]:
    """Return the rows a watch must have; `missed` names the slots that a side did not read."""
    return list(_Reader(watch, truth, missed).rows())


def divided(spend: int | None, results: int | None) -> Decimal | None:
    """Return spend over results with 4 places, where there are results."""
    if spend is None or results is None or results <= 0:
        return None
    return (Decimal(spend) / Decimal(results)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which a date begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True)
class _Reader:
    watch: Sequence[Follow]
    truth: Truth
    missed: Mapping[str, Collection[datetime]]

    def rows(self) -> Iterator[Row]:
        slots = sorted(self.truth.seen)
        paid = [slot for slot in slots if self._complete("spend", slot)]
        pairs = [slot for slot in paid if self._complete("results", slot)]
        lonely = [slot for slot in paid if slot not in pairs]
        yield from self._before_any_pair(lonely, pairs)
        if pairs:
            yield self._first(pairs[0])
        for begin, end in pairwise(pairs):
            yield self._pair(begin, end)
        if pairs and lonely and lonely[-1] > pairs[-1]:
            paired, unpaired = self._side("spend", pairs[-1], lonely[-1])
            yield _row(pairs[-1], lonely[-1], [], [], paired + unpaired)

    def _value(self, line: Follow, slot: datetime) -> tuple[date, int] | None:
        if slot in self.missed.get(line.side, ()):
            return None
        return self.truth.seen.get(slot, {}).get(line.key)

    def _lines(self, side: str) -> list[list[Follow]]:
        """Return the lines of a side, those of the same thing together, oldest first."""
        keys = {line.key: line for line in self.watch if line.side == side}
        return [
            sorted(
                (line for line in self.watch if line.side == side and line.key == key),
                key=lambda line: line.since,
            )
            for key in keys
        ]

    def _complete(self, side: str, slot: datetime) -> bool:
        valid = [line for line in self.watch if line.side == side and line.at(slot)]
        return bool(valid) and all(self._value(line, slot) is not None for line in valid)

    def _now(self, side: str, slot: datetime) -> list[tuple[Follow, date, int]]:
        found = []
        for line in self.watch:
            value = self._value(line, slot)
            if line.side == side and line.at(slot) and value is not None:
                found.append((line, *value))
        return found

    def _before_any_pair(self, lonely: list[datetime], pairs: list[datetime]) -> Iterator[Row]:
        """Yield one row a business date: what was spent on it when it was last read."""
        days = {}
        for slot in lonely:
            if not pairs or slot < pairs[0]:
                days[self._day(slot)] = slot
        if pairs:
            days.pop(self._day(pairs[0]), None)
        for day, slot in days.items():
            today = self._today("spend", slot, day)
            if today:
                yield _row(min(amount.begin for amount in today), slot, [], [], today)

    def _day(self, slot: datetime) -> date:
        return max(day for _, day, _ in self._now("spend", slot))

    def _today(self, side: str, slot: datetime, day: date) -> list[Amount]:
        return [
            Amount(value, min(slot, midnight(day, line.zone)), slot, line.zone, day)
            for line, shown, value in self._now(side, slot)
            if line.kind == "daily_cumulative" and shown == day
        ]

    def _first(self, slot: datetime) -> Row:
        everything = self._now("spend", slot) + self._now("results", slot)
        begins = {midnight(day, line.zone) for line, day, _ in everything}
        daily = all(line.kind == "daily_cumulative" for line, _, _ in everything)
        day = self._day(slot)
        spend = self._today("spend", slot, day)
        begin = min([slot, *(amount.begin for amount in spend)])
        if not daily or len(begins) > 1:
            return _row(begin, slot, [], [], spend)
        results = [
            Amount(value, begin, slot, line.zone, shown)
            for line, shown, value in self._now("results", slot)
        ]
        return _row(begin, slot, spend, results, [])

    def _pair(self, begin: datetime, end: datetime) -> Row:
        spend, unpaired = self._side("spend", begin, end)
        results, _ = self._side("results", begin, end)
        if not spend or not results:
            return _row(begin, end, [], [], spend + unpaired)
        return _row(begin, end, spend, results, unpaired)

    def _side(self, side: str, begin: datetime, end: datetime) -> tuple[list[Amount], list[Amount]]:
        paired: list[Amount] = []
        unpaired: list[Amount] = []
        for lines in self._lines(side):
            amounts, known_from_the_start = self._member(lines, begin, end)
            (paired if known_from_the_start else unpaired).extend(amounts)
        return paired, unpaired

    def _member(
        self, lines: list[Follow], begin: datetime, end: datetime
    ) -> tuple[list[Amount], bool]:
        """Return what one thing adds to (begin, end], and whether it lies wholly in there."""
        line = lines[0]
        history = [
            (slot, *value)
            for slot in sorted(self.truth.seen)
            if (value := self._value(line, slot)) is not None
        ]
        valid = [one for one in history if any(each.at(one[0]) for each in lines)]
        own = [one for one in valid if begin < one[0] <= end]
        if not own:
            return [], True
        last_slot, last_day, last_value = own[-1]
        first_day, first_value = own[0][1:]
        at_begin = self._value(line, begin)
        counted_today = [v for slot, day, v in history if slot <= begin and day == first_day]
        born = line.born_after is not None and line.born_after >= begin
        if at_begin is not None:
            day, counted, known = *at_begin, True
        elif born and not counted_today and line.kind == "daily_cumulative":
            assert line.born_after is not None
            birth = line.born_after.astimezone(line.zone).date()
            day, counted, known = min(birth, last_day), 0, True
        elif counted_today:
            day, counted, known = first_day, counted_today[-1], False
        else:
            start = 0 if line.kind == "daily_cumulative" else first_value
            day, counted, known = first_day, start, False
        if line.kind != "daily_cumulative":
            return [Amount(last_value - counted, begin, last_slot, line.zone)], known
        amounts = []
        while day <= last_day:
            worth = last_value if day == last_day else self.truth.finals.get((line.key, day))
            much = None if worth is None else worth - counted
            amounts.append(Amount(much, begin, last_slot, line.zone, day))
            day, counted = day + ONE_DAY, 0
        return amounts, known


def _sum(amounts: Sequence[int | None]) -> int | None:
    if not amounts or any(much is None for much in amounts):
        return None
    return sum(much or 0 for much in amounts)


def _row(
    begin: datetime,
    slot: datetime,
    spend: list[Amount],
    results: list[Amount],
    unpaired: list[Amount],
) -> Row:
    won, count = (_sum([amount.much for amount in side]) for side in (spend, results))
    alone = _sum([amount.much for amount in unpaired]) if unpaired else 0
    pieces = {"spend": tuple(spend), "results": tuple(results), "unpaired": tuple(unpaired)}
    return Row(slot, begin, won, count, divided(won, count), alone, pieces)


def expected_hours(rows: Sequence[Row], zone: ZoneInfo) -> list[HourRow]:
    """Return the hours that the rows add up to, on the wall of `zone`."""
    columns: dict[datetime, dict[str, list[int | None]]] = {}
    for row in rows:
        for column, amounts in row.pieces.items():
            for (begin, end), much in _by_stretch(amounts).items():
                for hour, share in _shared(much, begin, end, zone):
                    columns.setdefault(hour, {}).setdefault(column, []).append(share)
    hours = []
    for hour in sorted(columns):
        won, count = (_sum(columns[hour].get(side, [])) for side in ("spend", "results"))
        alone = _sum(columns[hour]["unpaired"]) if "unpaired" in columns[hour] else 0
        hours.append(HourRow(hour, won, count, divided(won, count), alone))
    return hours


def _by_stretch(amounts: Sequence[Amount]) -> dict[tuple[datetime, datetime], int | None]:
    stretches: dict[tuple[datetime, datetime], list[int | None]] = {}
    for amount in amounts:
        stretches.setdefault(_stretch(amount), []).append(amount.much)
    return {stretch: _sum(each) for stretch, each in stretches.items()}


def _stretch(amount: Amount) -> tuple[datetime, datetime]:
    """Return the time of an amount, cut to its date; a moment of its last or first hour else."""
    if amount.day is None:
        return amount.begin, amount.end
    opens, closes = (midnight(amount.day + ahead * ONE_DAY, amount.zone) for ahead in (0, 1))
    if amount.end <= opens:
        return opens, opens
    if amount.begin >= closes:
        return closes - MOMENT, closes - MOMENT
    return max(amount.begin, opens), min(amount.end, closes)


def _shared(
    much: int | None, begin: datetime, end: datetime, zone: ZoneInfo
) -> list[tuple[datetime, int | None]]:
    hour = begin.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    hours = [hour]
    while hours[-1] + ONE_HOUR < end:
        hours.append(hours[-1] + ONE_HOUR)
    if much is None or len(hours) == 1:
        return [(each, much) for each in hours]
    whole = (end - begin) // MOMENT
    ideal = [
        Fraction(abs(much) * ((min(end, each + ONE_HOUR) - max(begin, each)) // MOMENT), whole)
        for each in hours
    ]
    return list(zip(hours, _whole(ideal, much), strict=True))


def _whole(ideal: list[Fraction], much: int) -> list[int]:
    """Round to whole numbers that add up: the largest remainders first."""
    shares = [int(each) for each in ideal]
    for _ in range(abs(much) - sum(shares)):
        lost = [each - share for each, share in zip(ideal, shares, strict=True)]
        shares[lost.index(max(lost))] += 1
    return shares if much > 0 else [-share for share in shares]
