"""What `make bench-numbers` shows, and what was promised of it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import (
    NOTHING,
    TRUE,
    Promise,
    at_least,
    at_most,
    at_most_and_times,
    exactly,
)

_REPORTS = ("now", "hourly", "daily")

_OF_A_THOUSAND = Promise(
    "at most 2, of 1,000 watches",
    lambda value, results: value <= 2 or results["settle"]["watches"] < 1_000,
)

FIGURES: Sequence[tuple[str, Promise]] = (
    ("load.readings", NOTHING),
    ("load.rows_per_s", NOTHING),
    ("load.orm_rows_per_s", NOTHING),
    ("load.vs_orm", at_least(10)),
    ("bytes_per_reading", NOTHING),
    *(
        (f"report_{name}_ms.{size}.{share}", NOTHING)
        for name in _REPORTS
        for size, share in (("small", "p50"), ("small", "p99"), ("large", "p50"))
    ),
    *(
        (
            f"report_{name}_ms.large.p99",
            at_most_and_times(150, 1.5, f"report_{name}_ms.small.p99"),
        )
        for name in _REPORTS
    ),
    ("settle_slot_s", _OF_A_THOUSAND),
    ("settle.watches", NOTHING),
    ("settle.statements", NOTHING),
    ("settle.rows_that_a_rebuild_changes", exactly(0)),
    ("rebuild_watch_slots_per_s", NOTHING),
    ("rebuild_equal", TRUE),
    ("rebuild.large.readings", NOTHING),
    ("rebuild.large.mib_before", NOTHING),
    ("rebuild.large.mib_at_most", NOTHING),
    ("page.kib", NOTHING),
    ("page.kib_gzipped", NOTHING),
    ("page.look_ms", NOTHING),
    ("page.write_ms", NOTHING),
    ("page.first_paint_ms", NOTHING),
    ("alerts.slots_to_message", at_most(2)),
    ("alerts.slots_to_over", NOTHING),
    ("alerts.messages_of_a_burning_ad", exactly(2)),
    ("alerts.false_in_quiet_week", exactly(0)),
    ("alerts.quiet_watches", NOTHING),
    ("alerts.look_ms", NOTHING),
)
