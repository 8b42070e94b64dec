"""Turn what danga.yaml calls a site's `class` into a site, or say what is wrong with it.

A class is one of those that ship with Danga (`moment`, `channel`) or stands in a file of the
workspace (`sites/my_site.py:MySite`). Whatever such a file does at import becomes
`SiteClassBroken` with its line, never a traceback.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.errors import SiteClassBroken
from crawler.site import CONTRACT, Site
from crawler.sites.imported import imported_site
from domain.metric import Metric
from domain.policy import SitePolicy

BUILT_IN = {
    "moment": "crawler.sites.moment:MomentSite",
    "channel": "crawler.sites.channel:ChannelSite",
}


def site_of(name: str, policy: SitePolicy, workspace: Path) -> Site:
    """Return the site that a policy describes.

    Raises:
        SiteClassBroken: as `load_site`.
    """
    if policy.is_import:
        return imported_site(name, policy.metrics)
    return load_site(name, policy.site_class, policy.base_url, workspace)


def load_site(name: str, class_ref: str, base_url: str, workspace: Path) -> Site:
    """Return the site `name`, an object of the class that `class_ref` names.

    `class_ref` is a built-in name, `path/to/file.py:ClassName` relative to `workspace`, or
    `installed.module:ClassName`.

    Raises:
        SiteClassBroken: no such class, it cannot be imported, or it breaks the contract; the
            message names the file, and the line where there is one.
    """
    cls, place = _find(class_ref, workspace)
    faults = list(contract_faults(cls))
    if faults:
        raise SiteClassBroken(f"{place}: {cls.__name__} {'; '.join(faults)}")
    if not urlsplit(base_url).hostname:
        raise SiteClassBroken(f"site {name}: the base_url {base_url} names no host")
    try:
        site = cls(name, base_url)
    except Exception as error:
        raise SiteClassBroken(f"{_place_of(error, place)}: {_told(error)}") from error
    site.fingerprint = _fingerprint(cls)
    return site


def contract_faults(cls: type[Site]) -> Iterator[str]:
    """Yield what `cls` breaks of the contract, as the end of a sentence about it."""
    if cls.contract != CONTRACT:
        yield f"says contract = {cls.contract!r}, this Danga knows {CONTRACT}"
    missing = sorted(getattr(cls, "__abstractmethods__", ()))
    if missing:
        yield f"does not define {', '.join(missing)}"
    yield from _metric_faults(getattr(cls, "metrics", ()))
    try:
        ZoneInfo(cls.time_zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        yield f"names a time zone that does not exist: {cls.time_zone!r}"


def _fingerprint(cls: type[Site]) -> str:
    """Return a hash of the files of the class and of those it is built on, but the contract's."""
    own = [one for one in cls.__mro__ if issubclass(one, Site) and one is not Site]
    hashed = hashlib.sha256()
    for path in sorted({inspect.getfile(one) for one in own}):
        hashed.update(Path(path).read_bytes())
    return hashed.hexdigest()


def _metric_faults(metrics: object) -> Iterator[str]:
    if not isinstance(metrics, tuple) or not all(isinstance(one, Metric) for one in metrics):
        yield "declares metrics that are no tuple of Metric"
        return
    if not metrics:
        yield "declares no metrics"
    names = [metric.name for metric in metrics]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"declares the metric {name} twice"


def _find(class_ref: str, workspace: Path) -> tuple[type[Site], str]:
    """Return the class and the place it was found at."""
    place, colon, class_name = BUILT_IN.get(class_ref, class_ref).rpartition(":")
    if not colon:
        known = ", ".join(sorted(BUILT_IN))
        raise SiteClassBroken(
            f"No site class is called {class_ref}",
            advice=f"Write one of {known}, or `sites/file.py:ClassName`.",
        )
    module = _import(workspace / place, place) if place.endswith(".py") else _installed(place)
    found = getattr(module, class_name, None)
    if found is None:
        raise SiteClassBroken(f"{place} has no class {class_name}")
    if not isinstance(found, type) or not issubclass(found, Site):
        raise SiteClassBroken(f"{place}: {class_name} is no subclass of crawler.site.Site")
    return found, place


def _installed(module_name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except (ImportError, ValueError) as error:
        raise SiteClassBroken(f"{module_name} cannot be imported: {error}") from error


def _import(path: Path, shown: str) -> ModuleType:
    """Import a file under a name of its own, so that it shadows nothing."""
    if not path.is_file():
        raise SiteClassBroken(f"{shown} does not exist in the workspace ({path})")
    module_name = f"danga_site_{path.stem}_{abs(hash(path.resolve())):x}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise SiteClassBroken(f"{shown} cannot be imported: it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # dataclasses and pickles look their module up there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[module_name]
        raise SiteClassBroken(f"{_place_of(error, shown, path)}: {_told(error)}") from error
    return module


def _place_of(error: BaseException, shown: str, path: Path | None = None) -> str:
    """`sites/my.py:12`: the last line of the class's own file on the way to the error."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{shown}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.endswith(shown)]
    return f"{shown}:{own[-1].lineno}" if own else shown


def _told(error: BaseException) -> str:
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
