"""A page's readings as one line of JSON: whole, or recognisably damaged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.entity import EntityKey, EntityKind
from domain.reading import Reading
from domain.visit import VisitKind


@dataclass(frozen=True, slots=True)
class SpooledPage:
    """Readings that wait for the database, and the kind of visit they come from."""

    kind: VisitKind
    readings: tuple[Reading, ...]


_LIMIT = 2**63


class DamagedLine(ValueError):
    """The line is not one that `to_line` wrote."""


def to_line(readings: Sequence[Reading], kind: VisitKind) -> bytes:
    """Return the line, with its end."""
    page = {"kind": kind, "readings": [_plain(one) for one in readings]}
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> SpooledPage:
    """Return the page.

    Raises:
        DamagedLine: it was cut off or changed.
    """
    try:
        page = json.loads(line)
        return SpooledPage(
            VisitKind(page["kind"]), tuple(_reading(one) for one in page["readings"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedLine(str(error)) from error


def _plain(reading: Reading) -> dict[str, Any]:
    key = reading.entity
    return {
        "entity": [key.site, key.account, key.kind, key.external_id],
        "metric": reading.metric,
        "business_date": reading.business_date.isoformat(),
        "value": reading.value,
        "slot_at": reading.slot_at.isoformat(),
        "observed_at": reading.observed_at.isoformat(),
        "shown": reading.shown,
    }


def _reading(plain: dict[str, Any]) -> Reading:
    site, account, kind, external_id = (_text(one) for one in plain["entity"])
    value = plain["value"]
    if type(value) is not int:
        raise DamagedLine(f"{value!r} is no whole number")
    if not -_LIMIT <= value < _LIMIT:
        raise DamagedLine(f"{value} does not fit into the database")
    return Reading(
        EntityKey(site, account, EntityKind(kind), external_id),
        _text(plain["metric"]),
        date.fromisoformat(plain["business_date"]),
        value,
        _moment(plain["slot_at"]),
        _moment(plain["observed_at"]),
        _text(plain["shown"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise DamagedLine(f"{value!r} is no text")
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise DamagedLine(f"{value!r} has no offset")
    return moment
