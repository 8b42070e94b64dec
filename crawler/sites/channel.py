"""The demo's channel pages: friends and subscribers of a channel, as of a business date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from crawler.errors import LayoutChanged
from crawler.exact_number import exact_int
from crawler.page import Expected, Found, Page, Wanted
from crawler.shown_page import account_verdict, period_verdict, required, required_attribute
from crawler.sites.demo_front import DemoFront
from crawler.snapshot import Snapshot
from domain.account import AccountKey, FoundAccount
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.metric import Metric, MetricKind, Unit
from domain.reading import Reading
from domain.verdict import OK, Verdict, VerdictKind

_LABELS = {"friends": "친구 수", "subscribers": "소식받기 수"}


class ChannelSite(DemoFront):
    """`/channel`: each channel is an account with one entity, itself."""

    past_days: ClassVar[int] = 0
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("friends", MetricKind.GAUGE, Unit.COUNT),
        Metric("subscribers", MetricKind.GAUGE, Unit.COUNT),
    )

    def lobby(self) -> Page:
        """Return the list of channels."""
        return Page("channels", f"{self.base_url}/channel/channels")

    def pages(self, account: AccountKey, wanted: Wanted, day: date | None) -> Sequence[Page]:
        """Return the channel's page; a gauge has no past days to settle."""
        if day is not None:
            return []
        return [Page("channel", f"{self.base_url}/channel/{account.external_id}", account)]

    def check(self, snapshot: Snapshot, expected: Expected) -> Verdict:
        """Compare channel, date, and each number with the answer behind it."""
        if expected.page.account is None:
            return OK
        for verdict in (
            account_verdict(snapshot, expected, "h1[data-account]", "[data-account-name]"),
            period_verdict(snapshot, expected, "time[data-period]"),
            _numbers_verdict(snapshot, expected.page.account.external_id),
        ):
            if not verdict.ok:
                return verdict
        return OK

    def extract(self, snapshot: Snapshot, expected: Expected) -> Sequence[Reading]:
        """Return friends and subscribers."""
        day = date.fromisoformat(required_attribute(snapshot, "time[data-period]", "datetime"))
        shown = _shown(snapshot)
        return [
            Reading(key, metric, day, exact_int(shown[metric], label), expected.slot_at,
                    snapshot.taken_at, shown=shown[metric])
            for key in expected.entities
            for metric, label in _LABELS.items()
        ]  # fmt: skip

    def discover(self, snapshot: Snapshot) -> Found:
        """Return the channels of the lobby, or the one channel of a page."""
        if required_attribute(snapshot, "[data-view]", "data-view") == "channels":
            rows = snapshot.select().css("table.lobby tbody tr[data-account]")
            names = [" ".join(row.css("[data-column=name] ::text").getall()) for row in rows]
            ids = [row.attrib["data-account"] for row in rows]
            keys = [AccountKey(self.name, one) for one in ids]
            return Found(accounts=tuple(map(FoundAccount, keys, names)))
        channel = required_attribute(snapshot, "h1[data-account]", "data-account")
        key = EntityKey(self.name, channel, EntityKind.CHANNEL, channel)
        name = required(snapshot, "[data-account-name]")
        return Found(entities=(FoundEntity(key, name),), of=1)


def _numbers_verdict(snapshot: Snapshot, channel: str) -> Verdict:
    behind = _answer(snapshot, channel)
    for metric, text in _shown(snapshot).items():
        if exact_int(text, _LABELS[metric]) != behind[metric]:
            detail = f"{_LABELS[metric]} shows {text}, its answer {behind[metric]}"
            return Verdict(VerdictKind.WRONG_VIEW, detail)
    return OK


def _shown(snapshot: Snapshot) -> Mapping[str, str]:
    """Return the text beside each label."""
    html = snapshot.select()
    pairs = {
        "".join(item.css("dt ::text").getall()).strip(): "".join(
            item.css("dd ::text").getall()
        ).strip()
        for item in html.css("dl.gauges > div")
    }
    missing = [label for label in _LABELS.values() if label not in pairs]
    if missing:
        raise LayoutChanged(f"no {missing[0]!r} among: {', '.join(pairs) or 'nothing'}")
    return {metric: pairs[label] for metric, label in _LABELS.items()}


def _answer(snapshot: Snapshot, channel: str) -> Mapping[str, Any]:
    answers = list(snapshot.answers_to(f"/channel/api/channels/{channel}"))
    body = answers[-1].json() if answers else {}
    if not isinstance(body, dict) or not body.keys() >= {*_LABELS}:
        raise LayoutChanged("the page received no answer with its numbers")
    return body
