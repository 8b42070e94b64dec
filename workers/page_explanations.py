"""Keep the readings behind the hours of today and yesterday beside the pages, a small file each.

An hour is written when its amounts are new, the newest first and only so many a round: after a
long pause the files come over some minutes, and the page links what is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from sqlalchemy import Engine

from domain.business_day import BusinessDay
from reports.amounts import Amounts
from reports.page.behind import Behind, Metrics, behind
from reports.page.hours import Hour
from reports.page.render import Explained, explanation_html
from reports.page.sheet import explanations_of
from reports.standing import Standing
from workers.page_folder import PageFolder

MOST_A_ROUND = 300
Noted = dict[str, dict[str, str]]
"""What stands in the folder of an owner: watch -> hour -> digest of the amounts explained."""
_Wanted = tuple[Hour, int]
_ONE_DAY = timedelta(days=1)


@dataclass
class Explanations:
    """Those of one round; `hours` are the hours that the pages show, by watch."""

    engine: Engine
    folder: PageFolder
    hours: Mapping[int, Mapping[Hour, Amounts]]
    metrics: Metrics
    day: BusinessDay
    today: date
    _left: int = field(default_factory=lambda: MOST_A_ROUND)
    _behind: dict[int, dict[Hour, Behind]] = field(default_factory=lambda: defaultdict(dict))

    def keep(
        self, owner: str | None, found: Iterable[Standing], noted: Noted
    ) -> tuple[Noted, bool]:
        """Bring an owner's files up to date; return what stands there, and whether all does.

        Raises:
            OSError: one cannot be written.
        """
        watches = {one.watch_id: one for one in found}
        there = self._swept(owner, watches.keys(), noted)
        due = self._due(watches, there)
        chosen, complete = due[: self._left], len(due) <= self._left
        self._left -= len(chosen)
        self._look_up(chosen)
        for hour, watch in chosen:
            self._write(owner, watches[watch], hour)
            there.setdefault(str(watch), {})[_name(hour)] = self._digest(watch, hour)
        return there, complete

    def _swept(self, owner: str | None, watches: Collection[int], noted: Noted) -> Noted:
        """Remove what no page links any more, and return what is left."""
        days = {self.today.isoformat(), (self.today - _ONE_DAY).isoformat()}
        kept: Noted = {}
        for watch, hours in noted.items():
            place = self._place(owner, int(watch))
            if int(watch) not in watches:
                rmtree(place, ignore_errors=True)
                continue
            kept[watch] = {name: mark for name, mark in hours.items() if name[:10] in days}
            for name in hours.keys() - kept[watch].keys():
                (place / f"{name}.html").unlink(missing_ok=True)
        return kept

    def _due(self, watches: Iterable[int], there: Noted) -> list[_Wanted]:
        """What is new or missing, the newest first."""
        due = [
            (hour, watch)
            for watch in watches
            for hour, amounts in self.hours.get(watch, {}).items()
            if amounts.is_measured
            and hour[0] >= self.today - _ONE_DAY
            and there.get(str(watch), {}).get(_name(hour)) != self._digest(watch, hour)
        ]
        return sorted(due, reverse=True)

    def _look_up(self, chosen: Iterable[_Wanted]) -> None:
        wanted: defaultdict[int, dict[Hour, datetime]] = defaultdict(dict)
        for hour, watch in chosen:
            if hour not in self._behind[watch]:
                wanted[watch][hour] = datetime.combine(hour[0], time(hour[1]), self.day.zone)
        if wanted:
            for watch, found in behind(self.engine, wanted, self.metrics).items():
                self._behind[watch].update(found)

    def _write(self, owner: str | None, one: Standing, hour: Hour) -> None:
        amounts, found = self.hours[one.watch_id][hour], self._behind[one.watch_id][hour]
        text = explanation_html(Explained(one, amounts, found, self.day.zone))
        self.folder.write(self._place(owner, one.watch_id) / f"{_name(hour)}.html", text)

    def _digest(self, watch: int, hour: Hour) -> str:
        amounts = self.hours[watch][hour]
        told = (amounts.spend, amounts.results, amounts.unpaired_spend, sorted(amounts.flags))
        return sha256(repr(told).encode()).hexdigest()[:8]

    def _place(self, owner: str | None, watch: int) -> Path:
        return self.folder.page(owner).parent / explanations_of(watch)


def hours_of(noted: Noted) -> Mapping[int, frozenset[Hour]]:
    """Return the hours whose explanations stand there, by watch."""
    return {int(watch): frozenset(map(_hour, names)) for watch, names in noted.items()}


def _name(hour: Hour) -> str:
    return f"{hour[0].isoformat()}-{hour[1]:02}"


def _hour(name: str) -> Hour:
    day, _, hour = name.rpartition("-")
    return date.fromisoformat(day), int(hour)
