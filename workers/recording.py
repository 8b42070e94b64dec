"""Turn a trial of a site class into saved pages, with customers' names and ids replaced."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.anonymise import Known, StandIns, anonymised
from crawler.errors import LayoutChanged, SiteClassBroken
from crawler.expectation import expected_of
from crawler.order import AccountOrder, VisitOrder
from crawler.page import Found, Wanted
from crawler.saved_page import Result, SavedPage, result_of, save_page
from crawler.site import Site
from crawler.snapshot import Snapshot
from domain.account import AccountKey
from domain.currency import KRW
from domain.errors import DangaError
from domain.visit import VisitKind
from workers.trying import TriedPage

_SALT_BYTES = 16


class ReadsOtherwise(DangaError):
    """A page reads otherwise once names and ids are replaced, so it was not saved."""

    advice = "An id may look like a figure of the page: record another account or page."


@dataclass(frozen=True, slots=True)
class Recorded:
    """One saved page."""

    folder: Path
    result: Result


@dataclass(frozen=True, slots=True)
class Recording:
    """Where pages go and what must not stand in them.

    `known` are the accounts of the inventory; `salt` makes stand-ins of one workspace alike;
    `currency` is that of the account.
    """

    into: Path
    site_class: str
    known: Found
    salt: str
    currency: str = KRW


def record(pages: list[TriedPage], site: Site, recording: Recording) -> list[Recorded]:
    """Save the pages of a trial, one folder each, named by kind and number.

    Raises:
        ReadsOtherwise: replacing names and ids changed what the class finds; nothing was saved.
    """
    shown = [page for page in pages if page.snapshot is not None]
    saved = [_saved(page, site, recording) for page in shown]
    words = _words(site, saved, recording)
    ready = [_ready(site, one, words) for one in saved]
    recorded = []
    for folder, (page, result) in zip(_folders(recording.into, saved), ready, strict=True):
        save_page(folder, page, result)
        recorded.append(Recorded(folder, result))
    return recorded


def page_salt(path: Path) -> str:
    """Return what makes stand-ins of one workspace alike, and unlike those of others."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_SALT_BYTES))
    return path.read_text(encoding="ascii")


def _saved(page: TriedPage, site: Site, recording: Recording) -> SavedPage:
    """Expect of the saved page what the visit expected of it, and all entities that it lists."""
    snapshot = page.snapshot
    assert snapshot is not None
    key = page.read.page.account or AccountKey(site.name, "")
    order = VisitOrder("", VisitKind.REGULAR, snapshot.taken_at, (site,))
    wanted = Wanted(page.read.found)
    account = AccountOrder(key, "", site, wanted, currency=recording.currency)
    expected = expected_of(order, page.read.page, account, snapshot.taken_at)
    return SavedPage(site.name, recording.site_class, site.base_url, snapshot, expected)


def _words(site: Site, saved: list[SavedPage], recording: Recording) -> StandIns:
    known = Known()
    known.add_found(recording.known)
    for page in saved:
        known.add_page(page)
        known.add_found(_found(site, page.snapshot))
    return known.stand_ins(recording.salt)


def _found(site: Site, snapshot: Snapshot) -> Found:
    try:
        return site.discover(snapshot)
    except (LayoutChanged, SiteClassBroken):
        return Found()  # a page that failed may list nothing


def _ready(site: Site, saved: SavedPage, words: StandIns) -> tuple[SavedPage, Result]:
    page = anonymised(saved, words)
    before, after = result_of(site, saved), result_of(site, page)
    if _with(words, before) != _with(words, after):
        raise ReadsOtherwise(
            f"{saved.expected.page.kind} {saved.expected.page.number} reads otherwise with "
            f"names and ids replaced: {after.get('verdict')} {after.get('detail', '')}"
        )
    return page, after


def _with(words: StandIns, result: Result) -> dict[str, Any]:
    """The result with its words replaced, in an order that does not depend on them."""
    plain = {key: _replaced(words, value) for key, value in result.items() if key != "detail"}
    return {k: sorted(v, key=str) if isinstance(v, list) else v for k, v in plain.items()}


def _replaced(words: StandIns, value: Any) -> Any:
    if isinstance(value, list):
        return [_replaced(words, part) for part in value]
    if not isinstance(value, str):
        return value
    return words.word(value) if value in words.words else words.in_text(value)


def _folders(into: Path, saved: list[SavedPage]) -> Iterator[Path]:
    for page in saved:
        yield into / f"{page.expected.page.kind}-{page.expected.page.number}"
