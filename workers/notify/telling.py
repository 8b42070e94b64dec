"""Once a minute: compare the causes that are there with those that were, and write messages.

Run after each tick. Sends nothing itself (`sending.py` does), so that a dead chat service never
holds up the plan of the next visits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from domain.cause import COSTS, STEADINESS, Cause, CauseKind
from domain.person import PersonSpec
from storage.causes import CauseBook, CauseRecord
from storage.inventory import InventoryStore
from storage.outbox import NewMessage, Outbox
from workers.house import House
from workers.notify.audience import audience, held_until, quiet_end, reminds_of
from workers.notify.causes import Present, is_collecting, present
from workers.notify.cost_causes import cost_causes
from workers.notify.cost_facts import cost_facts
from workers.notify.digests import write_digests
from workers.notify.gather import LOOK_BACK, Gathered, gather, machine
from workers.notify.message import Text, begin_text, over_text, reminder_text

log = structlog.get_logger(__name__)


def tell(house: House) -> bool:
    """Bring the causes up to date, write the messages that follow, and return whether numbers
    come in.

    Raises:
        DatabaseAway: nothing could be seen; see `database_trouble.py`.
    """
    now = house.clock.now()
    book = CauseBook(house.engine)
    people = InventoryStore(house.engine).people()
    known = book.since(now - LOOK_BACK)
    gathered = gather(house, now, known)
    costs = cost_facts(house, gathered.facts, known)
    round_ = _Round(book, Outbox(house.engine), people, house.settings.zone, now)
    round_.compare([*present(gathered.facts), *cost_causes(costs)], gathered)
    round_.remind()
    write_digests(house, people, book.open(), now)
    return is_collecting(gathered.facts)


@dataclass(frozen=True, slots=True)
class _Round:
    """One comparison at one moment."""

    book: CauseBook
    outbox: Outbox
    people: tuple[PersonSpec, ...]
    zone: ZoneInfo
    now: datetime

    def compare(self, there: Collection[Present], gathered: Gathered) -> None:
        """Take the step that is due for each cause that is there or was."""
        known = {record.cause.key for record in self.book.open()}
        for one in there:
            if one.cause.key not in known and not one.follows:
                self.book.appear(one.cause, self.now)
        by_key = {one.cause.key: one for one in there}
        for record in self.book.open():
            found = by_key.get(record.cause.key)
            if found is not None:
                self._goes_on(record, found)
            elif _is_judged(record.cause, gathered):
                self._is_gone(record)

    def remind(self) -> None:
        """Write the reminders that are due at the start of somebody's work."""
        # Of what a client costs the morning's digest tells.
        open_ones = [
            one
            for one in self.book.open()
            if one.told_at is not None and one.cause.kind not in COSTS
        ]
        for person in self.people:
            concerned = (one for one in open_ones if person in audience(self.people, one.cause))
            mine = {one.cause.key: one for one in concerned}
            told = [(one.cause, one.told_at) for one in mine.values() if one.told_at is not None]
            due = reminds_of(person, told, self.now, self.zone)
            if due:
                causes = [(cause, mine[cause.key].since) for cause in due]
                day = self.now.astimezone(self.zone).date()
                text = reminder_text(person, causes, self.zone)
                until = quiet_end(person, self.now, self.zone)
                self.outbox.put(list(self._to(person, f"remind {day}", text, until)))

    def _goes_on(self, record: CauseRecord, found: Present) -> None:
        now_known = replace(found.cause, since=record.since)
        if record.gone_at is not None or record.cause != now_known:
            self.book.refresh(record, found.cause)
        if record.told_at is not None:
            self._tell_the_others(record, found.cause)
        elif not found.follows and self._held_for_long_enough(record):
            log.warning("cause.begins", cause=record.cause.key, because=found.cause.reason)
            self.book.tell(record, self.now, list(self._begins(record, found.cause)))

    def _held_for_long_enough(self, record: CauseRecord) -> bool:
        return self.now - record.seen_at >= STEADINESS[record.cause.kind].hold

    def _is_gone(self, record: CauseRecord) -> None:
        if record.gone_at is None:
            self.book.vanish(record, self.now)
            gone_at = self.now
        else:
            gone_at = record.gone_at
        if self.now - gone_at < STEADINESS[record.cause.kind].calm:
            return
        if record.told_at is None:
            self.book.forget(record)
            return
        log.info("cause.over", cause=record.cause.key)
        self.book.end(record, self.now, list(self._ends(record, gone_at)))

    def _tell_the_others(self, record: CauseRecord, cause: Cause) -> None:
        """Tell those whom it concerns by now too: an owner whose client joined, somebody new."""
        told = self.outbox.told(record.begin)
        fresh = [one for one in self._begins(record, cause) if (one.person, one.target) not in told]
        self.outbox.put(fresh)

    def _begins(self, record: CauseRecord, cause: Cause) -> Iterator[NewMessage]:
        for person in audience(self.people, cause):
            text = begin_text(person, cause, record.since, self.zone)
            until = held_until(person, cause, self.now, self.zone)
            yield from self._to(person, record.begin, text, until, record.id)

    def _ends(self, record: CauseRecord, gone_at: datetime) -> Iterator[NewMessage]:
        told = self.outbox.told(record.begin)
        for person in self.people:
            if self._was_mended_in_time(person, record):
                continue
            text = over_text(person, record.cause, record.since, gone_at, self.zone)
            until = held_until(person, replace(record.cause, due=None), self.now, self.zone)
            for one in self._to(person, record.end, text, until, record.id):
                if (one.person, one.target) in told:
                    yield one

    def _was_mended_in_time(self, person: PersonSpec, record: CauseRecord) -> bool:
        """Whether it was over before it was due and before a person heard of it: no news."""
        if record.cause.due is None or record.told_at is None:
            return False
        until = held_until(person, record.cause, record.told_at, self.zone)
        return until is not None and until > self.now

    def _to(
        self,
        person: PersonSpec,
        about: str,
        text: Text,
        until: datetime | None,
        cause_id: int | None = None,
    ) -> Iterator[NewMessage]:
        """Yield one message to each address of a person."""
        for target in person.targets:
            yield NewMessage(
                about, person.name, target, text.title, text.body, self.now, until, cause_id
            )


def _is_judged(cause: Cause, gathered: Gathered) -> bool:
    """Whether its absence was seen: the disk of another machine that lives, or what could not be
    asked, was not."""
    if cause.kind is CauseKind.DISK:
        return cause.subject == machine() or cause.subject not in gathered.machines
    return cause.kind not in gathered.unknown
