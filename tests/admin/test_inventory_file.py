from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from domain.account import AccountKey
from domain.entity import EntityKind
from domain.errors import BadInput
from domain.inventory import AccountTerms, FollowRule, InventorySpec, MemberRule, ProxyWish, Vat
from domain.request_budget import QuietHours
from tests.admin.inventories import changed, whole
from workers.inventory_file import load_inventory

BOM = AccountKey("moment", "1001")
MINE = """
from typing import ClassVar
from crawler.site import Site
from domain.metric import Metric, MetricKind, Unit

class MySite(Site):
    time_zone: ClassVar[str] = "Asia/Tokyo"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("cost", MetricKind.DAILY_CUMULATIVE, Unit.MONEY),
    )
    def lobby(self): raise NotImplementedError
    def pages(self, account, wanted, day): return []
    def extract(self, snapshot, expected): return []
"""


def load(folder: Path, text: str) -> InventorySpec:
    path = folder / "danga.yaml"
    path.write_text(text, encoding="utf-8")
    return load_inventory(path, folder)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        load(folder, text)
    return [str(fault) for fault in caught.value.faults]


def test_the_example_of_a_new_workspace_says_what_it_seems_to_say(tmp_path: Path) -> None:
    spec = load(tmp_path, whole())
    moment, channel = spec.sites
    assert moment.policy.budget.quiet == QuietHours(time(1), time(5))
    assert channel.policy.budget.quiet is None
    (kim,) = spec.logins
    assert (kim.sites, kim.credential_source) == (("moment", "channel"), "stored")
    assert kim.proxy == ProxyWish(label="kr")
    assert spec.accounts[0].shown_name == "봄꽃마켓 공식"
    assert spec.accounts[0].terms == AccountTerms("KRW", True, Decimal("0.1000"), "Asia/Seoul")
    assert spec.follow == {FollowRule(EntityKind.CREATIVE, "*", account=BOM)}
    (watch,) = spec.watches
    assert watch.spend == {MemberRule(BOM, EntityKind.CREATIVE, "spend", "*친구*")}
    assert watch.target == 30_000


@pytest.mark.parametrize("text", ["", "# only comments\n", "sites:\nlogins: []\n"])
def test_an_empty_inventory_is_valid(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == InventorySpec()


def test_every_section_tells_its_unknown_keys_and_wrong_types_at_once(tmp_path: Path) -> None:
    text = changed(
        ("requests_per_second: 2\n", "requests_per_second: quick\n"),
        ("quiet: 01:00-05:00 ", "quiet: at night"),
        ("concurrent_visits", "concurent_visits"),
        ("username: kim", "usrname: kim"),
        ("vat_rate: 0.1 ", "vat_rate: 1 "),
        ("level: creative", "level: creatives"),
        ("target: 30000 ", "target: -1 "),
        ("owners: [김지은]", "owners: 김지은"),
    )
    told = "\n".join(faults(tmp_path, text))
    for expected in (
        "danga.yaml:6 sites[0].budget.requests_per_second: has to be a number",
        "danga.yaml:8 sites[0].budget.concurent_visits: unknown key (did you mean",
        "sites[0].budget.quiet: has to be two times, such as 01:00-05:30",
        "clients[0].owners: has to be a list",
        "logins[0].usrname: unknown key (did you mean username?)",
        "accounts[0].vat_rate: has to be less than 1",
        "follow[0].level: has to be 'campaign', 'ad_group', 'creative' or 'channel'",
        "watches[0].target: has to be greater than 0",
    ):  # fmt: skip
        assert expected in told


def test_a_budget_that_could_never_read_the_site_is_refused_with_its_line(tmp_path: Path) -> None:
    text = (
        "sites:\n"
        "  - name: moment\n"
        "    class: moment\n"
        "    base_url: https://moment.example.com\n"
        "    budget:\n"
        "      requests_per_second: 2\n"
        "      floor_per_second: 3\n"
        "      burst: 19\n"
        "      requests_per_day: 5\n"
        "      quiet: 00:00-23:50\n"
    )
    assert [one.partition(" (")[0] for one in faults(tmp_path, text)] == [
        "danga.yaml:7 sites[0].budget.floor_per_second: 3 is above requests_per_second: 2",
        "danga.yaml:8 sites[0].budget.burst: 19 is below one page in a new browser: 20 requests",
        "danga.yaml:9 sites[0].budget.requests_per_day: 5 is below one page in a new browser: "
        "20 requests",
        "danga.yaml:10 sites[0].budget.quiet: 00:00-23:50 leaves 10 minutes of the day, less than "
        "a slot",
    ]
    of_class = text.replace("class: moment", "class: moon.py:MySite")
    (tmp_path / "moon.py").write_text(MINE.replace("Asia/Tokyo", "Moon/Base"), encoding="utf-8")
    (zone, *_others) = faults(tmp_path, of_class)
    assert zone.startswith("danga.yaml:3 sites[0].class")
    assert "names a time zone that does not exist: 'Moon/Base'" in zone


def test_names_that_nobody_declared_are_told_with_the_nearest_one(tmp_path: Path) -> None:
    text = changed(
        ("owners: [김지은]", "owners: [김지운]"),
        ("sites: [moment, channel] ", "sites: [momnt, channel] "),
        ("spend: {account: moment/1001", "spend: {account: moment/1010"),
        (
            "    login: kim\n    client: 봄꽃마켓\n    vat",
            "    login: kin\n    client: 봄꽃\n    vat",
        ),
    )
    told = "\n".join(faults(tmp_path, text))
    assert "clients[0].owners[0]: unknown owner 김지운 (did you mean 김지은?)" in told
    assert "logins[0].sites[0]: unknown site momnt (did you mean moment?)" in told
    assert "accounts[0].login: unknown login kin (did you mean kim?)" in told
    assert "accounts[0].client: unknown client 봄꽃 (did you mean 봄꽃마켓?)" in told
    assert (
        "watches[0].spend.account: unknown account moment/1010 (did you mean moment/1001?)" in told
    )


def test_a_name_that_is_used_twice_names_both_lines(tmp_path: Path) -> None:
    text = changed(("- name: channel\n", "- name: moment\n"), ("id: bomkkot", "id: 1001"))
    text = text.replace("site: channel", "site: moment").replace("[moment, channel]", "[moment]")
    told = faults(tmp_path, text)
    assert any("the name moment is used twice (first at danga.yaml:2)" in one for one in told)
    assert any("the account moment/1001 is used twice" in one for one in told)


def test_a_watch_on_a_metric_its_site_does_not_have_is_told(tmp_path: Path) -> None:
    text = changed(("metric: friends", "metric: freinds"), ("metric: spend", "metric: clicks"))
    assert [one.partition(" ")[2] for one in faults(tmp_path, text)] == [
        "watches[0].spend.metric: clicks of moment is no amount of money that grows "
        "(name what the ads cost)",
        "watches[0].results.metric: the site channel has no metric freinds (did you mean friends?)",
    ]


def test_an_account_needs_a_login_of_its_site(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, changed(("sites: [moment, channel]", "sites: [moment]")))
    assert "accounts[1].login: the login kim has no access to channel" in told


@pytest.mark.parametrize(
    "line", ["password: hunter2", "PW: hunter2", "비밀번호: hunter2", "api_key: hunter2"]
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    told = faults(tmp_path, changed(("  - name: kim\n", f"  - name: kim\n    {line}\n")))
    assert len(told) == 1
    assert "a password may not stand in a file" in told[0]
    assert "danga login password LOGIN" in told[0]
    assert "hunter2" not in told[0]


def test_a_password_in_a_base_url_is_refused(tmp_path: Path) -> None:
    text = changed(("https://moment.example.com", "https://kim:hunter2@moment.example.com"))
    (told,) = faults(tmp_path, text)
    assert "a password may not stand in a url" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("lines", "source"),
    [
        ("username: kim\n", "stored"),
        ("username: kim\n    credentials: env:KIM_PASSWORD\n", "env:KIM_PASSWORD"),
        ("username: kim\n    credentials: none\n", None),
        ("proxy: direct\n", None),
    ],
)
def test_where_a_password_comes_from(tmp_path: Path, lines: str, source: str | None) -> None:
    text = "sites: [{name: m, class: moment, base_url: 'http://h'}]\n"
    text += f"logins:\n  - name: kim\n    sites: [m]\n    {lines}"
    assert load(tmp_path, text).logins[0].credential_source == source


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("credentials: env:DANGA_KEY\n    username: k\n", "a setting of Danga's own"),
        ("credentials: hunter2\n    username: k\n", "has to be stored, none or env:NAME"),
        ("credentials: stored\n", "has a password and no username"),
        ("proxy: {id: a, label: b}\n", "has to name one of id, label and any: true"),
        ("proxy: seoul\n", "has to be direct, {id: NAME}"),
    ],
)
def test_what_a_login_cannot_have(tmp_path: Path, lines: str, told: str) -> None:
    text = "sites: [{name: m, class: moment, base_url: 'http://h'}]\n"
    text += f"logins:\n  - name: kim\n    sites: [m]\n    {lines}"
    (fault,) = faults(tmp_path, text)
    assert told in fault
    assert "hunter2" not in fault


def test_a_site_class_of_ones_own_brings_its_metrics_and_its_time_zone(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "mine.py").write_text(MINE)
    text = (
        "sites: [{name: mine, class: 'sites/mine.py:MySite', base_url: 'http://127.0.0.1:1/'}]\n"
        "logins: [{name: kim, sites: [mine]}]\n"
        "accounts: [{site: mine, id: 1, login: kim}]\n"
    )
    spec = load(tmp_path, text)
    assert spec.sites[0].policy.budget.time_zone == "Asia/Tokyo"
    assert spec.accounts[0].terms.time_zone == "Asia/Tokyo"


def test_a_site_class_that_does_not_load_is_a_fault_of_its_line(tmp_path: Path) -> None:
    text = changed(("class: channel\n", "class: sites/none.py:Nobody\n"))
    (told,) = faults(tmp_path, text)
    assert told.startswith("danga.yaml:13 sites[1].class: sites/none.py does not exist")


def test_a_currency_that_the_class_cannot_read_or_nobody_knows_is_told(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "mine.py").write_text(MINE, encoding="utf-8")
    mine = ("class: moment ", "class: sites/mine.py:MySite ")
    dollars = ("    vat_included", "    currency: USD\n    vat_included")
    text = changed(mine, ("metric: spend", "metric: cost"), dollars)
    assert [one.partition(" ")[2] for one in faults(tmp_path, text)] == [
        "accounts[0].currency: the class of moment reads amounts in KRW, not in USD "
        "(correct the currency, or name it in the class's `currencies`)"
    ]
    (told,) = faults(tmp_path, changed((dollars[0], dollars[1].replace("USD", "XAU"))))
    assert "accounts[0].currency: is no currency that Danga knows: KRW, JPY, USD" in told


def test_a_watch_over_two_currencies_is_told_with_its_line(tmp_path: Path) -> None:
    abroad = "accounts:\n  - site: moment\n    id: 1002\n    login: kim\n    currency: USD\n"
    spend = "spend: {accounts: [moment/1001, moment/1002]"
    text = changed(("accounts:\n", abroad), ("spend: {account: moment/1001", spend))
    (told,) = faults(tmp_path, text)
    assert (
        "watches[0].spend: watches two currencies: moment/1001 in KRW, moment/1002 in USD" in told
    )
    assert "make a watch of each" in told


def test_amounts_of_a_watch_are_kept_in_the_minor_units_of_its_accounts(tmp_path: Path) -> None:
    dollars = ("    vat_included", "    currency: USD\n    vat_included")
    money = ("target: 30000 ", "target: 12.34\n    daily_budget: 500\n    vat: excluded ")
    (watch,) = load(tmp_path, changed(dollars, money)).watches
    assert (watch.target, watch.daily_budget, watch.currency) == (1_234, 50_000, "USD")
    assert watch.vat is Vat.EXCLUDED


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("target: 0", "target: has to be greater than 0"),
        ("target: 0.5", "target: KRW has 0 decimals"),
        ("target: yes", "target: has to be a number"),
        ("target: 1e30", "target: has to be less than or equal to"),
        ("target: 10\n    daily_budget: 0", "daily_budget: has to be greater than 0"),
        ("target: 10\n    daily_budget: 9.99", "daily_budget: KRW has 0 decimals"),
        ("target: 10\n    vat: 10%", "vat: has to be 'included' or 'excluded'"),
    ],
)
def test_an_amount_that_cannot_be_is_told(tmp_path: Path, line: str, expected: str) -> None:
    (told,) = faults(tmp_path, changed(("target: 30000 ", line + " ")))
    assert expected in told


def test_a_watch_over_amounts_with_and_without_vat_has_to_say_which_it_means(
    tmp_path: Path,
) -> None:
    abroad = "accounts:\n  - site: moment\n    id: 1002\n    login: kim\n    vat_included: false\n"
    spend = "spend: {accounts: [moment/1001, moment/1002]"
    text = changed(("accounts:\n", abroad), ("spend: {account: moment/1001", spend))
    (told,) = faults(tmp_path, text)
    assert "adds amounts with VAT to amounts without: moment/1001 with, moment/1002 without" in told
    assert "say `vat: included` or `vat: excluded` for the watch" in told
    (watch,) = load(
        tmp_path, text.replace("target: 30000", "vat: included\n    target: 30000")
    ).watches
    assert watch.vat is Vat.INCLUDED
