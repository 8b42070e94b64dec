"""`make bench-sessions`: is signed in rarely, and is nothing lost while a person is needed?

    python -m bench.sessions                        all of it; writes bench/results/sessions.json
    python -m bench.sessions --only week,rename     some sections; writes only where --out says
    python -m bench.sessions --quick --out FILE     small sizes, for development

Ends with 1 when a figure is not what was promised, and says which.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import hostile, notify, proxies, remote, rename, single_flight, week
from bench.inventory import FAST
from bench.measuring import Bench
from bench.session_figures import FIGURES


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    visits_each: int
    week: week.Week
    broken_hours: int
    told_slots: int


FULL = Sizes(visits_each=4, week=week.WHOLE, broken_hours=7, told_slots=24)
QUICK = Sizes(visits_each=2, week=week.SHORT, broken_hours=2, told_slots=24)

SECTIONS: Mapping[str, Callable[[Sizes], dict[str, Any]]] = {
    "single_flight": lambda sizes: single_flight.measure(sizes.visits_each),
    "week": lambda sizes: week.measure(sizes.week),
    "rename": lambda sizes: rename.measure(sizes.broken_hours),
    "remote": lambda _: remote.measure(),
    "proxy": lambda _: proxies.measure(),
    "hostile": lambda _: hostile.measure(),
    "notify": lambda sizes: _in_a_folder(lambda folder: notify.measure(folder, sizes.told_slots)),
}


def _in_a_folder(measure: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="danga-bench-") as folder:
        return measure(Path(folder))


BENCH = Bench(
    prog="python -m bench.sessions",
    about=__doc__ or "",
    sections=SECTIONS,
    figures=FIGURES,
    sizes=(FULL, QUICK),
    results=Path(__file__).parent / "results" / "sessions.json",
    facts={"pace": dict(FAST)},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sections, print the table, write the file; return the exit code."""
    return BENCH.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
