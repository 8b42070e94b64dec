"""What `make bench-sessions` shows, and what was promised of it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import NOTHING, Promise, at_least, at_most, exactly, same_as

FIGURES: Sequence[tuple[str, Promise]] = (
    ("single_flight.workers", NOTHING),
    ("single_flight.logins_dead", NOTHING),
    ("single_flight.logins_made", same_as("single_flight.logins_dead")),
    ("single_flight.captchas", exactly(0)),
    ("single_flight.visits_done", same_as("single_flight.visits")),
    ("single_flight.lease_lost.logins_made", at_most(5)),
    ("single_flight.lease_lost.captchas", exactly(0)),
    ("single_flight.lease_lost.visits_done", same_as("single_flight.lease_lost.visits")),
    ("week.visits", NOTHING),
    ("week.logins_made", same_as("week.session_lives")),
    ("week.logins_per_login", NOTHING),
    ("week.deferred", NOTHING),
    ("week.missed_while_it_waited", NOTHING),
    ("week.failed", exactly(0)),
    ("week.slots_until_readings", at_most(1)),
    ("rename.slots", NOTHING),
    ("rename.slots_looked_at", NOTHING),
    ("rename.pages_kept", at_least(1)),
    ("rename.pages_read_again", same_as("rename.pages_kept")),
    ("rename.requests_to_read_again", exactly(0)),
    ("rename.hours_missing_before", NOTHING),
    ("rename.hours_missing", exactly(0)),
    ("rename.readings.compared", NOTHING),
    ("rename.readings.wrong", exactly(0)),
    ("rename.readings.absent", exactly(0)),
    ("rename.messages", exactly(1)),
    ("rename.reminders_at_start_of_work", NOTHING),
    ("rename.messages_when_over", exactly(1)),
    ("remote.frame_ms.median", NOTHING),
    ("remote.frame_ms.p95", NOTHING),
    ("remote.key_ms.median", NOTHING),
    ("remote.key_ms.p95", NOTHING),
    ("proxy.pages", NOTHING),
    ("proxy.leaks", exactly(0)),
    ("proxy.pages_lost", exactly(0)),
    ("proxy.moves", NOTHING),
    ("hostile.tried", at_least(1_000)),
    ("hostile.accepted", exactly(0)),
    ("hostile.code_run", exactly(0)),
    ("notify.causes", NOTHING),
    ("notify.messages", NOTHING),
    ("notify.begins", same_as("notify.causes")),
    ("notify.overs", same_as("notify.causes")),
)
