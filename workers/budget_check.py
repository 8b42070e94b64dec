"""Check that a request budget of `danga.yaml` can do what it is for: settings that never could."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from crawler.site import Site
from domain.errors import Fault
from domain.request_budget import DAY
from workers.inventory_model import InventoryFile, SiteEntry
from workers.yaml_source import YamlSource

Impossible = tuple[str, str, str]
"""Key of the budget, what is wrong with it, and the cure."""


def budget_faults(
    file: InventoryFile, source: YamlSource, sites: Mapping[str, Site]
) -> Iterator[Fault]:
    """Yield a fault for each setting with which a site could never be read.

    `sites` are those whose class could be loaded: what a page costs at the others is not known.
    """
    for number, entry in enumerate(file.sites or ()):
        cold_page = sites[entry.name].cold_page_requests if entry.name in sites else 1
        for key, what, cure in _impossible(entry, cold_page):
            yield Fault(source.where(("sites", number, "budget", key)), what, cure)


def _impossible(entry: SiteEntry, cold_page: int) -> Iterator[Impossible]:
    budget = entry.budget
    ceiling, floor = budget.requests_per_second, budget.floor_per_second
    if floor is not None and floor > ceiling:
        what = f"{floor:g} is above requests_per_second: {ceiling:g}"
        yield "floor_per_second", what, f"write {ceiling:g} or less, or leave it out"
    if budget.burst < cold_page:
        what = f"{budget.burst} is below one page in a new browser: {cold_page} requests"
        yield "burst", what, f"write {cold_page} or more"
    if 0 < budget.requests_per_day < cold_page:
        what = f"{budget.requests_per_day} is below one page in a new browser: {cold_page} requests"
        yield "requests_per_day", what, "write what a day's visits need, or 0 to stop the site"
    slot = timedelta(minutes=entry.slot_minutes)
    if budget.quiet is not None and DAY - budget.quiet.length < slot:
        left = (DAY - budget.quiet.length) // timedelta(minutes=1)
        what = f"{budget.quiet} leaves {left} minutes of the day, less than a slot"
        yield "quiet", what, f"leave at least {entry.slot_minutes} minutes open, or stop the site"
