"""One origin of a storage state: its local storage, and IndexedDB where it was saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from domain.errors import Fault
from storage.session_import.cookie import shown


@dataclass(slots=True)
class JudgedOrigin:
    """An origin as it was read: `state` is Playwright's where there are no faults."""

    where: str
    host: str
    state: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def judge_origin(raw: object, number: int, file: str) -> JudgedOrigin:
    """Read origin `number` (from 1) of `file`."""
    address = raw.get("origin") if isinstance(raw, dict) else None
    where = f"{file}: origin {number} ({shown(address)})"
    host = _host(address)
    if not isinstance(raw, dict) or not host:
        return JudgedOrigin(where, "", faults=[Fault(where, "has no origin like https://host")])
    entries = raw.get("localStorage", [])
    if not _are_entries(entries):
        fault = Fault(where, "its localStorage is not a list of names and values")
        return JudgedOrigin(where, host, faults=[fault])
    state = {
        "origin": address,
        "localStorage": [{"name": one["name"], "value": one["value"]} for one in entries],
    }
    if isinstance(raw.get("indexedDB"), list):
        state["indexedDB"] = raw["indexedDB"]
    return JudgedOrigin(where, host, state)


def _host(address: object) -> str:
    if not isinstance(address, str):
        return ""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _are_entries(entries: object) -> bool:
    return isinstance(entries, list) and all(
        isinstance(one, dict)
        and isinstance(one.get("name"), str)
        and isinstance(one.get("value"), str)
        for one in entries
    )
