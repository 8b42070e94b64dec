from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import SiteClassBroken
from crawler.site_loader import load_site
from crawler.sites.moment import MomentSite

GOOD = """
from typing import ClassVar
from crawler.site import Site
from domain.metric import Metric, MetricKind, Unit


class Mine(Site):
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("cost", MetricKind.DAILY_CUMULATIVE, Unit.WON),
    )

    def lobby(self):
        return None

    def pages(self, account, wanted, day):
        return []

    def extract(self, snapshot, expected):
        return []
"""


def broken(folder: Path, source: str, ref: str = "sites/mine.py:Mine") -> str:
    (folder / "sites").mkdir(exist_ok=True)
    (folder / "sites" / "mine.py").write_text(source)
    with pytest.raises(SiteClassBroken) as caught:
        load_site("mine", ref, "http://127.0.0.1:1", folder)
    return str(caught.value)


def test_a_built_in_class_is_found_by_its_short_name(tmp_path: Path) -> None:
    site = load_site("kakao", "moment", "http://127.0.0.1:1/", tmp_path)
    assert isinstance(site, MomentSite)
    assert (site.name, site.base_url) == ("kakao", "http://127.0.0.1:1")


def test_a_class_outside_the_repository_is_found_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "mine.py").write_text(GOOD)
    site = load_site("mine", "sites/mine.py:Mine", "http://127.0.0.1:1", tmp_path)
    assert type(site).__name__ == "Mine"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("class Mine(Site):", "class Mine(Site:"), "sites/mine.py:7: SyntaxError"),
        (("from crawler.site import Site", "import nothing_like_this"), "sites/mine.py:3: Module"),
        (("class Mine", "1 / 0\nclass Mine"), "sites/mine.py:7: ZeroDivisionError: division by"),
        (("class Mine", "raise SystemExit(3)\nclass Mine"), "sites/mine.py:7: SystemExit: 3"),
        (("class Mine(Site)", "class Mine"), "sites/mine.py: Mine is no subclass of crawler.site"),
        (("class Mine", "class Other"), "sites/mine.py has no class Mine"),
        (("def lobby", "def lobbby"), "sites/mine.py: Mine does not define lobby"),
        (("    metrics", "    contract = 2\n    metrics"), "says contract = 2, this Danga knows 1"),
        (("    metrics", "    time_zone = 'Asia/Soul'\n    metrics"), "a time zone that does not"),
        (("Metric, ...]] =", "Metric, ...]] = () and"), "declares no metrics"),
        (("Unit.WON),", "Unit.WON),) * 2 + (Metric('x', MetricKind.GAUGE, Unit.COUNT),"), "twice"),
        (("    def lobby", "    def __init__(self):\n        pass\n\n    def lobby"), "TypeError"),
    ],
)
def test_a_class_that_breaks_the_contract_is_named_with_its_place(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    assert change[0] in GOOD
    assert told in broken(tmp_path, GOOD.replace(*change))


@pytest.mark.parametrize("ref", ["momnt", "sites/mine", "mine.Mine"])
def test_a_name_that_means_no_class_is_told_with_those_that_do(tmp_path: Path, ref: str) -> None:
    assert f"No site class is called {ref}" in broken(tmp_path, GOOD, ref)


def test_an_address_without_a_host_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteClassBroken, match="names no host"):
        load_site("m", "moment", "moment.example.com", tmp_path)
