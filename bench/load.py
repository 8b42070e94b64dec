"""How fast do readings come in, how many bytes do they take, and how fast are reports then?

One database grows from a tenth of the readings to all of them. Readings go in by the bulk path
that copies and imports use; before, some go in row by row through the ORM, for comparison.
Reports are timed at both sizes, from their questions to the last line of their table on the
terminal, and the plans of what they ask are kept.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import timedelta
from functools import partial
from io import StringIO
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import Engine, delete, text
from sqlalchemy.orm import Session

from admin.output import Printer
from admin.report_output import answer_of
from bench.database import private_database
from bench.plans import plans_of
from bench.year import (
    ADS,
    ENDS,
    FIELDS,
    KST,
    METRICS,
    READING,
    SEOUL,
    SLOT,
    Year,
    agency,
    make_room,
)
from domain.person import Language
from reports.daily_report import daily_report
from reports.hourly_report import hourly_report
from reports.now_report import now_report
from reports.report import Form, Report
from reports.standing import standings
from reports.watched import Scope
from storage.bulk import insert_many
from storage.known_readings import SeriesDate, at_slot, before_slot
from storage.partitions import partitions
from storage.reading_series import series
from storage.tables import ReadingRow
from storage.transaction import reading

NOW = ENDS + timedelta(minutes=4)
_ORM_ROWS = 1_000
_DAYS = 7
_MOST_DAYS_BACK = 21
Ask = Callable[[Engine, int], Report]
"""Gets which day back from now is asked for."""


def measure(readings: int, times: int, ads: int = ADS) -> dict[str, Any]:
    """Load a tenth of the readings, time each report so often, load the rest, time them again."""
    with private_database(buffer_mib=1024) as engine:
        year = agency(engine, ads)
        by_orm = _orm_rows_per_s(year, min(readings // 10, _ORM_ROWS))
        small = _grow(year, readings // 10)
        days = max(min((KST.date_of(ENDS) - KST.date_of(year.begins)).days, _MOST_DAYS_BACK), 1)
        taken = {"small": _times(engine, times, days)}
        large = _grow(year, readings)
        taken["large"] = _times(engine, times, days)
        stored, size = _sizes(engine)
        plans = plans_of(engine, {**_asked(), **_QUESTIONS})
    rows, seconds = small[0] + large[0], small[1] + large[1]
    return {
        "load": {
            "readings": stored,
            "rows_per_s": round(rows / seconds),
            "vs_orm": round(rows / seconds / by_orm, 1),
            "orm_rows_per_s": round(by_orm),
            "small_readings": small[0],
            "unit_cost_rows": small[2] + large[2],
            "watches": len(year.watches),
        },
        "bytes_per_reading": round(size / stored, 1),
        **{
            f"report_{name}_ms": {at: taken[at][name] for at in ("small", "large")}
            for name in _REPORTS
        },
        "plans": plans,
    }


def _orm_rows_per_s(year: Year, count: int) -> float:
    """Insert rows as the session does when each is added and flushed; they do not stay."""
    slots = year.slots_back(len(year.ads) * len(METRICS))
    rows = [row for one in islice(year.series(slots), 60) for row in one][:count]
    began = time.perf_counter()
    with Session(year.engine) as session:
        for row in rows:
            session.add(ReadingRow(**dict(zip(FIELDS, row, strict=True))))
            session.flush()
        session.commit()
    seconds = time.perf_counter() - began
    with year.engine.begin() as connection:
        connection.execute(delete(ReadingRow))
    return len(rows) / seconds


def _grow(year: Year, readings: int) -> tuple[int, float, int]:
    """Bring it to so many readings; return how many came, in how many seconds, and cost rows."""
    slots = year.slots_back(readings)
    make_room(year.engine, slots)
    rows, seconds = 0, 0.0
    for one in year.series(slots):
        began = time.perf_counter()
        with year.engine.begin() as connection:
            rows += insert_many(connection, READING, one, FIELDS)
        seconds += time.perf_counter() - began
    costs = year.settle(slots)
    with year.engine.begin() as connection:
        for table in ("reading", "unit_cost_slot", "unit_cost_hour", "unit_cost_day"):
            connection.execute(text(f"ANALYZE TABLE {table}"))
    return rows, seconds, costs


def _now(engine: Engine, _back: int) -> Report:
    return now_report(standings(engine, NOW, KST), NOW, Language.KOREAN, SEOUL)


def _hourly(engine: Engine, back: int) -> Report:
    day = KST.date_of(NOW) - timedelta(days=back)
    return hourly_report(engine, Scope(), (day, day), NOW, KST, Language.KOREAN)


def _daily(engine: Engine, back: int) -> Report:
    last = KST.date_of(NOW) - timedelta(days=back)
    span = (last - timedelta(days=_DAYS - 1), last)
    return daily_report(engine, Scope(), span, NOW, KST, Language.KOREAN)


_REPORTS: dict[str, Ask] = {"now": _now, "hourly": _hourly, "daily": _daily}


def _of_yesterday(report: Ask, engine: Engine) -> object:
    return report(engine, 1)


def _asked() -> dict[str, Callable[[Engine], object]]:
    return {f"report {name}": partial(_of_yesterday, report) for name, report in _REPORTS.items()}


def _series(engine: Engine) -> object:
    with reading(engine) as connection:
        return series(connection, [(1, "spend"), (1, "conversions")], ENDS - timedelta(days=1), NOW)


def _known(engine: Engine) -> object:
    dates = [SeriesDate(ad, "spend", KST.date_of(NOW)) for ad in range(1, 7)]
    with reading(engine) as connection:
        return at_slot(connection, dates, ENDS), before_slot(connection, dates, ENDS - SLOT)


_QUESTIONS: dict[str, Callable[[Engine], object]] = {
    "settle: readings of a watch": _series,
    "store: what is known of a page": _known,
}


def _times(engine: Engine, times: int, days: int) -> dict[str, dict[str, float]]:
    """Time each report, of the last `days` days, which both sizes have, in turns."""
    dice = Random(3)
    taken: dict[str, list[float]] = {name: [] for name in _REPORTS}
    # For people each report is a process of its own, that does not look through our garbage.
    gc.collect()
    gc.freeze()
    for _ in range(times):
        for name, report in _REPORTS.items():
            back = dice.randrange(days)
            began = time.perf_counter()
            _show(report(engine, back))
            taken[name].append((time.perf_counter() - began) * 1000)
    gc.unfreeze()
    return {name: _percentiles(each) for name, each in taken.items()}


def _show(report: Report) -> None:
    """Print its tables as a pipe gets them, where nobody sees them."""
    printer = Printer(as_json=False, zone=report.zone)
    with redirect_stdout(StringIO()):
        for sheet in report.shown_in(Form.TABLE):
            printer.show(answer_of(report, sheet))


def _percentiles(taken: Sequence[float]) -> dict[str, float]:
    ordered = sorted(taken)
    return {
        f"p{share}": round(ordered[min(len(ordered) * share // 100, len(ordered) - 1)], 1)
        for share in (50, 99)
    }


def _sizes(engine: Engine) -> tuple[int, int]:
    """Return the readings, and the bytes of their partitions."""
    with reading(engine) as connection:
        stored = connection.scalar(text("SELECT COUNT(*) FROM reading")) or 0
        return stored, sum(one.bytes for one in partitions(connection))
