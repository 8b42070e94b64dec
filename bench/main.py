"""`make bench-main`: does the main job keep its promises? Each figure from a run made now.

    python -m bench.main                          all of it; writes bench/results/main.json
    python -m bench.main --only truth,repair      some sections; writes only where --out says
    python -m bench.main --quick --out FILE       small sizes, for development

Ends with 1 when a figure is not what was promised, and says which. Seconds are never a promise
of the table except that the largest login fits its slot.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import counted, deep_links, fit, kill, logins, machine, new_ad, refused, truth
from bench.figures import FIGURES, rows
from bench.ground import forget_settings_of_the_machine
from bench.inventory import FAST
from bench.story import SHORT, WHOLE, Story
from workers.logs import log_to_stderr

RESULTS = Path(__file__).parent / "results" / "main.json"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    name: str
    story: Story
    slots: int
    kills: int
    links: int
    accounts: int


FULL = Sizes("full", WHOLE, slots=10, kills=4, links=100, accounts=40)
QUICK = Sizes("quick", SHORT, slots=2, kills=1, links=10, accounts=4)
CREATIVES = 20

SECTIONS: dict[str, Callable[[Sizes], dict[str, Any]]] = {
    "truth": lambda sizes: truth.measure(sizes.story),
    "logins": lambda sizes: logins.measure(sizes.slots),
    "kill": lambda sizes: kill.measure(sizes.kills),
    "repair": lambda sizes: deep_links.measure(sizes.links),
    "requests": lambda _: counted.measure(),
    "refused_pages": lambda _: refused.measure(),
    "fit": lambda sizes: fit.measure(sizes.accounts, CREATIVES),
    "new_ad": lambda _: new_ad.measure(),
}
ALSO_CALLED = {"refused": "refused_pages"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sections, print the table, write the file; return the exit code."""
    options = _options(arguments)
    forget_settings_of_the_machine()
    log_to_stderr("error", "console")
    began = time.monotonic()
    results: dict[str, Any] = {
        "machine": machine.facts(),
        "sizes": options.sizes.name,
        "pace": {"where nothing else is said": dict(FAST), "fit": "a site's default"},
    }
    seconds: dict[str, float] = {}
    for name in options.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        section_began = time.monotonic()
        results[name] = SECTIONS[name](options.sizes)
        seconds[name] = round(time.monotonic() - section_began, 1)
    results["seconds"] = {**seconds, "all": round(time.monotonic() - began, 1)}
    broken = _show(results)
    if options.out is not None:
        _write(options.out, results)
    return 1 if broken else 0


def _show(results: dict[str, Any]) -> int:
    """Print machine and figures; return how many figures are not as promised."""
    for name, fact in results["machine"].items():
        print(f"{name:<14} {fact}")
    print(f"{'seconds':<14} {results['seconds']}\n")
    print(f"{'figure':<40} {'measured':>12}  promised")
    broken = 0
    for row in rows(FIGURES, results):
        mark = "" if row.kept else "   <- NOT KEPT"
        broken += not row.kept
        print(f"{row.name:<40} {row.measured:>12}  {row.promised}{mark}")
    return broken


def _write(path: Path, results: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=2, default=str)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"\nwritten: {path.name}")


@dataclass(frozen=True, slots=True)
class _Options:
    sizes: Sizes
    only: list[str]
    out: Path | None


def _options(arguments: Sequence[str] | None) -> _Options:
    parser = argparse.ArgumentParser(prog="python -m bench.main", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--only", help=f"comma separated: {', '.join(SECTIONS)}")
    parser.add_argument("--out", type=Path, help="the file to write; a full run: results/main.json")
    given = parser.parse_args(arguments)
    named = given.only.split(",") if given.only else list(SECTIONS)
    only = [ALSO_CALLED.get(name, name) for name in named]
    if unknown := sorted(set(only) - set(SECTIONS)):
        parser.error(f"no such section: {', '.join(unknown)}")
    whole = not given.quick and only == list(SECTIONS)
    sizes = QUICK if given.quick else FULL
    return _Options(sizes, only, given.out or (RESULTS if whole else None))


if __name__ == "__main__":
    sys.exit(main())
