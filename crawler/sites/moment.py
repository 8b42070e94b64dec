"""The demo's ad dashboard: accounts, each with tables of creatives, ad groups and campaigns.

A number counts only where three things agree: the cell under its label, the JSON answer that
the page itself received, and the sums. Columns that changed places without their headers, half
a table, another unit or another account show up as a disagreement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from crawler.errors import LayoutChanged
from crawler.exact_number import exact_int, exact_money
from crawler.label_table import read_rows
from crawler.page import Expected, Found, Page, Wanted
from crawler.shown_page import account_verdict, period_verdict, required, required_attribute
from crawler.sites.demo_front import DemoFront
from crawler.snapshot import Snapshot
from domain.account import AccountKey, FoundAccount
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.metric import Metric, MetricKind, Unit
from domain.reading import Reading
from domain.verdict import OK, Verdict, VerdictKind

if TYPE_CHECKING:
    from playwright.sync_api import Page as BrowserPage

TODAY = "오늘"
_KINDS = {
    EntityKind.CREATIVE: ("creatives", "소재"),
    EntityKind.AD_GROUP: ("adgroups", "광고그룹"),
    EntityKind.CAMPAIGN: ("campaigns", "캠페인"),
}
_COUNTS = {"impressions": "노출", "clicks": "클릭", "conversions": "전환"}
_METRICS = ("spend", *_COUNTS)
_SPEND = {"KRW": "소진액(원)", "USD": "소진액(US$)"}
"""The header of the spend, by the account's currency."""


class MomentSite(DemoFront):
    """`/moment`: spend, impressions, clicks and conversions of a business date."""

    past_days: ClassVar[int] = 92
    currencies: ClassVar[frozenset[str]] = frozenset(_SPEND)
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("spend", MetricKind.DAILY_CUMULATIVE, Unit.MONEY),
        Metric("impressions", MetricKind.DAILY_CUMULATIVE, Unit.COUNT),
        Metric("clicks", MetricKind.DAILY_CUMULATIVE, Unit.COUNT),
        Metric("conversions", MetricKind.DAILY_CUMULATIVE, Unit.COUNT),
    )

    def lobby(self) -> Page:
        """Return the list of ad accounts."""
        return Page("accounts", f"{self.base_url}/moment/accounts")

    def pages(self, account: AccountKey, wanted: Wanted, day: date | None) -> Sequence[Page]:
        """Return the first page of each table that is wanted; creatives where nothing is yet."""
        kinds = [kind for kind in _KINDS if kind in wanted.kinds] or [EntityKind.CREATIVE]
        return [self._page(account, _KINDS[kind][0], 1, day) for kind in kinds]

    def next_page(self, page: Page, snapshot: Snapshot) -> Page | None:
        """Return the following page of the table, as the answer counts them."""
        if page.account is None:
            return None
        table = _answer(snapshot, page)
        if page.number >= table["pages"]:
            return None
        day = None if "date=" not in page.url else date.fromisoformat(page.url[-10:])
        return self._page(page.account, page.kind, page.number + 1, day)

    def check(self, snapshot: Snapshot, expected: Expected) -> Verdict:
        """Compare account, period, page, columns, unit, rows and sums."""
        if expected.page.account is None:
            return OK
        for verdict in self._checks(snapshot, expected):
            if not verdict.ok:
                return verdict
        return OK

    def extract(self, snapshot: Snapshot, expected: Expected) -> Sequence[Reading]:
        """Return the four metrics of every expected entity in the table."""
        day = date.fromisoformat(required_attribute(snapshot, "time[data-period]", "datetime"))
        return [
            Reading(key, metric, day, value, expected.slot_at, snapshot.taken_at, shown=row[label])
            for row in _rows(snapshot, expected)
            if (key := self._key(expected.page, row)) in expected.entities
            for metric, (label, value) in _figures(row, expected.currency).items()
        ]  # fmt: skip

    def discover(self, snapshot: Snapshot) -> Found:
        """Return the accounts of the lobby, or the rows of a table with their names and states."""
        if (view := required_attribute(snapshot, "[data-view]", "data-view")) == "accounts":
            return Found(accounts=tuple(self._accounts(snapshot)))
        account = required_attribute(snapshot, "h1[data-account]", "data-account")
        page = Page(view, snapshot.url, AccountKey(self.name, account))
        table = _answer(snapshot, page)
        entities = tuple(self._entity(page, row) for row in table["rows"])
        return Found(entities=entities, of=table["count"])

    def set_right(self, page: BrowserPage, expected: Expected) -> bool:
        """Choose today where the server remembers another period; nothing else can be set."""
        today = page.locator("[data-period-today]")
        if expected.past_day or not today.count():
            return False
        today.click()
        page.wait_for_selector(f'[data-period-label]:text-is("{TODAY}")', state="attached")
        return True

    def _page(self, account: AccountKey, kind: str, number: int, day: date | None) -> Page:
        past = f"&date={day}" if day else ""
        path = f"/moment/accounts/{account.external_id}/{kind}?page={number}{past}"
        return Page(kind, self.base_url + path, account, number)

    def _checks(self, snapshot: Snapshot, expected: Expected) -> Iterator[Verdict]:
        yield account_verdict(snapshot, expected, "h1[data-account]", "[data-account-name]")
        yield period_verdict(
            snapshot, expected, "time[data-period]", ("[data-period-label]", TODAY)
        )
        yield _view_verdict(snapshot, expected.page)
        yield _columns_verdict(snapshot, expected)
        yield _completeness_verdict(snapshot, expected)

    def _accounts(self, snapshot: Snapshot) -> Iterator[FoundAccount]:
        for row in read_rows(_table(snapshot, "table.lobby"), ["광고계정 ID", "광고계정 이름"]):
            yield FoundAccount(AccountKey(self.name, row["광고계정 ID"]), row["광고계정 이름"])

    def _entity(self, page: Page, row: Mapping[str, Any]) -> FoundEntity:
        parent = {"creatives": "adGroupId", "adgroups": "campaignId"}.get(page.kind)
        key = EntityKey(self.name, _account(page), _kind(page), row["id"])
        running = row["status"] == "운영중"
        return FoundEntity(key, row["name"], running, row[parent] if parent else None)

    def _key(self, page: Page, row: Mapping[str, str]) -> EntityKey:
        return EntityKey(self.name, _account(page), _kind(page), row[_id_label(page)])


def _view_verdict(snapshot: Snapshot, page: Page) -> Verdict:
    view = required_attribute(snapshot, "[data-view]", "data-view")
    number = required(snapshot, "nav.pager [aria-current=page]")
    if (view, number) != (page.kind, str(page.number)):
        return Verdict(VerdictKind.WRONG_VIEW, f"page {number} of {view} is shown")
    return OK


def _columns_verdict(snapshot: Snapshot, expected: Expected) -> Verdict:
    """Compare the unit in the header, and each cell with the answer behind it."""
    page, currency = expected.page, expected.currency
    headers = [" ".join(text.split()) for text in _table(snapshot).css("thead th::text").getall()]
    units = [text for text in headers if text.startswith("소진액(")]
    if units and units != [_SPEND[currency]]:
        wanted = f"the unit is {units[0]}, and the account is in {currency}"
        return Verdict(VerdictKind.WRONG_VIEW, wanted)
    answered = {row["id"]: row for row in _answer(snapshot, page)["rows"]}
    for row in _rows(snapshot, expected):
        behind = answered.get(row[_id_label(page)], {})
        for metric, (label, value) in _figures(row, currency).items():
            if value != behind.get(metric):
                seen = f"{label} of {row[_id_label(page)]} shows {row[label]}"
                return Verdict(VerdictKind.WRONG_VIEW, f"{seen}, its answer {behind.get(metric)}")
    return OK


def _completeness_verdict(snapshot: Snapshot, expected: Expected) -> Verdict:
    """Compare rows and sums: of the page with its answer, of a single page with the account."""
    table = _answer(snapshot, expected.page)
    rows = [_figures(row, expected.currency) for row in _rows(snapshot, expected)]
    shown = exact_int(required_attribute(snapshot, "[data-count]", "data-count"), "data-count")
    if len(rows) != len(table["rows"]) or shown != table["count"]:
        return _incomplete(f"{len(rows)} rows are shown of {len(table['rows'])} answered")
    sums = {metric: sum(row[metric][1] for row in rows) for metric in _METRICS}
    if _sums(snapshot, expected, "tr[data-subtotal]") != sums:
        return _incomplete("the subtotal is not the sum of the rows")
    total = _sums(snapshot, expected, "tr[data-total]")
    if total != {metric: table["total"][metric] for metric in _METRICS}:
        return _incomplete("the total is not the one answered")
    if table["pages"] == 1 and (len(rows) != table["count"] or total != sums):
        return _incomplete(f"{len(rows)} rows of {table['count']}, or sums that do not fit")
    return OK


def _incomplete(detail: str) -> Verdict:
    return Verdict(VerdictKind.INCOMPLETE, detail)


def _sums(snapshot: Snapshot, expected: Expected, row: str) -> dict[str, int]:
    labels = _labels(expected.currency).values()
    (sums,) = read_rows(_table(snapshot), labels, rows=f"tfoot {row}") or [{}]
    return {metric: value for metric, (_, value) in _figures(sums, expected.currency).items()}


def _rows(snapshot: Snapshot, expected: Expected) -> list[Mapping[str, str]]:
    labels = _labels(expected.currency).values()
    return read_rows(_table(snapshot), [_id_label(expected.page), *labels])


def _labels(currency: str) -> Mapping[str, str]:
    return {"spend": _SPEND[currency], **_COUNTS}


def _figures(row: Mapping[str, str], currency: str) -> dict[str, tuple[str, int]]:
    """Return, by metric, the label of its cell and the exact number in it."""
    spend = _SPEND[currency]
    counts = {
        name: (label, exact_int(row.get(label, ""), label)) for name, label in _COUNTS.items()
    }
    return {"spend": (spend, exact_money(row.get(spend, ""), currency, spend)), **counts}


def _table(snapshot: Snapshot, selector: str = "table.report") -> Any:
    tables = snapshot.select().css(selector)
    if len(tables) != 1:
        raise LayoutChanged(f"{len(tables)} tables {selector!r} on the page")
    return tables[0]


_ROW_KEYS = frozenset({"id", "name", "status", "adGroupId", "campaignId", *_METRICS})


def _answer(snapshot: Snapshot, page: Page) -> Mapping[str, Any]:
    """Return the newest JSON answer behind the table, if it has the keys that are needed."""
    answers = list(snapshot.answers_to(f"/moment/api/accounts/{_account(page)}/{page.kind}"))
    if not answers:
        raise LayoutChanged("the page received no answer with its table")
    table = answers[-1].json()
    try:
        whole = all(row.keys() >= _ROW_KEYS for row in table["rows"]) and table["total"].keys() >= {
            *_METRICS
        }
        known = whole and type(table["count"]) is int and type(table["pages"]) is int
    except (KeyError, AttributeError, TypeError):
        known = False
    if not known:
        raise LayoutChanged("the answer behind the table has other keys than it used to")
    answer: Mapping[str, Any] = table
    return answer


def _account(page: Page) -> str:
    return page.account.external_id if page.account else ""


def _kind(page: Page) -> EntityKind:
    return next(kind for kind, (path, _) in _KINDS.items() if path == page.kind)


def _id_label(page: Page) -> str:
    return f"{_KINDS[_kind(page)][1]} ID"
