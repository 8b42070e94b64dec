"""The figures that the main bench shows, and what was promised of each.

What is promised stands here, never in what measures: a section reports what it saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """`holds` judges the measured value; `words` say the same for people."""

    words: str
    holds: Callable[[Any, Results], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    name: str
    measured: str
    promised: str
    kept: bool


NOTHING = Promise("", lambda _value, _all: True)
TRUE = Promise("true", lambda value, _all: value is True)


def exactly(wanted: int) -> Promise:
    """Nothing but this number."""
    return Promise(str(wanted), lambda value, _: value == wanted)


def at_most(limit: float) -> Promise:
    """Not more than this."""
    return Promise(f"at most {limit:g}", lambda value, _: value is not None and value <= limit)


def at_least(limit: float) -> Promise:
    """Not less than this."""
    return Promise(f"at least {limit:g}", lambda value, _: value >= limit)


def at_most_and_times(limit: float, times: float, name: str) -> Promise:
    """Not more than this, nor than so many times another figure."""
    return Promise(
        f"at most {limit:g}, and {times:g} x {name}",
        lambda value, every: value <= min(limit, times * figure(every, name)),
    )


def same_as(name: str) -> Promise:
    """The same as another figure."""
    return Promise(f"= {name}", lambda value, results: value == figure(results, name))


def not_below(name: str) -> Promise:
    """Never below another figure."""
    return Promise(f"never below {name}", lambda value, every: value >= figure(every, name))


FIGURES: Sequence[tuple[str, Promise]] = (
    ("truth.watch_slots", at_least(60)),
    ("truth.compared", NOTHING),
    *((f"truth.{what}", exactly(0)) for what in ("wrong", "absent", "extra")),
    *(
        (f"truth.{way}.{part}{what}", exactly(0) if what != "compared" else NOTHING)
        for way in ("embedded", "celery")
        for part in ("", "after_each_slot.", "readings.")
        for what in ("compared", "wrong", "absent", "extra")
    ),
    ("logins.logins", NOTHING),
    ("logins.slots", NOTHING),
    ("logins.first_run", same_as("logins.logins")),
    ("logins.second_run", exactly(0)),
    ("logins.captchas", exactly(0)),
    ("logins.visits_done", same_as("logins.visits")),
    ("logins.rotating_cookie.first_run", same_as("logins.logins")),
    ("logins.rotating_cookie.second_run", exactly(0)),
    ("logins.rotating_cookie.captchas", exactly(0)),
    ("logins.rotating_cookie.visits_done", same_as("logins.rotating_cookie.visits")),
    ("kill.kills", NOTHING),
    ("kill.pages_again", at_most(1)),
    ("kill.logins_after", exactly(0)),
    ("kill.readings_absent", exactly(0)),
    ("repair.of", NOTHING),
    ("repair.read", same_as("repair.of")),
    ("repair.extra_requests", NOTHING),
    ("repair.requests_without", NOTHING),
    ("requests.counted_by_site", NOTHING),
    ("requests.recorded", same_as("requests.counted_by_site")),
    ("requests.paced", not_below("requests.counted_by_site")),
    ("requests.aborted", at_least(1)),
    ("refused_pages.faults", NOTHING),
    ("refused_pages.tried", at_least(1)),
    ("refused_pages.stored", exactly(0)),
    ("refused_pages.pages_without_verdict", exactly(0)),
    ("refused_pages.pages_without_evidence", exactly(0)),
    ("refused_pages.set_right", same_as("refused_pages.set_right_of")),
    ("fit.creatives", NOTHING),
    ("fit.seconds", at_most(1200)),
    ("fit.requests", NOTHING),
    ("fit.share_of_slot", NOTHING),
    ("fit.readings.wrong", exactly(0)),
    ("fit.readings.absent", exactly(0)),
    ("new_ad.slots", at_most(2)),
    ("new_ad.slots_until_unit_cost", at_most(2)),
    ("new_ad.rows.wrong", exactly(0)),
    ("new_ad.rows.absent", exactly(0)),
)


def rows(figures: Sequence[tuple[str, Promise]], results: Results) -> Iterator[Row]:
    """Yield the rows of all figures whose section was run."""
    for name, promise in figures:
        if name.partition(".")[0] in results:
            value = figure(results, name)
            yield Row(name, _shown(value), promise.words, promise.holds(value, results))


def figure(results: Results, name: str) -> Any:
    """Return the figure that a dotted name means."""
    found: Any = results
    for part in name.split("."):
        found = found[part]
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else str(value)
