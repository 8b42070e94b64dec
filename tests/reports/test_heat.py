from __future__ import annotations

from datetime import date

from sqlalchemy import Engine

from costs.flag import Flag
from reports.heat import heat
from storage.watches import WatchBook
from tests.reports.rows import hour, seoul, store
from tests.storage.inventories import WATCH, apply


def test_the_heat_table_has_what_was_measured_and_nothing_else(engine: Engine) -> None:
    apply(engine, at=seoul("2026-03-01"))
    (watch,) = WatchBook(engine).all()
    hours = [
        hour("2026-03-08T23:00", 1, 1),
        hour("2026-03-09T00:00", 2_000, 1, Flag.ESTIMATED),
        hour("2026-03-10T23:00", 3_000, 0),
        hour("2026-03-11T00:00", 1, 1),
    ]
    store(engine, WATCH.name, hours=hours)
    cells = heat(engine, [watch.id], date(2026, 3, 9), date(2026, 3, 10))
    assert set(cells) == {(watch.id, date(2026, 3, 9), 0), (watch.id, date(2026, 3, 10), 23)}
    assert cells[watch.id, date(2026, 3, 9), 0].flags == {Flag.ESTIMATED}
    assert cells[watch.id, date(2026, 3, 10), 23].unit_cost is None
