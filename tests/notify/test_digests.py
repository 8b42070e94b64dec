"""The morning's digest: once per person and business day, at the start of their work."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest

from domain.person import DigestDays, PersonSpec, Role
from tests.notify.agency import PARK, Office

KIM = PersonSpec("김지은", frozenset({Role.OWNER}), ("PARK_CHAT",))
LEAD = PersonSpec("정팀장", frozenset({Role.LEAD}), ("PARK_CHAT",))
SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def at(office: Office, moment: str) -> list[str]:
    """Let a scheduler look at a moment of Seoul, and return who was written a digest so far."""
    office.clock.set(datetime.fromisoformat(f"{moment}+09:00"))
    office.look()
    return sorted(one.person for one in office.messages() if one.about.startswith("digest"))


def test_it_comes_once_a_business_day_at_each_start_of_work(office: Office) -> None:
    office.apply(PARK, KIM, replace(LEAD, starts=time(10)))
    assert at(office, "2026-03-04T08:59") == []
    assert at(office, "2026-03-04T09:00") == [KIM.name]
    assert at(office, "2026-03-04T10:00") == [KIM.name, LEAD.name]
    assert at(office, "2026-03-04T10:01") == [KIM.name, LEAD.name], "an operator reads none"
    (kim, lead) = (
        next(one.body for one in office.messages() if one.person == who.name) for who in (KIM, LEAD)
    )
    assert "달빛" not in kim
    assert "달빛" in lead
    office.deliver()


@SQLITE
def test_weekends_are_of_those_who_want_them(office: Office) -> None:
    daily, none = DigestDays.DAILY, DigestDays.NONE
    office.apply(KIM, replace(LEAD, digest=daily), replace(KIM, name="이하늘", digest=none))
    assert at(office, "2026-03-07T09:30") == [LEAD.name]
    assert at(office, "2026-03-09T12:01") == [LEAD.name], "a late one would only confuse"
    assert at(office, "2026-03-10T09:30") == [KIM.name, LEAD.name, LEAD.name]
