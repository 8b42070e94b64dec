"""What people read, for every kind of cause, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.cause import COSTS, BlindWatch, Cause, CauseKind
from domain.person import Language, PersonSpec, Role
from domain.verdict import VerdictKind
from workers.notify.message import MOST_NAMED, begin_text, over_text, reminder_text, trial_text
from workers.notify.wording import REASONS_KO

SEOUL = ZoneInfo("Asia/Seoul")
SINCE = datetime(2026, 3, 3, 4, 20, tzinfo=UTC)
UNTIL = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
BLIND = (
    BlindWatch("달빛커피", "달빛 전환", ("이하늘",)),
    BlindWatch("봄꽃마켓", "봄꽃 친구", ("김지은",)),
)
MEASURING = [kind for kind in CauseKind if kind not in COSTS]
LABELS = {
    Language.KOREAN: ("시작: ", "새 수치가 없는 광고주: ", "안전: ", "다음: "),
    Language.ENGLISH: ("Since: ", "Without fresh numbers: ", "Safe: ", "Next: "),
}


def reader(language: Language, *roles: Role, name: str = "박서연") -> PersonSpec:
    return PersonSpec(name, frozenset(roles or {Role.OPERATOR}), ("CHAT",), language)


def cause(kind: CauseKind, reason: str = "captcha: a picture") -> Cause:
    return Cause(kind, "kim-9", reason, SINCE, blind=BLIND)


def is_korean(text: str) -> bool:
    return any("가" <= letter <= "힣" for letter in text)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", MEASURING)
def test_it_says_what_since_when_who_is_blind_what_is_safe_and_what_next(
    kind: CauseKind, language: Language
) -> None:
    text = begin_text(reader(language), cause(kind), SINCE, SEOUL)
    for label in LABELS[language]:
        (line,) = [one for one in text.body.splitlines() if one.startswith(label)]
        assert len(line) > len(label) + 5
    assert "2026-03-03 13:20" in text.body
    assert "달빛커피 (달빛 전환), 봄꽃마켓 (봄꽃 친구)" in text.body
    assert "danga " in text.body
    assert "a picture" in text.body
    assert kind is CauseKind.NOTHING_COLLECTED or "kim-9" in text.title
    assert not {"{", "}", "`"} & set(text.title + text.body)
    assert is_korean(text.title.replace("단가", "")) == (language is Language.KOREAN)
    assert len(text.title) < 100
    assert len(text.body) < 1000


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", MEASURING)
def test_when_it_is_over_it_says_from_when_to_when(kind: CauseKind, language: Language) -> None:
    text = over_text(reader(language), cause(kind), SINCE, UNTIL, SEOUL)
    assert "2026-03-03 13:20" in text.body
    assert "2026-03-03 15:00" in text.body
    assert "봄꽃마켓" in text.body
    begun = begin_text(reader(language), cause(kind), SINCE, SEOUL)
    assert begun.title != text.title
    assert begun.title.partition("] ")[2] in text.title


@pytest.mark.parametrize("language", Language)
def test_a_reminder_names_everything_that_is_open(language: Language) -> None:
    causes = [(cause(kind), SINCE) for kind in MEASURING]
    text = reminder_text(reader(language), causes, SEOUL)
    assert str(len(causes)) in text.title
    for one, _ in causes:
        title = begin_text(reader(language), one, SINCE, SEOUL).title
        assert title.partition("] ")[2] in text.body


@pytest.mark.parametrize("language", Language)
def test_a_trial_names_its_reader(language: Language) -> None:
    assert "박서연" in trial_text(reader(language)).body


def test_an_owner_reads_of_their_own_clients_only() -> None:
    person = reader(Language.KOREAN, Role.OWNER, name="김지은")
    text = begin_text(person, cause(CauseKind.STALE), SINCE, SEOUL)
    assert "봄꽃마켓" in text.body
    assert "달빛" not in text.body


def test_many_blind_watches_are_counted() -> None:
    many = tuple(BlindWatch(f"광고주{n:02}", "단가") for n in range(30))
    text = begin_text(
        reader(Language.KOREAN), Cause(CauseKind.STALE, "moment", blind=many), SINCE, SEOUL
    )
    assert text.body.count("광고주") == MOST_NAMED + 1
    assert "외 22건" in text.body


def test_a_cause_that_blinds_nobody_says_so() -> None:
    text = begin_text(reader(Language.ENGLISH), Cause(CauseKind.DISK, "server-1"), SINCE, SEOUL)
    assert "Without fresh numbers: nobody" in text.body
    assert "What:" not in text.body


def test_every_verdict_has_its_korean_word() -> None:
    assert {one.value for one in VerdictKind if one is not VerdictKind.OK} <= REASONS_KO.keys()


def test_a_reason_is_one_line_however_long_it_came() -> None:
    long = cause(CauseKind.NEEDS_HUMAN, "captcha:\n  " + "x" * 1000)
    text = begin_text(reader(Language.KOREAN), long, SINCE, SEOUL)
    (line,) = [one for one in text.body.splitlines() if one.startswith("내용: ")]
    assert line.startswith("내용: 캡차: xxx")
    assert len(line) < 330
