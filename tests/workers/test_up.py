"""`danga up` as a process of its own: it measures by itself, and ends or loses what it must."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil

from domain.visit import VisitState
from storage.logins import LoginBook
from tests.demo_server import RunningDemo
from tests.servers import free_port, listens, wait_until
from tests.workers.processes import danga_up
from tests.workers.workspace import (
    KIM,
    KIM_EVERYTHING,
    Agency,
    inventory,
    stall,
    stalls,
    stored_numbers,
    true_numbers,
    visits_of,
)
from workers.collecting import Wish, collect, somebody_visits
from workers.house import House
from workers.remote.invitations import Invitations

CHROMIUM = "headless"


def _done(house: House, visits: int) -> bool:
    return [visit.state for visit in visits_of(house.engine)] == [VisitState.DONE] * visits


def test_it_reads_every_slot_by_itself_with_one_login(
    house: House, agency: Agency, demo: RunningDemo
) -> None:
    with danga_up(agency.root) as up:
        up.wait_for(lambda: _done(house, 1), 40, "the first slot is read")
        slot = agency.step(minutes=20)
        up.wait_for(lambda: _done(house, 2), 20, "the second slot is read")
        browsers = up.family(CHROMIUM)
        assert up.stop() == 0
        assert psutil.wait_procs(browsers, 5)[1] == []
    assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM)
    assert demo.stats()["logins"]["ok"] == 1


def test_collect_hands_its_visit_over_and_starts_no_browser_of_its_own(
    house: House, agency: Agency, demo: RunningDemo
) -> None:
    with danga_up(agency.root) as up:
        up.wait_for(lambda: _done(house, 1), 40, "the first slot is read")
        now = agency.step(minutes=7)
        before = set(psutil.Process().children(recursive=True))
        (visit,) = collect(house, Wish(LoginBook(house.engine).all(), patience_seconds=20))
        assert visit.state is VisitState.DONE
        assert visit.planned_at == now
        assert visit.worker == f"{house.name.rpartition(':')[0]}:{up.visitors[0].pid}"
        assert set(psutil.Process().children(recursive=True)) == before
    assert demo.stats()["logins"]["ok"] == 1


def test_told_to_stop_in_a_visit_it_ends_its_page_and_the_rest_is_read_by_the_next_one(
    agency: Agency, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM_EVERYTHING))
    demo.knobs(rotate_cookie=True)
    stall(demo, 2)
    with agency.house() as house:
        with danga_up(agency.root) as up:
            up.wait_for(lambda: stalls(demo), 40, "one page is read, the next one stalls")
            browsers = up.family(CHROMIUM)
            assert up.stop() == 0
            assert psutil.wait_procs(browsers, 5)[1] == []
        (left,) = visits_of(house.engine)
        assert left.state is VisitState.DEFERRED
        assert left.pages_read == 2, "the page in flight was brought to its end"
        assert left.attempts == 0
        with danga_up(agency.root) as up:
            up.wait_for(lambda: _done(house, 1), 40, "the rest is read")
        (visit,) = visits_of(house.engine)
        assert visit.pages_read == 3
        numbers = stored_numbers(house.engine, visit.planned_at)
        assert numbers == true_numbers(demo, KIM_EVERYTHING)
        assert visit.requests == demo.stats()["total"]
    assert demo.stats()["logins"]["ok"] == 1


def test_a_visit_process_that_is_killed_is_replaced_and_reads_one_page_again_at_most(
    agency: Agency, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM_EVERYTHING))
    with agency.house() as house, danga_up(agency.root) as up:
        up.wait_for(lambda: _done(house, 1), 40, "the first slot is read")
        stall(demo, 60)
        agency.step(minutes=20)
        up.wait_for(lambda: stalls(demo), 20, "one page is read, the next one stalls")
        (victim,) = up.visitors
        browsers = up.family(CHROMIUM)
        victim.kill()
        demo.reset_stats()
        wait_until(lambda: psutil.wait_procs(browsers, 0)[1] == [], 10, "its browser is gone")
        demo.knobs(stall_every=None)
        up.wait_for(lambda: _done(house, 2), 40, "the visit goes on elsewhere")
        visit = visits_of(house.engine)[-1]
        assert visit.attempts == 2
        assert stored_numbers(house.engine, visit.planned_at) == true_numbers(demo, KIM_EVERYTHING)
    after = demo.stats()
    assert "/channel/ch501" not in after["by_path"]
    assert after["by_path"]["/moment/accounts/1001/creatives"] == 1
    assert after["logins"]["ok"] == 0


def test_what_a_killed_danga_up_left_behind_is_done_by_the_next_command(
    house: House, agency: Agency, demo: RunningDemo
) -> None:
    with danga_up(agency.root) as up:
        up.wait_for(lambda: _done(house, 1), 40, "the first slot is read")
        demo.knobs(latency_ms=200)
        agency.step(minutes=20)
        up.wait_for(lambda: _runs(house, of=2), 20, "the second slot begins")
        up.kill()
    assert not somebody_visits(house)
    wish = Wish(LoginBook(house.engine).all(), patience_seconds=60)
    with ThreadPoolExecutor(1) as thread:  # this one's Playwright serves the other tests
        (visit,) = thread.submit(collect, house, wish).result()
    assert visit.state is VisitState.DONE


def _runs(house: House, *, of: int) -> bool:
    visits = visits_of(house.engine)
    return len(visits) == of and visits[-1].state is VisitState.RUNNING


def test_it_serves_remote_sign_ins_where_people_can_reach_it(house: House, agency: Agency) -> None:
    port = free_port()
    with (agency.root / ".env").open("a", encoding="utf-8") as file:
        file.write(f"DANGA_REMOTE_LISTEN=127.0.0.1:{port}\n")
        file.write("DANGA_REMOTE_PUBLIC_URL=https://danga.example.com\n")
    with agency.house() as public:
        link = Invitations(public, "").link("kim")
    assert link is not None
    here = link.replace("https://danga.example.com", f"http://127.0.0.1:{port}")
    with danga_up(agency.root) as up:
        up.wait_for(lambda: listens(port), 40, "somebody listens")
        shown = httpx.get(here, headers={"Host": "danga.example.com"}, trust_env=False)
        assert shown.status_code == 200
        assert "매체 로그인이 필요합니다" in shown.text
        assert "strict-transport-security" in shown.headers
        assert up.stop() == 0
    assert not listens(port)
