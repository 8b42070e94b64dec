"""The database is away, so nothing can be derived or written: told from a file of this machine.

`state/notify.json` keeps who is to be told (names, roles, names of variables; no url) from the
last round that went well, and where the trouble stands. Each machine tells once, and once when it
is over.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

import structlog

from domain.cause import STEADINESS, Cause, CauseKind
from domain.person import Language, PersonSpec, Role
from domain.request_budget import QuietHours
from workers.notify.apprise_door import NotSent, send
from workers.notify.audience import audience, held_until
from workers.notify.gather import machine
from workers.notify.message import begin_text, over_text
from workers.notify.sending import address
from workers.settings import Settings

log = structlog.get_logger(__name__)

_STEADY = STEADINESS[CauseKind.DATABASE]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Who is told, and where it stands; `told` and `ended` name addresses (`person target`)."""

    people: tuple[PersonSpec, ...] = ()
    since: datetime | None = None
    back_at: datetime | None = None
    reason: str = ""
    told: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()


def database_is_away(settings: Settings, because: str) -> None:
    """Note that it is away; when that has lasted, tell those who can help, each once."""
    now = settings.clock.now()
    with _kept(settings) as (trouble, keep):
        trouble = replace(trouble, since=trouble.since or now, back_at=None)
        trouble = replace(trouble, reason=trouble.reason or because)
        keep(trouble)
        assert trouble.since is not None
        if now - trouble.since >= _STEADY.hold:
            keep(replace(trouble, told=trouble.told | _tell(settings, trouble, now)))


def database_answers(settings: Settings, people: Sequence[PersonSpec]) -> None:
    """Remember who is to be told; where trouble was told of, say that it is over, once calm."""
    now = settings.clock.now()
    with _kept(settings) as (trouble, keep):
        fresh = replace(trouble, people=tuple(people))
        if trouble.since is None:
            if fresh != trouble:
                keep(fresh)
            return
        fresh = replace(fresh, back_at=trouble.back_at or now)
        keep(fresh)
        assert fresh.back_at is not None
        if fresh.told and now - fresh.back_at < _STEADY.calm:
            return
        ended = fresh.ended | _tell_the_end(settings, fresh, now)
        done = fresh.told <= ended
        keep(Trouble(tuple(people)) if done else replace(fresh, ended=ended))


def _tell(settings: Settings, trouble: Trouble, now: datetime) -> frozenset[str]:
    cause, zone = _cause(trouble), settings.zone
    sent = set()
    for person, target in _addresses(trouble.people, cause, trouble.told):
        if held_until(person, cause, now, zone) is None and trouble.since is not None:
            text = begin_text(person, cause, trouble.since, zone)
            if _sent(settings, target, text.title, text.body):
                sent.add(_name(person, target))
    return frozenset(sent)


def _tell_the_end(settings: Settings, trouble: Trouble, now: datetime) -> frozenset[str]:
    cause, zone = _cause(trouble), settings.zone
    gone: set[str] = set()
    assert trouble.since is not None
    for person, target in _addresses(trouble.people, cause, trouble.ended):
        if _name(person, target) in trouble.told and held_until(person, cause, now, zone) is None:
            text = over_text(person, cause, trouble.since, trouble.back_at or now, zone)
            if _sent(settings, target, text.title, text.body):
                gone.add(_name(person, target))
    # Who is told nothing more is not waited for.
    known = {_name(one, target) for one, target in _addresses(trouble.people, cause, frozenset())}
    return frozenset(gone | (trouble.told - known))


def _addresses(
    people: Sequence[PersonSpec], cause: Cause, but: frozenset[str]
) -> Iterator[tuple[PersonSpec, str]]:
    for person in audience(people, cause):
        for target in person.targets:
            if _name(person, target) not in but:
                yield person, target


def _name(person: PersonSpec, target: str) -> str:
    return f"{person.name} {target}"


def _cause(trouble: Trouble) -> Cause:
    return Cause(CauseKind.DATABASE, machine(), trouble.reason, trouble.since)


def _sent(settings: Settings, target: str, title: str, body: str) -> bool:
    try:
        send(address(settings, target), title, body)
    except NotSent as error:
        log.warning("message.waits", about="database", target=target, because=str(error))
        return False
    return True


@contextmanager
def _kept(settings: Settings) -> Iterator[tuple[Trouble, Any]]:
    """Give what the file holds and how to write it; one process of a machine at a time."""
    folder = settings.folder.state
    folder.mkdir(exist_ok=True)
    path = folder / "notify.json"
    with (folder / "notify.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _read(path), lambda trouble: _write(path, trouble)


def _read(path: Path) -> Trouble:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Trouble(
            tuple(_person(one) for one in raw["people"]),
            _moment(raw["since"]),
            _moment(raw["back_at"]),
            raw["reason"],
            frozenset(raw["told"]),
            frozenset(raw["ended"]),
        )
    except FileNotFoundError:
        return Trouble()
    except (ValueError, KeyError, TypeError) as error:
        log.warning("notify.file_unreadable", file=path.name, because=type(error).__name__)
        return Trouble()


def _write(path: Path, trouble: Trouble) -> None:
    content = {
        "people": [
            {
                "name": one.name,
                "roles": sorted(one.roles),
                "targets": list(one.targets),
                "language": one.language,
                "quiet": None if one.quiet is None else str(one.quiet),
                "wake": one.wake,
                "starts": one.starts.isoformat("minutes"),
            }
            for one in trouble.people
        ],
        "since": trouble.since and trouble.since.isoformat(),
        "back_at": trouble.back_at and trouble.back_at.isoformat(),
        "reason": trouble.reason,
        "told": sorted(trouble.told),
        "ended": sorted(trouble.ended),
    }
    fresh = path.with_suffix(".next")
    fresh.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _person(raw: dict[str, Any]) -> PersonSpec:
    return PersonSpec(
        raw["name"],
        frozenset(Role(one) for one in raw["roles"]),
        tuple(raw["targets"]),
        Language(raw["language"]),
        QuietHours.parse(raw["quiet"]) if raw["quiet"] else None,
        raw["wake"],
        time.fromisoformat(raw["starts"]),
    )
