"""What every bench shares: run its sections, print the table of promises, write the file."""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from bench import machine
from bench.figures import Promise, rows
from bench.ground import forget_settings_of_the_machine
from workers.logs import log_to_stderr

Sizes = TypeVar("Sizes")
Figures = dict[str, Any]
Place = Callable[[Figures, str, Figures], None]
"""Puts what a section measured into the results."""


def under_its_name(results: Figures, section: str, measured: Figures) -> None:
    """Let the figures of a section be called `section.figure`."""
    results[section] = measured


def at_the_top(results: Figures, section: str, measured: Figures) -> None:
    """Let the figures of a section keep the names that it gave them."""
    results.update(measured)


@dataclass(frozen=True, slots=True)
class SizeFlag(Generic[Sizes]):
    """An option with a number that changes the sizes: `--readings 26000000`."""

    name: str
    about: str
    resize: Callable[[Sizes, int], Sizes]


@dataclass(frozen=True)
class Bench(Generic[Sizes]):
    """A bench of several sections; a whole run of full size writes `results`.

    `sizes` are full and quick; `facts` stand in the file beside the figures.
    """

    prog: str
    about: str
    sections: Mapping[str, Callable[[Sizes], Figures]]
    figures: Sequence[tuple[str, Promise]]
    sizes: tuple[Sizes, Sizes]
    results: Path
    facts: Mapping[str, Any] = field(default_factory=dict)
    also_called: Mapping[str, str] = field(default_factory=dict)
    place: Place = under_its_name
    flag: SizeFlag[Sizes] | None = None

    def run(self, arguments: Sequence[str] | None = None) -> int:
        """Measure what was asked for; return 1 when a figure is not what was promised."""
        options = self._options(arguments)
        forget_settings_of_the_machine()
        log_to_stderr("error", "console")
        began = time.monotonic()
        results: Figures = {
            "machine": machine.facts(),
            "sizes": "quick" if options.quick else "full",
            **self.facts,
        }
        sizes = self.sizes[int(options.quick)]
        if self.flag is not None and options.size is not None:
            sizes = self.flag.resize(sizes, options.size)
            results["sizes"] = f"{results['sizes']}, --{self.flag.name} {options.size}"
        seconds: dict[str, float] = {}
        for name in options.only:
            print(f"{name} ...", file=sys.stderr, flush=True)
            section_began = time.monotonic()
            try:
                figures = self.sections[name](sizes)
            except Exception:  # noqa: BLE001 - told; what the others took so long for is kept
                traceback.print_exc()
                results.setdefault("broken", []).append(name)
            else:
                self.place(results, name, figures)
            seconds[name] = round(time.monotonic() - section_began, 1)
        results["seconds"] = {**seconds, "all": round(time.monotonic() - began, 1)}
        broken = self._show(results)
        if options.out is not None:
            _write(options.out, results)
        return 1 if broken or "broken" in results else 0

    def _show(self, results: dict[str, Any]) -> int:
        """Print machine and figures; return how many figures are not as promised."""
        for name, fact in results["machine"].items():
            print(f"{name:<14} {fact}")
        print(f"{'seconds':<14} {results['seconds']}\n")
        print(f"{'figure':<40} {'measured':>12}  promised")
        broken = 0
        for row in rows(self.figures, results):
            mark = "" if row.kept else "   <- NOT KEPT"
            broken += not row.kept
            print(f"{row.name:<40} {row.measured:>12}  {row.promised}{mark}")
        return broken

    def _options(self, arguments: Sequence[str] | None) -> _Options:
        parser = argparse.ArgumentParser(prog=self.prog, description=self.about)
        parser.add_argument("--quick", action="store_true", help="small sizes")
        parser.add_argument("--only", help=f"comma separated: {', '.join(self.sections)}")
        parser.add_argument(
            "--out", type=Path, help=f"the file to write; a full run: results/{self.results.name}"
        )
        if self.flag is not None:
            parser.add_argument(f"--{self.flag.name}", dest="size", type=int, help=self.flag.about)
        given = parser.parse_args(arguments)
        named = given.only.split(",") if given.only else list(self.sections)
        only = [self.also_called.get(name, name) for name in named]
        if unknown := sorted(set(only) - set(self.sections)):
            parser.error(f"no such section: {', '.join(unknown)}")
        whole = not given.quick and only == list(self.sections)
        out = given.out or (self.results if whole else None)
        return _Options(given.quick, only, out, vars(given).get("size"))


def _write(path: Path, results: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=2, default=str)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"\nwritten: {path.name}")


@dataclass(frozen=True, slots=True)
class _Options:
    quick: bool
    only: list[str]
    out: Path | None
    size: int | None
