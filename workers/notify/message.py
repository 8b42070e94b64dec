"""Write what a person reads about a cause: what, since when, who is blind, what is safe, what next.

Pure. Moments are shown in the zone of `DANGA_TIME_ZONE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.cause import BlindWatch, Cause, CauseKind, CostShown
from domain.person import Language, PersonSpec, Role
from workers.notify.audience import shown_to
from workers.notify.cost_message import cost_lines, cost_title, last_seen
from workers.notify.wording import FRAMES, REASONS_KO, WORDS, Frame, Words

MOST_NAMED = 8
_LONGEST_REASON = 300
_SIGN_IN = frozenset({CauseKind.NEEDS_HUMAN, CauseKind.CONTESTED, CauseKind.SESSION_ENDING})
_MARK = re.compile(r"\n\[\[sign in: (.+)\]\]")
_WORD = re.compile(r"[a-z_]+(?: [a-z]+)*")


@dataclass(frozen=True, slots=True)
class Text:
    """A message as it is read."""

    title: str
    body: str


def begin_text(person: PersonSpec, cause: Cause, since: datetime, zone: ZoneInfo) -> Text:
    """Say that something is wrong."""
    frame = FRAMES[person.language]
    if cause.cost is not None:
        return _cost_begins(person, cause, cause.cost, frame.since.format(at=_local(since, zone)))
    words = WORDS[person.language][cause.kind]
    title = frame.begins.format(title=_filled(words.title, cause))
    return Text(title, "\n".join(_lines(person, cause, since, zone, words, frame)))


def over_text(
    person: PersonSpec, cause: Cause, since: datetime, until: datetime, zone: ZoneInfo
) -> Text:
    """Say that it is over; whoever slept through it reads the whole here."""
    frame = FRAMES[person.language]
    times = [frame.since.format(at=_local(since, zone)), frame.until.format(at=_local(until, zone))]
    if cause.cost is not None:
        title = frame.over.format(title=cost_title(cause, person.language))
        lines = [*last_seen(cause, cause.cost, person.language), *times]
        return Text(title, "\n".join(lines))
    words = WORDS[person.language][cause.kind]
    lines = [
        *([frame.what.format(reason=_reason(cause, person.language))] if cause.reason else []),
        *times,
        _blind(shown_to(person, cause), frame),
    ]
    return Text(frame.over.format(title=_filled(words.title, cause)), "\n".join(lines))


def reminder_text(
    person: PersonSpec, causes: Sequence[tuple[Cause, datetime]], zone: ZoneInfo
) -> Text:
    """Say what is still open, in one message."""
    frame = FRAMES[person.language]
    parts = []
    for cause, since in causes:
        words = WORDS[person.language][cause.kind]
        lines = [_filled(words.title, cause), *_lines(person, cause, since, zone, words, frame)]
        parts.append("\n".join(lines))
    return Text(frame.remind.format(count=len(causes)), "\n\n".join(parts))


def trial_text(person: PersonSpec) -> Text:
    """Say that messages arrive."""
    frame = FRAMES[person.language]
    return Text(frame.tried, frame.try_body.format(person=person.name))


def sign_in_mark(login: str) -> str:
    """Return the line that becomes a one-time link when the message is sent, and not before:
    the outbox holds no link that somebody could use."""
    return f"[[sign in: {login}]]"


def with_links(body: str, invite: Callable[[str], str | None]) -> str:
    """Return the text with each mark replaced by its link, or without it where there is none."""

    def link(found: re.Match[str]) -> str:
        url = invite(found[1])
        return "" if url is None else f"\n{url}"

    return _MARK.sub(link, body)


def _cost_begins(person: PersonSpec, cause: Cause, cost: CostShown, since: str) -> Text:
    before, after = cost_lines(cause, cost, person.language)
    title = FRAMES[person.language].begins.format(title=cost_title(cause, person.language))
    return Text(title, "\n".join([*before, since, *after]))


def _lines(
    person: PersonSpec, cause: Cause, since: datetime, zone: ZoneInfo, words: Words, frame: Frame
) -> list[str]:
    what = [frame.what.format(reason=_reason(cause, person.language))] if cause.reason else []
    own = person.roles != {Role.OWNER} and cause.kind in _SIGN_IN
    return [
        *what,
        frame.since.format(at=_local(since, zone)),
        *([frame.due.format(at=_local(cause.due, zone))] if cause.due else []),
        _blind(shown_to(person, cause), frame),
        frame.safe.format(safe=words.safe),
        frame.next_step.format(next_step=_filled(words.next_step, cause).replace("`", "")),
        *([sign_in_mark(cause.subject)] if own else []),
    ]


def _filled(text: str, cause: Cause) -> str:
    return text.format(subject=cause.subject)


def _reason(cause: Cause, language: Language) -> str:
    reason = " ".join(cause.reason.split())[:_LONGEST_REASON]
    if language is Language.ENGLISH:
        return reason
    return _WORD.sub(lambda found: REASONS_KO.get(found[0], found[0]), reason)


def _blind(watches: Sequence[BlindWatch], frame: Frame) -> str:
    if not watches:
        return frame.nobody
    named = [f"{one.client} ({one.watch})" for one in watches[:MOST_NAMED]]
    more = len(watches) - len(named)
    if more:
        named.append(frame.more.format(count=more))
    return frame.blind.format(names=", ".join(named))


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
