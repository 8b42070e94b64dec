"""Write the marketers' pages where this machine keeps them, once what they show has changed.

A page is a function of the database, so nobody has to say that something happened: each round
asks where all watches stand, in a handful of queries, and rewrites the pages of those owners for
whom that is new. Whatever a minute brings, forty visits that end in it or none, a page is
written once. Any number of machines may keep pages; on one machine one process writes them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from domain.business_day import BusinessDay
from domain.errors import DangaError
from reports.amounts import Amounts
from reports.page.hours import Hour
from reports.page.render import page_html
from reports.page.row import rows_of
from reports.page.sheet import Sheet
from reports.page.source import PageOwner, page_hours, page_owners
from reports.standing import Standing, standings
from workers.house import House
from workers.page_explanations import Explanations, hours_of
from workers.page_folder import PageFolder, folder_name
from workers.settling import site_facts

log = structlog.get_logger(__name__)

FRESH = timedelta(minutes=10)
"""A page is rewritten that often although nothing changed: it says itself when it is old."""


class NotWritten(DangaError):
    """The pages cannot be written; those of before stay."""

    advice = "Free some space, or name another folder in DANGA_PAGES, then `danga pages write`."


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """A page that was written; `owner` None: everyone's."""

    owner: str | None
    path: Path
    watches: int
    bytes: int


class Which(Enum):
    """Which pages a round writes."""

    CHANGED = "changed"
    ALL = "all"


def pages_round(house: House) -> None:
    """Write what has changed, where this machine keeps pages; what fails is logged.

    Raises:
        DatabaseAway: nothing could be looked up.
    """
    root = house.settings.pages_folder
    if root is None:
        return
    try:
        written = write_pages(house, PageFolder(root))
    except NotWritten as error:
        log.error("pages.not_written", because=str(error), advice=error.next_step)
        return
    if written:
        log.info("pages.written", pages=len(written), bytes=sum(one.bytes for one in written))


def write_pages(
    house: House, folder: PageFolder, which: Which = Which.CHANGED
) -> tuple[WrittenPage, ...]:
    """Write pages, everyone's first; none where another process of this machine is at it.

    Raises:
        NotWritten: the folder cannot be written.
        DatabaseAway: nothing could be looked up.
    """
    try:
        with folder.alone() as alone:
            return _Round(house, folder, which).write() if alone else ()
    except OSError as error:
        raise NotWritten(f"{folder.root} cannot be written: {error.strerror}") from error


class _Round:
    """One look at the database, and the pages that follow from it."""

    def __init__(self, house: House, folder: PageFolder, which: Which) -> None:
        self._house, self._folder, self._which = house, folder, which
        self._day = BusinessDay(house.settings.zone)
        self._now = house.clock.now()
        self._written_at = datetime.now(UTC)
        self._notes = folder.notes()

    def write(self) -> tuple[WrittenPage, ...]:
        owners = page_owners(self._house.engine, self._house.settings.language)
        metrics = site_facts(self._house).metrics
        found = standings(self._house.engine, self._now, self._day, metrics=metrics)
        theirs = {owner: _of(found, owner.name) for owner in owners}
        due = [owner for owner in owners if self._is_due(owner, theirs[owner])]
        if not due:
            return ()
        watches = {one.watch_id for owner in due for one in theirs[owner]}
        today = self._day.date_of(self._now)
        hours = page_hours(self._house.engine, watches, today)
        beside = Explanations(self._house.engine, self._folder, hours, metrics, self._day, today)
        written, notes = [], {}
        for owner in due:
            before = self._note(owner).get("explained", {})
            there, complete = beside.keep(owner.name, theirs[owner], before)
            written.append(self._page(owner, theirs[owner], hours, hours_of(there)))
            notes[folder_name(owner.name)] = {
                "shows": _fingerprint(theirs[owner]) if complete else "more to come",
                "written_at": self._written_at.isoformat(),
                "explained": there,
            }
        names = {folder_name(owner.name) for owner in owners}
        self._folder.keep_only(names, self._notes)
        kept = {name: note for name, note in self._notes.items() if name in names}
        self._folder.note({**kept, **notes})
        return tuple(written)

    def _is_due(self, owner: PageOwner, found: Sequence[Standing]) -> bool:
        note = self._note(owner)
        return (
            self._which is Which.ALL
            or note.get("shows") != _fingerprint(found)
            or self._written_at - _moment(note) > FRESH
            or not self._folder.page(owner.name).exists()
        )

    def _page(
        self,
        owner: PageOwner,
        found: Sequence[Standing],
        hours: Mapping[int, Mapping[Hour, Amounts]],
        explained: Mapping[int, Collection[Hour]],
    ) -> WrittenPage:
        sheet = Sheet(
            owner=owner.name,
            language=owner.language,
            rows=rows_of(found),
            now=self._now,
            written_at=self._written_at,
            zone=self._house.settings.zone,
            hours=hours,
            explained=explained,
        )
        path, text = self._folder.page(owner.name), page_html(sheet)
        self._folder.write(path, text)
        return WrittenPage(owner.name, path, len(found), len(text.encode()))

    def _note(self, owner: PageOwner) -> dict[str, Any]:
        found: dict[str, Any] = self._notes.get(folder_name(owner.name), {})
        return found


def _of(found: Iterable[Standing], owner: str | None) -> tuple[Standing, ...]:
    return tuple(one for one in found if owner is None or owner in one.owners)


def _fingerprint(found: Sequence[Standing]) -> str:
    """Whatever a page shows, but for what changes by the minute: its script counts those on."""
    steady = [replace(one, age=None, usual_share=None, projected_spend=None) for one in found]
    text = json.dumps([asdict(one) for one in steady], default=_plain, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _moment(note: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(note["written_at"])
    except (KeyError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
