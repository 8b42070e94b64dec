"""What a person's sign-in may ask of a site: see `workers/person_budget.py`."""

from __future__ import annotations

import pytest

from crawler.request_meter import Tally
from domain.clock import SystemClock
from domain.errors import DangaError
from domain.grant import Grant, Wait
from domain.request_budget import RequestBudget
from pace.budget import Pace
from pace.memory_store import MemoryStore
from workers.person_budget import PersonBudget

BURST = 6


def made(per_second: float = 20.0) -> Pace:
    budget = RequestBudget(requests_per_second=per_second, burst=BURST)
    return Pace(MemoryStore(), {"moment": budget}, SystemClock())


def test_a_person_waits_for_what_a_visit_has_just_sent() -> None:
    pace = made()
    grant = pace.ask("moment", "creatives", warm=False)
    assert isinstance(grant, Grant)
    pace.settle(grant, BURST)
    budget = PersonBudget(pace, "moment")
    assert pace.snapshot("moment").available <= 1, "the first pages of a person are reserved"
    budget.close(Tally(requests=2))
    assert pace.snapshot("moment").available >= BURST - 2


def test_a_person_is_told_when_to_come_where_the_site_is_closed_for_longer() -> None:
    pace = made()
    pace.turned_away("moment", "visit 1", 3600, "the site answered 503")
    with pytest.raises(
        DangaError, match="moment may not be asked now: the site answered 503"
    ) as no:
        PersonBudget(pace, "moment")
    assert no.value.next_step == "Try again in 3600 s."


def test_what_a_person_sends_beyond_a_grant_is_charged() -> None:
    pace = made(per_second=0.01)
    budget = PersonBudget(pace, "moment")
    wait = budget.keep_up(Tally(requests=BURST + 3))
    assert wait is not None
    assert wait.reason == "request rate"
    budget.close(Tally(requests=BURST + 3))
    after = pace.ask("moment", "creatives", warm=True)
    assert isinstance(after, Wait)
    assert after.seconds > 3 / 0.01, "it waits for what was sent beyond the burst too"
