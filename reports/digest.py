"""What the clients of a marketer cost since their last morning: short enough for a chat.

Read in a handful of queries, written in Korean or English. A spend may stand in two watches (one
for friends, one for conversions), so nothing is added up over watches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from costs.rows import DayCost
from domain.business_day import BusinessDay, is_working_day
from domain.money import show_money
from domain.person import DigestDays, Language
from reports import words
from reports.amounts import Amounts, amounts_of
from reports.mark import mark_of
from reports.standing import Standing, standings
from reports.watched import NO_METRICS, Metrics
from reports.words import Both
from storage.cost_reader import CostReader

MOST_LINES = 20
OLD = timedelta(hours=1)
"""A newest number older than that is spoken of."""

_TITLE = Both("[단가] {span} 요약", "[Danga] Summary of {span}")
_COST = Both("{cost} (목표 {target}, {change})", "{cost} (target {target}, {change})")
_SPENT = Both("소진 {spend} · {results}", "spend {spend} · {results} results")
_NOTHING_CAME = Both(
    "{results} / 소진 {spend} (목표 {target})", "{results} results, spend {spend} (target {target})"
)
_NOT_MEASURED = Both("측정 없음", "not measured")
_TODAY = Both("오늘 예상 소진 {spend}", "today about {spend}")
_OF_BUDGET = Both("(일예산 {budget}의 {share}%)", "({share} % of {budget})")
_OLD = Both("마지막 측정 {age} 전", "last read {age} ago")
_LOOK = Both("확인 필요", "To look at")
_MORE = Both("외 {count}건", "and {count} more")
_EVERYTHING_FRESH = Both(
    "모든 단가 항목이 정상적으로 측정되고 있습니다.", "Every watch is read as planned."
)


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One watch: what its days cost, and where it stands now."""

    standing: Standing
    amounts: Amounts
    is_final: bool

    @property
    def excess(self) -> float:
        """Its unit cost in targets; without results what was spent, as at least so much; -1: not
        known. Only to put the worst first."""
        one, target = self.amounts, self.standing.target
        if one.spend is None or one.results is None or not target:
            return -1.0
        return float(one.spend) / target / max(one.results, 1)


@dataclass(frozen=True, slots=True)
class Digest:
    """The watches of one marketer over some business dates, the worst first."""

    since: date
    until: date
    lines: tuple[DigestLine, ...]


def dates_of(today: date, days: DigestDays) -> tuple[date, date]:
    """Return the first and the last business date that a morning's digest tells of.

    >>> monday = date(2026, 3, 9)
    >>> [str(day) for day in dates_of(monday, DigestDays.WEEKDAYS)]
    ['2026-03-06', '2026-03-08']
    >>> [str(day) for day in dates_of(monday, DigestDays.DAILY)]
    ['2026-03-08', '2026-03-08']
    """
    yesterday = first = today - timedelta(days=1)
    if days is not DigestDays.DAILY:
        while not is_working_day(first):
            first -= timedelta(days=1)
    return first, yesterday


def digest(
    engine: Engine,
    now: datetime,
    day: BusinessDay,
    days: DigestDays,
    owner: str | None,
    metrics: Metrics = NO_METRICS,
) -> Digest:
    """Return what the clients of an owner (None: all clients) cost since their last morning."""
    since, until = dates_of(day.date_of(now), days)
    found = standings(engine, now, day, owner=owner, metrics=metrics)
    rows: Mapping[int, tuple[DayCost, ...]] = {}
    if found:
        rows = CostReader(engine).days([one.watch_id for one in found], since, until)
    lines = [_line(one, rows.get(one.watch_id, ())) for one in found]
    return Digest(since, until, tuple(sorted(lines, key=lambda line: -line.excess)))


def digest_text(
    told: Digest, open_alerts: Mapping[str, str], day: BusinessDay, language: Language
) -> tuple[str, str]:
    """Return title and body; `open_alerts`: watch -> what is said of it already.

    What nobody can see in a cost comes at the end: waiting logins, old numbers, open alerts.
    """
    title = _TITLE.say(language, span=words.span(told.since, told.until))
    shown = told.lines[:MOST_LINES]
    body = [_said(line, language) for line in shown]
    if len(told.lines) > len(shown):
        body.append(_MORE.say(language, count=len(told.lines) - len(shown)))
    looks = [said for line in told.lines for said in _to_look_at(line, open_alerts, day, language)]
    more = [_MORE.say(language, count=len(looks) - MOST_LINES)] if len(looks) > MOST_LINES else []
    if looks:
        body += ["", _LOOK.say(language), *looks[:MOST_LINES], *more]
    else:
        body += ["", _EVERYTHING_FRESH.say(language)]
    return title, "\n".join(body)


def _line(standing: Standing, rows: Sequence[DayCost]) -> DigestLine:
    return DigestLine(standing, amounts_of(rows), all(row.is_final for row in rows))


def _said(line: DigestLine, language: Language) -> str:
    one, amounts = line.standing, line.amounts
    name = f"{one.client} · {one.watch}"
    if amounts.spend is None or amounts.results is None:
        return f"- {name}: {_NOT_MEASURED.say(language)}"
    parts = [_cost(one, amounts, language)]
    if not line.is_final:
        parts.append(words.PROVISIONAL.say(language))
    if one.projected_spend is not None:
        parts.append(_pace(one, one.projected_spend, language))
    mark = mark_of(amounts, one.target).value or "-"
    return f"{mark} {name}: " + " · ".join(parts)


def _cost(one: Standing, amounts: Amounts, language: Language) -> str:
    spend = show_money(amounts.spend or 0, one.currency)
    results = words.count(amounts.results or 0, language)
    if one.net_results:
        results = words.NET.say(language, count=results)
    target = "-" if one.target is None else show_money(one.target, one.currency)
    if amounts.unit_cost is None:
        return _NOTHING_CAME.say(language, results=results, spend=spend, target=target)
    cost = show_money(amounts.unit_cost, one.currency)
    change = "-" if not one.target else f"{round((amounts.unit_cost / one.target - 1) * 100):+d}%"
    spent = _SPENT.say(language, spend=spend, results=results)
    return f"{_COST.say(language, cost=cost, target=target, change=change)} · {spent}"


def _pace(one: Standing, projected: int, language: Language) -> str:
    said = _TODAY.say(language, spend=show_money(projected, one.currency))
    if not one.daily_budget:
        return said
    share = round(100 * projected / one.daily_budget)
    budget = show_money(one.daily_budget, one.currency)
    return f"{said} {_OF_BUDGET.say(language, budget=budget, share=share)}"


def _to_look_at(
    line: DigestLine, open_alerts: Mapping[str, str], day: BusinessDay, language: Language
) -> list[str]:
    one = line.standing
    name, found = f"{one.client} · {one.watch}", []
    if one.waiting_logins and one.waits_since is not None:
        since = one.waits_since.astimezone(day.zone)
        at, logins = f"{since:%m-%d %H:%M}", ", ".join(one.waiting_logins)
        found.append(words.WAITS.say(language, at=at, logins=logins))
    elif one.age is None:
        found.append(words.NEVER.say(language))
    elif one.age > OLD:
        found.append(_OLD.say(language, age=words.age(one.age, language)))
    if one.watch in open_alerts:
        return [f"- {open_alerts[one.watch]}", *(f"- {name}: {said}" for said in found)]
    return [f"- {name}: {said}" for said in found]
