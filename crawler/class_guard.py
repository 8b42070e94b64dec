"""The line between Danga and the site classes of its users.

Whatever a class raises becomes `SiteClassBroken` with the place in its file; what it answers is
checked against the contract before anybody believes it.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from playwright.sync_api import Error as PlaywrightError

from crawler.errors import LayoutChanged, SiteClassBroken, Stopped
from crawler.page import Expected, Page
from crawler.site import Site
from crawler.snapshot import Snapshot
from crawler.trouble import name_trouble
from domain.reading import Reading

Answer = TypeVar("Answer")

_CLOCKS_DIFFER = timedelta(minutes=5)
"""A page may say of when its figures are, by the clock of its site."""


def guarded(site: Site, method: str, *arguments: Any) -> Any:
    """Call a method of a site class.

    Raises:
        LayoutChanged: as the class says.
        Stopped: the browser failed under the class's hands.
        SiteClassBroken: the class raised anything else.
    """
    try:
        return getattr(site, method)(*arguments)
    except (LayoutChanged, Stopped):
        raise
    except PlaywrightError as error:
        raise Stopped(name_trouble(error)) from error
    except Exception as error:
        raise SiteClassBroken(
            f"{type(site).__name__}.{method} raised {type(error).__name__}: {error} "
            f"({_place(site, error)})"
        ) from error


def answered(site: Site, method: str, kind: type[Answer], *arguments: Any) -> Answer:
    """Call a method of a site class that has to answer a `kind`.

    Raises:
        SiteClassBroken: it answered something else; and all that `guarded` raises.
    """
    answer = guarded(site, method, *arguments)
    if not isinstance(answer, kind):
        raise SiteClassBroken(
            f"{type(site).__name__}.{method} answered {type(answer).__name__}, not {kind.__name__}"
        )
    return answer


def answered_pages(site: Site, *arguments: Any) -> list[Page]:
    """Return the pages that `pages` answers.

    Raises:
        SiteClassBroken: it answered something else; and all that `guarded` raises.
    """
    pages = list(answered(site, "pages", Sequence, *arguments))  # type: ignore[type-abstract]
    strange = [one for one in pages if not isinstance(one, Page)]
    if strange:
        raise SiteClassBroken(f"{type(site).__name__}.pages answered {strange[0]!r}, no Page")
    return pages


def answered_next(site: Site, page: Page, snapshot: Snapshot | None) -> Page | None:
    """Return the page that `next_page` answers, if it goes forward: a circle would never end.

    Raises:
        SiteClassBroken: it answered something else; and all that `guarded` raises.
    """
    following = guarded(site, "next_page", page, snapshot)
    if following is None:
        return None
    if not isinstance(following, Page):
        raise SiteClassBroken(f"{type(site).__name__}.next_page answered {following!r}, no Page")
    if following.number <= page.number or following.url == page.url:
        raise SiteClassBroken(
            f"{type(site).__name__}.next_page answered page {following.number} after "
            f"{page.number}: numbers have to grow"
        )
    return following


def _place(site: Site, error: Exception) -> str:
    """The last line of the class's own file on the way to the error, else the very last one."""
    frames = traceback.extract_tb(error.__traceback__)
    own = inspect.getfile(type(site))
    place = next((one for one in reversed(frames) if one.filename == own), frames[-1])
    return f"line {place.lineno} of {place.filename.rsplit('/', 1)[-1]}"


def checked_readings(
    site: Site, readings: object, expected: Expected, taken_at: datetime
) -> tuple[Reading, ...]:
    """Return what `extract` answered of a page seen at `taken_at`, if the contract allows it.

    Raises:
        SiteClassBroken: a reading of a foreign entity, metric, date or slot, one from the future
            or without an offset, a value that is no whole number, or the same number twice.
    """
    if not isinstance(readings, Sequence):
        raise SiteClassBroken(f"{type(site).__name__}.extract answered {type(readings).__name__}")
    metrics = {metric.name for metric in site.metrics}
    seen = set()
    for reading in readings:
        fault = _fault(reading, metrics, expected, taken_at)
        key = (reading.entity, reading.metric, reading.business_date) if not fault else None
        if key is not None and key in seen:
            fault = "twice the same number"
        if fault:
            raise SiteClassBroken(f"{type(site).__name__}.extract answered {fault}: {reading!r}")
        seen.add(key)
    return tuple(readings)


def _fault(reading: object, metrics: set[str], expected: Expected, taken_at: datetime) -> str:
    if not isinstance(reading, Reading):
        return "something that is no Reading"
    tests = {
        "an entity that was not expected": reading.entity in expected.entities,
        "a metric that it does not declare": reading.metric in metrics,
        "a business date that was not expected": reading.business_date in expected.dates,
        "another slot": reading.slot_at == expected.slot_at,
        "a moment without an offset": _has_offset(reading.observed_at),
        "a moment after its page was seen": _is_past(reading.observed_at, taken_at),
        "a value that is no whole number": type(reading.value) is int,
    }
    return next((what for what, holds in tests.items() if not holds), "")


def _has_offset(moment: object) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is not None


def _is_past(moment: datetime, taken_at: datetime) -> bool:
    """Whether it lies before, give or take what clocks differ."""
    return not _has_offset(moment) or moment <= taken_at + _CLOCKS_DIFFER
