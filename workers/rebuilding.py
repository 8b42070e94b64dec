"""Compute months of unit costs anew for all watches: look first, then let it count at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import structlog

from domain.audit import Actor, Deed
from domain.business_day import BusinessDay
from domain.errors import BadInput, DangaError, Fault
from domain.month import Month, months
from storage.dated_costs import CostComputer
from storage.errors import DatabaseAway
from storage.month_rows import Difference
from storage.named_lock import named_lock
from storage.readings_kept import kept_since
from storage.rebuilding import CostRebuild
from storage.transaction import reading
from storage.watches import WatchBook, WatchRecord
from workers.house import House
from workers.nearest import suggest
from workers.settling import site_facts, zone_of

log = structlog.get_logger(__name__)

_LOOKS_BACK = timedelta(days=4)
"""So much before its first day a month is computed from."""

_Work = Callable[[int, Month], Difference]


@dataclass(frozen=True, slots=True)
class Span:
    """Which whole months, and of which watch (None: all)."""

    months: tuple[Month, ...]
    watch: str | None

    def __str__(self) -> str:
        """As the audit names it."""
        first, last = self.months[0], self.months[-1]
        of = f" of {self.watch}" if self.watch else ""
        return f"{first}{of}" if first == last else f"{first}..{last}{of}"


@dataclass(frozen=True, slots=True)
class MonthOutcome:
    """What came of one month of a watch; `failed` says why it could not be computed."""

    watch: str
    month: Month
    difference: Difference
    failed: str = ""


@dataclass(frozen=True, slots=True)
class RebuildOutcome:
    """What came of all of it; `generation` None: nothing was written."""

    generation: int | None
    months: tuple[MonthOutcome, ...]

    @property
    def difference(self) -> Difference:
        """All months together."""
        return sum((one.difference for one in self.months), Difference())


def span_of(house: House, since: date, until: date, watch: str | None) -> Span:
    """Return the whole months that the dates touch.

    Raises:
        BadInput: the dates are the wrong way round or lie in the future, nothing was read on
            them, or there is no such watch.
    """
    today = BusinessDay(zone_of(house)).date_of(house.clock.now())
    faults = []
    known = {one.name for one in WatchBook(house.engine).all()}
    if since > until:
        faults.append(
            Fault("--from", f"{since} is after --to {until}", "the first day comes first")
        )
    elif Month.of(until) > Month.of(today):
        faults.append(Fault("--to", f"{until} has not begun yet", f"today is {today}"))
    if watch is not None and watch not in known:
        faults.append(Fault("--watch", f"there is no watch {watch}", suggest(watch, known)))
    if faults:
        raise BadInput(*faults)
    span = Span(tuple(months(since, until)), watch)
    with reading(house.engine) as connection:
        kept = kept_since(connection)
    wall = BusinessDay(zone_of(house))
    if kept is not None and span.months[0].begins(wall) - _LOOKS_BACK < kept:
        what = f"the readings from before {kept.astimezone(wall.zone):%Y-%m-%d %H:%M} were let go"
        raise BadInput(Fault("--from", what, "a later month: what counts in older ones stays"))
    chosen = [one.id for one in _watches(house, span)]
    if not WatchBook(house.engine).were_read(chosen, since, until):
        what = f"nothing was read from {since} to {until}"
        raise BadInput(Fault("--from, --to", what, "name days on which the watch was measured"))
    return span


def compare_costs(house: House, span: Span) -> RebuildOutcome:
    """Return what a rebuild would change; nothing is written."""
    rebuild = _rebuild(house)
    now = house.clock.now()
    return RebuildOutcome(None, tuple(_each(house, span, partial(rebuild.compare, at=now))))


def rebuild_costs(house: House, span: Span, actor: Actor) -> RebuildOutcome:
    """Write the months anew and let all of it count at once.

    A watch that cannot be computed is named and stays as it was. Whoever is interrupted leaves
    nothing behind that counts.

    Raises:
        DatabaseBusy: somebody else rebuilds just now.
        DatabaseAway: nothing has changed.
    """
    with named_lock(house.engine, "rebuild"):
        rebuild, now = _rebuild(house), house.clock.now()
        generation = rebuild.begin(span.months, span.watch, actor, now)
        try:
            done = tuple(_each(house, span, partial(rebuild.write, generation, at=now)))
            outcome = RebuildOutcome(generation, done)
            rebuild.flip(generation, outcome.difference, _deed(span, outcome), actor, now)
        except BaseException:
            rebuild.give_up(generation)
            raise
    return outcome


def _rebuild(house: House) -> CostRebuild:
    return CostRebuild(house.engine, CostComputer(site_facts(house), zone_of(house)))


def _each(house: House, span: Span, work: _Work) -> Iterator[MonthOutcome]:
    for watch in _watches(house, span):
        for month in span.months:
            try:
                yield MonthOutcome(watch.name, month, work(watch.id, month))
            except DatabaseAway:
                raise
            except DangaError as error:
                log.error("costs.failed", watch=watch.name, because=str(error))
                yield MonthOutcome(watch.name, month, Difference(), str(error))


def _watches(house: House, span: Span) -> Sequence[WatchRecord]:
    return [one for one in WatchBook(house.engine).all() if span.watch in (None, one.name)]


def _deed(span: Span, outcome: RebuildOutcome) -> Deed:
    found = outcome.difference
    failed = sorted({one.watch for one in outcome.months if one.failed})
    detail = {"generation": outcome.generation, "rows": found.rows, "differ": found.differ}
    return Deed("costs.rebuild", f"costs {span}", "", {**detail, "failed": failed})
