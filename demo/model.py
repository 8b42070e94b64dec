"""The value of every number at every moment: a pure function of seed, entity, events, time.

A business date runs from its turn to the next one. Where a midnight comes late, what happens
between the wall's midnight and the turn is booked on the old day, and the new day starts from
zero at the turn: nothing is counted twice, nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from random import Random

from demo.audience import Audience, audience
from demo.clock import midnight, seoul_date
from demo.curve import day_curve
from demo.events import Burn, CreateAd, DeleteAd, EndAd, Event, LateMidnight, Refund, Restate
from demo.world import Ad, Holder, World

DAY = timedelta(days=1)


class Level(StrEnum):
    """The three tables of an account."""

    CAMPAIGN = "campaign"
    AD_GROUP = "ad_group"
    CREATIVE = "creative"


@dataclass(frozen=True, slots=True)
class Figures:
    """Won and counts of one thing on one business date."""

    spend: int = 0
    impressions: int = 0
    clicks: int = 0
    conversions: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.spend + other.spend,
            self.impressions + other.impressions,
            self.clicks + other.clicks,
            self.conversions + other.conversions,
        )


METRICS = ("spend", "impressions", "clicks", "conversions")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    id: str
    name: str
    status: str
    group: str | None
    campaign: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class LiveAd:
    """An ad with the moments of its life, where it has them."""

    ad: Ad
    created: datetime | None = None
    ended: datetime | None = None
    deleted: datetime | None = None

    def exists(self, at: datetime) -> bool:
        """Whether it has been created by `at` (it may have been deleted since)."""
        return self.created is None or self.created <= at

    def listed(self, at: datetime) -> bool:
        """Whether a page shows it at `at`."""
        return self.exists(at) and (self.deleted is None or at < self.deleted)

    def status(self, at: datetime) -> str:
        """Return the word in its status column."""
        if self.ad.paused:
            return "중지"
        return "종료" if self.ended and self.ended <= at else "운영중"

    def clip(self, at: datetime) -> datetime:
        """Return the moment of its life that is nearest to `at`."""
        if self.created and at < self.created:
            return self.created
        stops = [stop for stop in (self.ended, self.deleted) if stop]
        return min([at, *stops])


class Model:
    """`late_minutes` is for every midnight that no event names."""

    def __init__(self, world: World, events: Iterable[Event] = (), late_minutes: int = 0) -> None:
        self.world = world
        self._events = tuple(events)
        self._late = late_minutes
        self._late_on = {e.date: e.minutes for e in self._events if isinstance(e, LateMidnight)}
        self._ended = {e.ad: e.at for e in self._events if isinstance(e, EndAd)}
        self._deleted = {e.ad: e.at for e in self._events if isinstance(e, DeleteAd)}
        self._burns: dict[str, list[Burn]] = {}
        for event in self._events:
            if isinstance(event, Burn):
                self._burns.setdefault(event.ad, []).append(event)

    def turn(self, day: date) -> datetime:
        """Return the moment at which the platform begins `day`."""
        return midnight(day) + timedelta(minutes=self._late_on.get(day, self._late))

    def shown_date(self, at: datetime) -> date:
        """Return the business date that pages show as today at `at`."""
        wall = seoul_date(at)
        return wall if at >= self.turn(wall) else wall - DAY

    def rows(self, account: str, level: Level, day: date, at: datetime) -> list[Row]:
        """Return the whole table of `account` for `day` as it stands at `at`."""
        live = [one for one in self._live(account) if self._began(one, day, at)]
        if level is Level.CREATIVE:
            return [self._ad_row(one, day, at) for one in live if one.listed(at)]
        if level is Level.AD_GROUP:
            return [
                self._sum_row(held, [one for one in live if one.ad.group == held.id], day, at)
                for held in self.world.groups(account)
            ]
        return [
            self._sum_row(held, [one for one in live if one.ad.campaign == held.id], day, at)
            for held in self.world.campaigns(account)
        ]

    def audience(self, channel: str, day: date, at: datetime) -> Audience:
        """Return the people of `channel` at `at`, or at the end of `day` once it is over."""
        seen = min(at, self.turn(day + DAY))
        return audience(self.world.seed, channel, seen, self._events)

    def _began(self, one: LiveAd, day: date, at: datetime) -> bool:
        if one.created is None:
            return True
        return one.created <= at and self.shown_date(one.created) <= day

    def _live(self, account: str) -> Iterator[LiveAd]:
        ads = list(self.world.ads[account])
        born: dict[str, datetime] = {}
        for event in self._events:
            if isinstance(event, CreateAd) and event.account == account:
                ads.append(_new_ad(event, ads))
                born[ads[-1].id] = event.at
        for ad in ads:
            yield LiveAd(ad, born.get(ad.id), self._ended.get(ad.id), self._deleted.get(ad.id))

    def _ad_row(self, one: LiveAd, day: date, at: datetime) -> Row:
        ad, figures = one.ad, self._figures(one, day, at)
        return Row(ad.id, ad.name, one.status(at), ad.group, ad.campaign, figures)

    def _sum_row(self, held: Holder, live: list[LiveAd], day: date, at: datetime) -> Row:
        total = sum((self._figures(one, day, at) for one in live), Figures())
        return Row(held.id, held.name, "운영중", None, held.parent, total)

    def _figures(self, one: LiveAd, day: date, at: datetime) -> Figures:
        if one.ad.paused:
            return Figures()
        own = self._span(one, day, self.turn(day), at)
        tail = self._span(one, day + DAY, midnight(day + DAY), min(at, self.turn(day + DAY)))
        return self._corrected(one.ad.id, day, at, own + tail)

    def _span(self, one: LiveAd, day: date, since: datetime, until: datetime) -> Figures:
        first, last = one.clip(since), one.clip(until)
        if last <= first:
            return Figures()
        plain = self._grown(one.ad.id, day, first, last)
        for burn in self._burns.get(one.ad.id, ()):
            begin, end = max(first, burn.at), last if burn.until is None else min(last, burn.until)
            if begin < end:
                burnt = self._grown(one.ad.id, day, begin, end)
                more = burnt.spend * (burn.spend_times - 1)
                plain += Figures(spend=more, conversions=-burnt.conversions)
        return plain

    def _grown(self, ad: str, day: date, since: datetime, until: datetime) -> Figures:
        """Return what an ad gets between two moments of the wall's `day`."""
        start = midnight(day)
        seconds = (int((since - start).total_seconds()), int((until - start).total_seconds()))
        curves = (
            day_curve(f"{self.world.seed}:{ad}:{metric}", day, total)
            for metric, total in zip(METRICS, _totals(self.world.seed, ad, day), strict=True)
        )
        return Figures(*(curve.at(seconds[1]) - curve.at(seconds[0]) for curve in curves))

    def _corrected(self, ad: str, day: date, at: datetime, plain: Figures) -> Figures:
        spend, conversions = plain.spend, plain.conversions
        for event in self._events:
            if not isinstance(event, Refund | Restate) or event.ad != ad or event.at > at:
                continue
            if isinstance(event, Restate) and event.date == day:
                spend, conversions = spend + event.spend, conversions + event.conversions
            if isinstance(event, Refund) and self.shown_date(event.at) == day:
                spend -= event.won
        return Figures(max(spend, 0), plain.impressions, plain.clicks, max(conversions, 0))


def _new_ad(event: CreateAd, ads: list[Ad]) -> Ad:
    number = len(ads) + 1
    group = event.group or f"g{event.account}-1"
    campaign = next((ad.campaign for ad in ads if ad.group == group), f"k{event.account}-1")
    id_ = event.id or f"c{event.account}-{number:02}"
    return Ad(id_, event.name or f"신규소재_{number:02}", event.account, group, campaign)


@lru_cache(maxsize=50_000)
def _totals(seed: int, ad: str, day: date) -> tuple[int, int, int, int]:
    """Return what an ad that runs all of `day` reaches: spend, impressions, clicks, conversions."""
    size = Random(f"{seed}:{ad}:size").choice((20, 45, 80, 120, 200, 310)) * 1000
    draw = Random(f"{seed}:{ad}:{day}:totals")
    spend = size * draw.randint(700, 1300) // 1000
    impressions = spend // draw.randint(3, 9)
    clicks = impressions * draw.randint(6, 21) // 1000
    return spend, impressions, clicks, spend // draw.randint(3_000, 12_000)
