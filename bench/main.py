"""`make bench-main`: does the main job keep its promises? Each figure from a run made now.

    python -m bench.main                          all of it; writes bench/results/main.json
    python -m bench.main --only truth,repair      some sections; writes only where --out says
    python -m bench.main --quick --out FILE       small sizes, for development

Ends with 1 when a figure is not what was promised, and says which. Seconds are never a promise
of the table except that the largest login fits its slot.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import counted, deep_links, fit, kill, logins, new_ad, refused, truth
from bench.figures import FIGURES
from bench.inventory import FAST
from bench.measuring import Bench
from bench.story import SHORT, WHOLE, Story

RESULTS = Path(__file__).parent / "results" / "main.json"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    story: Story
    slots: int
    kills: int
    links: int
    accounts: int
    wrong_ways: int | None = None
    """Of each kind; None: all."""


FULL = Sizes(WHOLE, slots=10, kills=4, links=100, accounts=40)
QUICK = Sizes(SHORT, slots=2, kills=1, links=10, accounts=4, wrong_ways=2)
CREATIVES = 20

SECTIONS: dict[str, Callable[[Sizes], dict[str, Any]]] = {
    "truth": lambda sizes: truth.measure(sizes.story),
    "logins": lambda sizes: logins.measure(sizes.slots),
    "kill": lambda sizes: kill.measure(sizes.kills),
    "repair": lambda sizes: deep_links.measure(sizes.links),
    "requests": lambda _: counted.measure(),
    "refused_pages": lambda sizes: refused.measure(sizes.wrong_ways),
    "fit": lambda sizes: fit.measure(sizes.accounts, CREATIVES),
    "new_ad": lambda _: new_ad.measure(),
}
ALSO_CALLED = {"refused": "refused_pages"}


BENCH = Bench(
    prog="python -m bench.main",
    about=__doc__ or "",
    sections=SECTIONS,
    figures=FIGURES,
    sizes=(FULL, QUICK),
    results=RESULTS,
    facts={"pace": {"where nothing else is said": dict(FAST), "fit": "a site's default"}},
    also_called=ALSO_CALLED,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sections, print the table, write the file; return the exit code."""
    return BENCH.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
