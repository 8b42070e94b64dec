"""A page as its row in the database: what it gave, and what a later try needs to go on after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from crawler.page import Page, ReadPage
from crawler.ports import PageDone
from domain.account import AccountKey
from domain.entity import EntityKey, EntityKind
from storage.visit_record import PageRecord

PageId = tuple[str, str, str]
"""Account, kind and url: several accounts may share an address."""


def page_id(page: Page) -> PageId:
    """Return what tells a page of a visit from its others."""
    return (str(page.account or ""), page.kind, page.url)


def noted_id(progress: Mapping[str, Any]) -> PageId:
    """Return the same for what was noted of a page."""
    account = AccountKey(*progress["account"]) if progress["account"] else ""
    return (str(account), progress["kind"], progress["url"])


def noted_page(progress: Mapping[str, Any]) -> Page | None:
    """Return the page that was noted; None where an older Danga noted no number."""
    if "number" not in progress:
        return None
    account = AccountKey(*progress["account"]) if progress["account"] else None
    return Page(progress["kind"], progress["url"], account, progress["number"])


def record_of(read: ReadPage) -> PageRecord:
    """Return the row of a page."""
    return PageRecord(
        site=read.site,
        page_kind=read.page.kind,
        path=urlsplit(read.page.url).path,
        verdict=read.verdict.kind,
        account=read.page.account.external_id if read.page.account else None,
        detail=read.verdict.detail,
        requests=read.requests,
        bytes_received=read.bytes_received,
        readings=len(read.readings),
        steps=read.steps,
        evidence_id=read.evidence,
        progress=_progress(read),
    )


def page_done(progress: Mapping[str, Any]) -> PageDone:
    """Return what a row's `progress` says of its page."""
    return PageDone(_next_page(progress), _keys(progress), progress["of"])


def _progress(read: ReadPage) -> dict[str, Any]:
    following = read.next_page
    return {
        "url": read.page.url,
        "kind": read.page.kind,
        "number": read.page.number,
        "of": read.of,
        "account": _plain(read.page.account),
        "next": [following.kind, following.url, following.number] if following else None,
        "found": [[k.site, k.account, k.kind.value, k.external_id] for k in sorted(read.found)],
    }


def _plain(account: AccountKey | None) -> list[str] | None:
    return [account.site, account.external_id] if account else None


def _next_page(progress: Mapping[str, Any]) -> Page | None:
    if progress["next"] is None:
        return None
    kind, url, number = progress["next"]
    account = AccountKey(*progress["account"]) if progress["account"] else None
    return Page(kind, url, account, number)


def _keys(progress: Mapping[str, Any]) -> frozenset[EntityKey]:
    return frozenset(
        EntityKey(site, account, EntityKind(kind), external_id)
        for site, account, kind, external_id in progress["found"]
    )
