"""A person's pause or stop stands in the database, and claims ask for it there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from domain.audit import person
from domain.site_halt import HaltKind
from domain.visit import VisitKind, VisitState
from storage.audit import AuditBook
from storage.errors import SiteHalted
from storage.leases import LeaseBook
from storage.site_halts import HaltBook
from storage.tables import SiteHaltRow
from storage.visit_history import VisitHistory
from storage.visit_record import Outcome
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook
from tests.storage.inventories import NOW, SLOT, apply, login_id

MINA = person("mina")
LEASE = 60.0


def planned(engine: Engine) -> int:
    apply(engine)
    login = login_id(engine)
    return VisitSchedule(engine).plan({login: 0.0}, NOW, VisitKind.REGULAR)[login]


@pytest.mark.parametrize("site", ["moment", "channel"])
def test_a_paused_site_where_a_login_signs_in_offers_no_visit_and_lets_none_be_claimed(
    engine: Engine, site: str
) -> None:
    visit = planned(engine)
    HaltBook(engine).pause(site, MINA, "they asked")
    due = [one.id for one in VisitSchedule(engine).due()]
    home = site == "moment"
    assert due == ([] if home else [visit])
    claim = VisitBook(engine).claim(visit, "w", LEASE)
    assert (claim is None) is home
    assert (LeaseBook(engine).holder_of(login_id(engine)) is None) is home


def test_after_a_pause_the_visit_that_waited_goes_on(engine: Engine) -> None:
    visit = planned(engine)
    halts = HaltBook(engine)
    halts.pause("moment", MINA, "", timedelta(hours=2))
    with engine.begin() as connection:  # nobody waits two hours
        connection.execute(update(SiteHaltRow).values(until=SiteHaltRow.since))
    assert halts.of("moment") is None
    assert [one.id for one in VisitSchedule(engine).due()] == [visit]
    assert VisitBook(engine).claim(visit, "w", LEASE) is not None


def test_a_stop_drops_what_was_planned_and_says_so_in_the_row(engine: Engine) -> None:
    visit = planned(engine)
    _, dropped = HaltBook(engine).stop("moment", MINA, "they called")
    row = VisitHistory(engine).get(visit)
    assert dropped == 1
    assert (row.state, row.detail) == (
        VisitState.MISSED,
        "moment is stopped by mina: they called",
    )


def test_a_visit_that_was_under_way_is_dropped_when_it_has_come_back(engine: Engine) -> None:
    visit = planned(engine)
    claim = VisitBook(engine).claim(visit, "w", LEASE)
    assert claim is not None
    halts = HaltBook(engine)
    halts.stop("moment", MINA, "")
    assert halts.drop_stopped() == 0, "it runs"
    VisitBook(engine).defer(claim, 60, Outcome(VisitState.DEFERRED))
    assert halts.drop_stopped() == 1
    assert VisitHistory(engine).get(visit).state is VisitState.MISSED


def test_a_pause_cannot_weaken_a_stop_and_only_a_person_ends_it(engine: Engine) -> None:
    apply(engine)
    halts = HaltBook(engine)
    halts.stop("moment", MINA, "they called")
    with pytest.raises(SiteHalted, match="stopped by mina"):
        halts.pause("moment", person("lee"), "", timedelta(minutes=1))
    (halt,) = halts.all()
    assert (halt.kind, halt.until) == (HaltKind.STOPPED, None)
    ended = halts.resume("moment", person("lee"), "they agreed")
    assert ended == halt
    assert halts.all() == ()
    assert halts.resume("moment", person("lee"), "") is None
    actions = [(one.actor.name, one.deed.action) for one in AuditBook(engine).newest()]
    assert actions[:2] == [("lee", "site.resume"), ("mina", "site.stop")]


def test_other_sites_go_on(engine: Engine) -> None:
    visit = planned(engine)
    HaltBook(engine).stop("elsewhere", MINA, "")
    assert [one.id for one in VisitSchedule(engine).due()] == [visit]
    later = VisitSchedule(engine).plan({login_id(engine): 0.0}, NOW + SLOT, VisitKind.REGULAR)
    assert len(later) == 1
