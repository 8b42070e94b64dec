"""Everything the calculator needs to know about one watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from costs.member import Member
from costs.plausibility import Limits
from costs.terms import MoneyTerms
from domain.business_day import BusinessDay
from domain.reading import Reading
from domain.slot import SLOT

DEFAULT_SKEW = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class WatchSeries:
    """One watch: its members of all times and their readings, in any order.

    `readings` holds the latest revision of each; those of other entities are ignored. `days` is
    keyed by site, as the sites of a watch may turn their day at different moments. `zone` is
    the watch's own: in it the hours are cut. `money` says how its amounts are counted. `slot` is
    the usual distance of two slots, only to tell a `long` interval.
    """

    members: tuple[Member, ...]
    readings: tuple[Reading, ...]
    days: Mapping[str, BusinessDay]
    zone: ZoneInfo
    slot: timedelta = SLOT
    money: MoneyTerms = field(default_factory=MoneyTerms)
    limits: Limits = field(default_factory=Limits)
    skew: timedelta = DEFAULT_SKEW
    begins: datetime | None = None
    """Readings of slots before this only help to judge later ones (`costs.window`)."""
    rows_after: datetime | None = None
    """Rows of slots up to this are not wanted."""
