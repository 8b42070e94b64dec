"""A site renames its markup at 02:00 and its class is mended at 09:00: which hours are missing?

The class stands in a file of the workspace, as a user's own would. Meanwhile each
account is looked at every third slot and its pages are kept; `danga visits reextract` reads them.
Every reading is then compared with the truth of its own slot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bench.ground import Ground, prepared
from bench.inventory import Inventory, Login, Watch
from bench.own_classes import apply_classes
from bench.story import SLOT
from bench.ways import Embedded, embedded
from domain.verdict import VerdictKind
from storage.entities import EntityBook
from storage.outbox import Outbox
from storage.unit_costs import UnitCostStore
from storage.visit_history import VisitHistory
from storage.watches import WatchBook
from tests.mended_classes import class_ref, mend_classes, write_classes
from workers.house import House
from workers.notify.rounds import notify_round
from workers.reextracting import look_again, store_again

SITE = "moment"
RENAMED = datetime.fromisoformat("2026-03-03T02:00+09:00")
HOUR = timedelta(hours=1)
_OVER, _REMINDER = "해결됨", "아직 열려 있는"
INVENTORY = Inventory(
    (Login("kim", (SITE,), ("moment/1001",)),),
    (Watch("conversions", ("moment/1001",), ("moment/1001",), "conversions"),),
)
_SIZES = ("--logins", "1", "--accounts", "1", "--channels", "1", "--creatives", "45")
"""45 creatives are three pages of a list."""
_PEOPLE = [{"name": "bench", "roles": ["operator"], "urls": ["${BENCH_CHAT}"], "wake": True}]


def measure(hours: int) -> dict[str, Any]:
    """Live through an hour before, so many broken hours, and an hour after; then read again."""
    begins, mended = RENAMED - HOUR, RENAMED + hours * HOUR
    chat = {"BENCH_CHAT": "json://127.0.0.1:9/nobody-listens"}
    with prepared(INVENTORY, begins, *_SIZES, settings=chat) as ground:
        write_classes(ground.folder)
        apply_classes(ground, {SITE: class_ref(SITE)}, notify=_PEOPLE)
        with embedded(ground) as way:
            _live(ground, way, begins, RENAMED)
            ground.demo.knobs(rename_markup="labels")
            before = ground.demo.stats()["total"]
            _live(ground, way, RENAMED, mended)
            asked = ground.demo.stats()["total"] - before
        mend_classes(ground.folder)
        with embedded(ground) as way:
            _live(ground, way, mended, mended + HOUR)
            missing = _hours_without_spend(way.house, RENAMED, mended)
            logs = ground.demo.stats()["total"]
            done = store_again(way.house, look_again(way.house, SITE, RENAMED), "bench")
            asked_again = ground.demo.stats()["total"] - logs
            compared = _compare(ground, way.house, begins, mended + HOUR)
            after = _hours_without_spend(way.house, RENAMED, mended)
            told = [one.title for one in Outbox(way.house.engine).recent()]
        pages = done.pages
    return {
        "broken_hours": hours,
        "slots": hours * int(HOUR / SLOT),
        "slots_looked_at": len({page.kept.slot_at for page in pages}),
        "pages_kept": len(pages),
        "pages_read_again": sum(page.ok for page in pages),
        "requests_while_broken": asked,
        "requests_to_read_again": asked_again,
        "hours_missing_before": missing,
        "hours_missing": after,
        "readings": compared,
        "messages": sum(_OVER not in title and _REMINDER not in title for title in told),
        "reminders_at_start_of_work": sum(_REMINDER in title for title in told),
        "messages_when_over": sum(_OVER in title for title in told),
    }


def _live(ground: Ground, way: Embedded, since: datetime, until: datetime) -> None:
    at = since
    while at < until:
        ground.go_to(at)
        way.run(INVENTORY.queues)
        notify_round(way.house)
        at += SLOT


def _hours_without_spend(house: House, since: datetime, until: datetime) -> int:
    """Count the hours of the watch whose spend nobody knows by themselves.

    An hour that a longer interval was shared out to has no reading of its own.
    """
    watch = next(iter(WatchBook(house.engine).all()))
    read = {row.slot_at for row in UnitCostStore(house.engine).slots(watch.id, since, until)}
    hours = int((until - since) / HOUR)
    return sum(since + number * HOUR not in read for number in range(hours))


def _compare(ground: Ground, house: House, since: datetime, until: datetime) -> Mapping[str, int]:
    """Compare all readings of slots that were looked at, after everything was read."""
    stored = _stored(house, since, until)
    wrong = absent = compared = 0
    for slot_at in _slots_with_pages(house, since):
        truth = {
            (row["site"], row["external_id"], row["metric"]): row["value"]
            for row in ground.demo.truth(at=slot_at)
            if row["kind"] == "creative" and row["site"] == SITE
        }
        found = stored.get(slot_at, {})
        compared += len(truth)
        absent += len(truth.keys() - found.keys())
        wrong += sum(truth.get(key) != value for key, value in found.items())
    return {"compared": compared, "wrong": wrong, "absent": absent}


def _slots_with_pages(house: House, since: datetime) -> Sequence[datetime]:
    visits = VisitHistory(house.engine).recent(1000)
    return [one.planned_at for one in visits if one.planned_at >= since and _looked(house, one.id)]


def _looked(house: House, visit: int) -> bool:
    kinds = (VerdictKind.OK, VerdictKind.LAYOUT_CHANGED)
    return any(page.verdict in kinds for page in VisitHistory(house.engine).pages(visit))


def _stored(
    house: House, since: datetime, until: datetime
) -> Mapping[datetime, Mapping[tuple[str, str, str], int]]:
    ids = {one.id for one in EntityBook(house.engine).all()}
    names = {metric.name for metric in house.site(SITE).metrics}
    found: dict[datetime, dict[tuple[str, str, str], int]] = {}
    for one in house.readings.series({(i, n) for i in ids for n in names}, since, until):
        key = one.reading.entity
        at = found.setdefault(one.reading.slot_at, {})
        at[key.site, key.external_id, one.reading.metric] = one.reading.value
    return found
