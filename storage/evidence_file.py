"""Evidence as the bytes of one file: cut to size, packed, sealed.

Pure: nothing here touches the disk. What is sealed names its id, so that a file renamed to
another id does not open as that.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography.fernet import MultiFernet

from domain.evidence import Evidence
from domain.verdict import Verdict, VerdictKind
from storage.errors import EvidenceUnreadable
from storage.seal import InvalidToken, seal, unseal

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ItemLimits:
    """How much of one page is kept; what is cut is said in the evidence's log."""

    html_characters: int = 1_000_000
    answer_characters: int = 200_000
    answers_characters: int = 1_000_000
    """All answers of a page together, the oldest first."""
    screenshot_bytes: int = 2_000_000
    log_lines: int = 500
    line_characters: int = 2_000


def cut(evidence: Evidence, limits: ItemLimits) -> Evidence:
    """Return the evidence within the limits, with a line in its log for each thing cut.

    A page of which anything was cut is not one to read again: a row of it may be missing.
    """
    notes: list[str] = []
    html = _cut_text(evidence.html, limits.html_characters, "the HTML", notes)
    answers = _cut_answers(evidence.answers, limits, notes)
    page = None if notes else evidence.page
    screenshot = evidence.screenshot
    if screenshot is not None and len(screenshot) > limits.screenshot_bytes:
        notes.append(f"evidence: the screenshot of {len(screenshot)} bytes was left out")
        screenshot = None
    log = _cut_log(evidence.log, limits, notes)
    return replace(
        evidence,
        html=html,
        answers=answers,
        screenshot=screenshot,
        log=(*log, *notes),
        page=page,
    )


def pack(evidence: Evidence, evidence_id: str, fernet: MultiFernet) -> bytes:
    """Return the bytes of the file."""
    shot = evidence.screenshot
    plain = {
        "format": FORMAT,
        "id": evidence_id,
        "login": evidence.login,
        "site": evidence.site,
        "page_url": evidence.page_url,
        "kind": evidence.verdict.kind.value,
        "detail": evidence.verdict.detail,
        "retry_after_seconds": evidence.verdict.retry_after_seconds,
        "taken_at": evidence.taken_at.isoformat(),
        "html": evidence.html,
        "screenshot": None if shot is None else base64.b64encode(shot).decode("ascii"),
        "answers": evidence.answers,
        "log": evidence.log,
        "page": evidence.page,
    }
    return seal(fernet, zlib.compress(json.dumps(plain).encode("ascii")))


def unpack(sealed: bytes, evidence_id: str, fernet: MultiFernet) -> Evidence:
    """Return the evidence in the bytes of a file.

    Raises:
        EvidenceUnreadable: it was changed, sealed with another key, or is that of another id.
    """
    try:
        plain = json.loads(zlib.decompress(unseal(fernet, sealed)))
    except InvalidToken:
        raise EvidenceUnreadable(
            f"Evidence {evidence_id} was changed, or sealed with another key"
        ) from None
    if plain["id"] != evidence_id:
        raise EvidenceUnreadable(f"The file of evidence {evidence_id} is that of {plain['id']}")
    if plain["format"] != FORMAT:
        raise EvidenceUnreadable(f"Evidence {evidence_id} was written by a later Danga")
    return _from_plain(plain)


def _from_plain(plain: dict[str, Any]) -> Evidence:
    shot = plain["screenshot"]
    return Evidence(
        login=plain["login"],
        site=plain["site"],
        page_url=plain["page_url"],
        verdict=Verdict(VerdictKind(plain["kind"]), plain["detail"], plain["retry_after_seconds"]),
        taken_at=datetime.fromisoformat(plain["taken_at"]),
        html=plain["html"],
        screenshot=None if shot is None else base64.b64decode(shot),
        answers=tuple((url, body) for url, body in plain["answers"]),
        log=tuple(plain["log"]),
        page=plain.get("page"),  # evidence of before 0.2 has none
    )


def _cut_text(text: str, most: int, what: str, notes: list[str]) -> str:
    if len(text) <= most:
        return text
    notes.append(f"evidence: {what} was cut from {len(text)} to {most} characters")
    return text[:most]


def _cut_answers(
    answers: tuple[tuple[str, str], ...], limits: ItemLimits, notes: list[str]
) -> tuple[tuple[str, str], ...]:
    kept: list[tuple[str, str]] = []
    left = limits.answers_characters
    for url, body in answers:
        if len(url) > left:
            notes.append(f"evidence: {len(answers) - len(kept)} answers were left out")
            break
        most = min(limits.answer_characters, left - len(url))
        shorter = _cut_text(body, most, f"answer {len(kept) + 1}", notes)
        kept.append((url, shorter))
        left -= len(url) + len(shorter)
    return tuple(kept)


def _cut_log(log: tuple[str, ...], limits: ItemLimits, notes: list[str]) -> tuple[str, ...]:
    newest = log[-limits.log_lines :]
    if len(newest) < len(log):
        cut_lines = len(log) - len(newest)
        notes.append(f"evidence: the first lines of the log ({cut_lines}) were left out")
    return tuple(line[: limits.line_characters] for line in newest)
