"""Write what a marketer reads of a cost alert: the target, what was seen, since when, what next.

Pure. No probabilities: "목표 30,000원 · 최근 1시간 41,200원 (소진 82,400원, 2건)".
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.cause import Cause, CauseKind, CostShown
from domain.money import show_money, unit_cost
from domain.person import Language
from reports.words import Both, age, count

_TITLES: Mapping[CauseKind, Both] = {
    CauseKind.COST_HIGH: Both(
        "{watch}: 단가가 목표를 크게 넘었습니다", "{watch}: the unit cost is far over its target"
    ),
    CauseKind.NO_RESULTS: Both(
        "{watch}: 소진은 늘고 결과는 없습니다", "{watch}: spend goes on, and no results come"
    ),
    CauseKind.SPEND_STOPPED: Both("{watch}: 소진이 멈췄습니다", "{watch}: spend has stopped"),
}
_ADVICE: Mapping[CauseKind, Both] = {
    CauseKind.COST_HIGH: Both(
        "소재, 입찰가, 타기팅을 확인하세요.", "look at its creatives, bids and targeting."
    ),
    CauseKind.NO_RESULTS: Both(
        "전환 추적, 랜딩 페이지, 소재를 확인하세요.",
        "look at the tracking, the landing page and its creatives.",
    ),
    CauseKind.SPEND_STOPPED: Both(
        "일예산, 잔액, 심사, 종료일을 확인하세요.",
        "look at its daily budget, balance, review and end date.",
    ),
}
_CLIENT = Both("광고주: {client}", "Client: {client}")
_SHOWN = Both(
    "목표 {target} · 최근 {span} {unit_cost} (소진 {spend}, {results})",
    "Target {target} · last {span} {unit_cost} (spend {spend}, results {results})",
)
_NOTHING_CAME = Both(
    "목표 {target} · 최근 {span} {results} / 소진 {spend}",
    "Target {target} · last {span} no results, spend {spend}",
)
_STANDS_STILL = Both(
    "최근 {span} 소진이 없습니다. 어제 같은 시간에는 있었습니다.",
    "No spend for {span}; at this time yesterday there was.",
)
_LAST_SEEN = Both("마지막 값: {shown}", "Last seen: {shown}")
_NEXT = Both("다음: {advice}", "Next: {advice}")
_MORE = Both(
    '자세히: danga report watch "{watch}"',
    'More: danga report watch "{watch}"',
)
_MUTE = Both(
    '오늘 그만 받기: danga alert mute "{watch}"',
    'No more of it today: danga alert mute "{watch}"',
)


def cost_title(cause: Cause, language: Language) -> str:
    """Return which watch it is about, and what is wrong."""
    return _TITLES[cause.kind].say(language, watch=cause.subject)


def cost_lines(cause: Cause, cost: CostShown, language: Language) -> tuple[list[str], list[str]]:
    """Return what stands before the times, and what after them.

    >>> from datetime import timedelta
    >>> cost = CostShown("A", (), "KRW", 30_000, 82_400, 2, timedelta(hours=1))
    >>> cost_lines(Cause(CauseKind.COST_HIGH, "a"), cost, Language.KOREAN)[0][1]
    '목표 30,000원 · 최근 1시간 41,200원 (소진 82,400원, 2건)'
    """
    before = [_CLIENT.say(language, client=cost.client), _shown(cause.kind, cost, language)]
    advice = _ADVICE[cause.kind].say(language)
    after = [
        _NEXT.say(language, advice=advice),
        _MORE.say(language, watch=cause.subject),
        _MUTE.say(language, watch=cause.subject),
    ]
    return before, after


def last_seen(cause: Cause, cost: CostShown, language: Language) -> list[str]:
    """Return the lines of a message that it is over: with the last numbers that were seen."""
    lines = [_CLIENT.say(language, client=cost.client)]
    if cause.kind is not CauseKind.SPEND_STOPPED:
        lines.append(_LAST_SEEN.say(language, shown=_shown(cause.kind, cost, language)))
    return lines


def _shown(kind: CauseKind, cost: CostShown, language: Language) -> str:
    span = age(cost.span, language)
    if kind is CauseKind.SPEND_STOPPED:
        return _STANDS_STILL.say(language, span=span)
    each = unit_cost(cost.spend, cost.results)
    return (_NOTHING_CAME if each is None else _SHOWN).say(
        language,
        target=show_money(cost.target, cost.currency),
        span=span,
        spend=show_money(cost.spend, cost.currency),
        results=count(cost.results, language),
        unit_cost="" if each is None else show_money(each, cost.currency),
    )
