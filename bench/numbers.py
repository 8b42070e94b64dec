"""`make bench-numbers`: do the numbers hold, and how fast are they at size?

    python -m bench.numbers                        all of it; writes bench/results/numbers.json
    python -m bench.numbers --only settle,rebuild  some sections; writes only where --out says
    python -m bench.numbers --quick --out FILE     small sizes, for development
    python -m bench.numbers --readings 26000000    the documented size: a year of 250 entities

Each section gives its figures their own names, as in `report_now_ms`. Ends with 1 when a
figure is not what was promised, and says which.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import alerts, load, page, rebuild, settle
from bench.measuring import Bench, SizeFlag, at_the_top
from bench.number_figures import FIGURES


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything; `readings` are those of the large size, small is a tenth."""

    readings: int
    watches: int
    rebuilt_watches: int
    rebuilt_days: int
    days_of_the_large: int
    page_clients: int
    page_days: int
    quiet_watches: int
    quiet_days: int
    report_times: int


FULL = Sizes(
    readings=2_600_000,
    watches=1_000,
    rebuilt_watches=10,
    rebuilt_days=30,
    days_of_the_large=365,
    page_clients=40,
    page_days=14,
    quiet_watches=60,
    quiet_days=7,
    report_times=100,
)
QUICK = Sizes(
    readings=52_000,
    watches=3,
    rebuilt_watches=1,
    rebuilt_days=1,
    days_of_the_large=2,
    page_clients=2,
    page_days=1,
    quiet_watches=4,
    quiet_days=1,
    report_times=2,
)

SECTIONS: Mapping[str, Callable[[Sizes], dict[str, Any]]] = {
    "load": lambda sizes: load.measure(sizes.readings, sizes.report_times),
    "settle": lambda sizes: settle.measure(sizes.watches),
    "rebuild": lambda sizes: rebuild.measure(
        sizes.rebuilt_watches, sizes.rebuilt_days, sizes.days_of_the_large
    ),
    "page": lambda sizes: page.measure(sizes.page_clients, sizes.page_days),
    "alerts": lambda sizes: alerts.measure(sizes.quiet_watches, sizes.quiet_days),
}

BENCH = Bench(
    prog="python -m bench.numbers",
    about=__doc__ or "",
    sections=SECTIONS,
    figures=FIGURES,
    sizes=(FULL, QUICK),
    results=Path(__file__).parent / "results" / "numbers.json",
    place=at_the_top,
    flag=SizeFlag(
        "readings",
        "how many readings the large size has; 26000000 is the documented run",
        lambda sizes, readings: replace(sizes, readings=readings),
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sections, print the table, write the file; return the exit code."""
    return BENCH.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
