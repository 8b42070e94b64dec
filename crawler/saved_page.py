"""A page saved as a folder, and what a site class makes of it: the tests of a class.

    page.json     address, status, time, and what was expected of the page
    page.html     the rendered HTML
    answers.json  the JSON answers that the page itself received
    result.json   the verdict, the readings and the list that the class has to find in it

A person may edit all four. Reading a saved page sends nothing anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from crawler.class_guard import checked_readings, guarded
from crawler.errors import LayoutChanged, SiteClassBroken
from crawler.page import Expected, Found, Page
from crawler.site import Site
from crawler.snapshot import Answer, Snapshot
from domain.account import AccountKey
from domain.currency import KRW
from domain.entity import EntityKey, EntityKind
from domain.errors import BadInput, Fault

RESULT = "result.json"
_PAGE, _HTML, _ANSWERS = "page.json", "page.html", "answers.json"

Result = dict[str, Any]
"""Plain JSON values, so that it can be compared, shown and edited."""


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page, and what was expected of it; `site_class` and `base_url` as in danga.yaml."""

    site: str
    site_class: str
    base_url: str
    snapshot: Snapshot
    expected: Expected


def result_of(site: Site, saved: SavedPage) -> Result:
    """Return what the class finds, in a fixed order: verdict, readings, list, following page.

    Trouble of the class is a result, too: its verdict is `layout_changed`, as in a visit.
    """
    try:
        verdict = guarded(site, "classify", saved.snapshot, saved.expected)
        result: Result = {"verdict": verdict.kind.value, "detail": verdict.detail}
        return {**result, **_content(site, saved)} if verdict.ok else result
    except (LayoutChanged, SiteClassBroken) as error:
        return {"verdict": "layout_changed", "detail": str(error)}


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return, a line each, where a result is not the wanted one. Details are for people only."""
    lines = []
    for key in sorted((wanted.keys() | found.keys()) - {"detail"}):
        before, after = wanted.get(key), found.get(key)
        if isinstance(before, list) and isinstance(after, list):
            lines += [f"{key}: missing {_line(one)}" for one in before if one not in after]
            lines += [f"{key}: unexpected {_line(one)}" for one in after if one not in before]
        elif before != after:
            lines.append(f"{key}: {_line(before)} was wanted, {_line(after)} was found")
    return lines


def save_page(folder: Path, saved: SavedPage, result: Result) -> None:
    """Write the page and its result into `folder`, replacing what stands there."""
    folder.mkdir(parents=True, exist_ok=True)
    snapshot = saved.snapshot
    (folder / _HTML).write_text(snapshot.html, encoding="utf-8")
    _write(folder / _ANSWERS, [_plain_answer(answer) for answer in snapshot.answers])
    _write(folder / _PAGE, describe_page(saved))
    _write(folder / RESULT, result)


def save_result(folder: Path, result: Result) -> None:
    """Accept `result` as the wanted one of the page in `folder`."""
    _write(folder / RESULT, result)


def load_page(folder: Path) -> SavedPage:
    """Return the page in `folder`.

    Raises:
        BadInput: a file is missing, no JSON, or lacks a key.
    """
    plain = _read(folder / _PAGE)
    answers = _read(folder / _ANSWERS) if (folder / _ANSWERS).exists() else []
    try:
        html = (folder / _HTML).read_text(encoding="utf-8")
        return described_page(plain, html, [_answer(one) for one in answers])
    except (KeyError, TypeError, ValueError, OSError) as error:
        what = f"{type(error).__name__}: {error}"
        raise BadInput(Fault(str(folder / _PAGE), f"is no saved page: {what}")) from None


def load_result(folder: Path) -> Result:
    """Return the wanted result of the page in `folder`.

    Raises:
        BadInput: it is missing or no JSON.
    """
    result: Result = _read(folder / RESULT)
    return result


def saved_pages(folder: Path) -> list[Path]:
    """Return the folders of saved pages in and below `folder`, by name."""
    return sorted(path.parent for path in folder.rglob(_PAGE))


def _content(site: Site, saved: SavedPage) -> Result:
    found = guarded(site, "discover", saved.snapshot)
    if not isinstance(found, Found):
        raise SiteClassBroken(f"{type(site).__name__}.discover answered no Found")
    expected, page = saved.expected, saved.expected.page
    read = guarded(site, "extract", saved.snapshot, expected) if page.account else ()
    following = guarded(site, "next_page", page, saved.snapshot)
    return {
        "readings": sorted(
            [
                [r.entity.kind.value, r.entity.external_id, r.metric, r.value, str(r.business_date)]
                for r in checked_readings(site, read, expected, saved.snapshot.taken_at)
            ]
        ),
        "accounts": sorted([one.key.external_id, one.shown_name] for one in found.accounts),
        "entities": sorted(
            [one.key.kind.value, one.key.external_id, one.name] for one in found.entities
        ),
        "next_page": following.url if following else None,
    }


def describe_page(saved: SavedPage) -> dict[str, Any]:
    """Return everything of a page but its HTML and its answers, as plain JSON values."""
    snapshot, expected, page = saved.snapshot, saved.expected, saved.expected.page
    return {
        "site": saved.site,
        "class": saved.site_class,
        "base_url": saved.base_url,
        "url": snapshot.url,
        "status": snapshot.status,
        "taken_at": snapshot.taken_at.isoformat(),
        "retry_after_seconds": snapshot.retry_after_seconds,
        "page": {"kind": page.kind, "url": page.url, "number": page.number},
        "account": page.account.external_id if page.account else None,
        "shown_name": expected.shown_name,
        "dates": sorted(str(day) for day in expected.dates),
        "slot_at": expected.slot_at.isoformat(),
        "near_midnight": expected.near_midnight,
        "past_day": expected.past_day,
        "currency": expected.currency,
        "entities": sorted([key.kind.value, key.external_id] for key in expected.entities),
    }


def described_page(plain: Mapping[str, Any], html: str, answers: Sequence[Answer]) -> SavedPage:
    """Return the page that `describe_page` described.

    Raises:
        KeyError, TypeError, ValueError: it is no such description.
    """
    site, account = plain["site"], plain["account"]
    page = Page(**plain["page"], account=AccountKey(site, account) if account else None)
    expected = Expected(
        page=page,
        shown_name=plain["shown_name"],
        dates=frozenset(date.fromisoformat(day) for day in plain["dates"]),
        entities=frozenset(_keys(site, account or "", plain["entities"])),
        slot_at=datetime.fromisoformat(plain["slot_at"]),
        near_midnight=plain["near_midnight"],
        past_day=plain["past_day"],
        currency=plain.get("currency", KRW),  # pages saved before there were others
    )
    snapshot = Snapshot(
        url=plain["url"],
        status=plain["status"],
        html=html,
        answers=tuple(answers),
        taken_at=datetime.fromisoformat(plain["taken_at"]),
        retry_after_seconds=plain["retry_after_seconds"],
    )
    return SavedPage(site, plain["class"], plain["base_url"], snapshot, expected)


def _keys(site: str, account: str, entities: list[list[str]]) -> Iterator[EntityKey]:
    for kind, external_id in entities:
        yield EntityKey(site, account, EntityKind(kind), external_id)


def _plain_answer(answer: Answer) -> dict[str, Any]:
    """JSON stands in the file as JSON, so that people can read and edit it."""
    try:
        return {"url": answer.url, "status": answer.status, "json": answer.json()}
    except ValueError:
        return {"url": answer.url, "status": answer.status, "body": answer.body}


def _answer(plain: dict[str, Any]) -> Answer:
    return Answer(plain["url"], plain["status"], _body(plain))


def _body(answer: dict[str, Any]) -> str:
    if "json" in answer:
        return json.dumps(answer["json"], ensure_ascii=False)
    return str(answer["body"])


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(Fault(str(path), f"cannot be read: {error.strerror}")) from None
    except ValueError as error:
        raise BadInput(Fault(str(path), f"is no JSON: {error}")) from None


def _write(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
