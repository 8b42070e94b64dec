"""What `make bench-numbers` shows, and what was promised of it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import NOTHING, TRUE, Promise, at_most, exactly

_OF_A_THOUSAND = Promise(
    "at most 2, of 1,000 watches",
    lambda value, results: value <= 2 or results["settle"]["watches"] < 1_000,
)

FIGURES: Sequence[tuple[str, Promise]] = (
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
