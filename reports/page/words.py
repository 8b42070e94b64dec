"""What the marketer's page says, in Korean and English: it holds both and shows one."""

from __future__ import annotations

from collections.abc import Mapping

from reports import words
from reports.page.state import State
from reports.words import HEADINGS, SPANS, Both


def _first(found: Both) -> Both:
    """Return it as it stands at the beginning of a line."""
    return Both(found.ko, found.en[:1].upper() + found.en[1:])


STATES: Mapping[State, Both] = {
    State.OVER: Both("목표 초과", "Over target"),
    State.ABOVE: Both("목표 위 · 결과 적음", "Above target, few results"),
    State.WAITING: Both("로그인 대기", "Login waits"),
    State.REFUSED: Both("계산되지 않음", "Not computed"),
    State.STALE: Both("갱신 지연", "No fresh number"),
    State.NEVER: Both("측정 전", "Not measured yet"),
    State.FEW: Both("데이터 적음", "Too little data"),
    State.WITHIN: Both("목표 이내", "Within target"),
    State.AIMLESS: _first(words.NO_TARGET),
}

COLUMNS: Mapping[str, Both] = {
    "worst": Both("나쁜 순", "Worst first"),
    "name": Both("광고주 · 단가 항목", "Client · watch"),
    "cost": Both("현재 단가", "Unit cost now"),
    "target": Both("목표 대비", "vs target"),
    "hour": Both("직전 시간 대비", "vs previous hour"),
    "yesterday": Both("어제 같은 시각", "vs same hour yesterday"),
    "spark": HEADINGS["spark"],
    "spend": _first(HEADINGS["today_spend"]),
    "results": _first(HEADINGS["today_results"]),
    "budget": _first(HEADINGS["daily_budget"]),
    "age": _first(HEADINGS["last_slot_at"]),
}
"""Headings; each but the picture of 24 hours can be sorted by."""

WORDS: Mapping[str, Both] = {
    "title": Both("광고 단가", "Ad unit costs"),
    "everyone": Both("모든 광고주", "All clients"),
    "written_ago": Both("{span} 전 작성", "written {span} ago"),
    "hour_short": Both("최근 60분", "last 60 min"),
    "ago": Both(" 전", " ago"),
    "skip": Both("목록으로 건너뛰기", "Skip to the list"),
    "state": _first(HEADINGS["note"]),
    "footer": Both(
        "현재 단가는 최근 60분의 소진 합 ÷ 결과 합입니다. 오늘 값은 모두 잠정이며, 측정하지 못한 "
        "시간은 0이 아니라 빈칸입니다.",
        "The unit cost now is the spend over the results of the last 60 minutes. Whatever is of "
        "today is provisional, and an hour that was not measured is empty, never 0.",
    ),
    "target": Both("목표", "target"),
    "no_target": words.NO_TARGET,
    "higher": Both("높음", "higher"),
    "lower": Both("낮음", "lower"),
    "same": Both("같음", "the same"),
    "up": Both("상승", "up"),
    "down": Both("하락", "down"),
    "no_base": Both("비교할 값 없음", "nothing to compare"),
    "too_much": Both("초과 소진", "overspent"),
    "range": Both("90% 범위", "90 % range"),
    "spend": Both("소진", "spent"),
    "net": Both("순증", "net"),
    "provisional": words.PROVISIONAL,
    "none_measured": Both("최근 60분 측정 없음", "nothing measured in the last 60 minutes"),
    "usual": Both("평소", "usually"),
    "expected": Both("예상 마감", "by midnight"),
    "no_budget": Both("예산 미등록", "no budget known"),
    "waiting_short": Both("로그인 대기", "Waits for a login"),
    "no_fresh": Both("째 새 값 없음", " without a fresh number"),
    "pending": Both("확정 대기 (아직 모르는 값)", "waits for the final figure"),
    "against_target": Both("목표 대비", "against the target"),
    "no_hours": Both("최근 24시간 단가 없음", "no unit cost in the last 24 hours"),
    "lowest": Both("최저", "lowest"),
    "highest": Both("최고", "highest"),
    "for_nothing": Both("결과 없이 소진한 시간", "hours with spend and no result"),
    "search": Both("광고주·항목 찾기", "Find a client or watch"),
    "client": _first(HEADINGS["client"]),
    "all_clients": Both("모든 광고주", "All clients"),
    "all": Both("전체", "All"),
    "sort": Both("정렬", "Sort by"),
    "shown": Both("{all}개 중 {shown}개", "{shown} of {all}"),
    "nothing_found": Both("조건에 맞는 항목이 없습니다.", "Nothing fits these filters."),
    "language": Both("언어", "Language"),
    "empty": Both("아직 담당하는 단가 항목이 없습니다.", "There is no watch to look after yet."),
    "empty_more": Both(
        "danga.yaml의 광고주에 담당자를 적고 danga apply를 실행하면 여기에 나타납니다.",
        "Name an owner for a client in danga.yaml and run danga apply: it appears here.",
    ),
    "old": Both(
        "이 페이지는 {span} 전 것입니다. 숫자가 그 뒤로 바뀌었을 수 있습니다.",
        "This page was written {span} ago. The numbers may have changed since.",
    ),
    "this_hour": _first(SPANS["this_hour"]),
    "previous_hour": Both("직전 시간", "Previous hour"),
    "hour_yesterday": Both("어제 같은 시각", "Same hour yesterday"),
    "hour_last_week": Both("지난주 같은 요일·시각", "Same hour last week"),
    "today": _first(SPANS["today"]),
    "day_before": _first(SPANS["yesterday"]),
    "unpaired": Both("짝이 없는 소진", "spend without results"),
    "vat_out": Both("부가세 제외", "without VAT"),
    "marks": _first(HEADINGS["flags"]),
    "owners": _first(HEADINGS["owners"]),
    "unit_cost": HEADINGS["unit_cost"],
    "no_script": Both(
        "정렬, 필터, 시간표는 JavaScript가 켜져 있어야 보입니다.",
        "Sorting, filters and the table of hours need JavaScript.",
    ),
    "heat": words.HEAT,
    "chart": Both("단가와 소진 추이", "Unit cost and spend over time"),
    "by_hour": words.HOURS,
    "by_day": words.DAYS,
    "few": Both("데이터 적음", "too little data"),
    "estimated": Both("추정", "estimated"),
    "missing": Both("측정 없음", "not measured"),
    "day_sum": Both("하루", "Day"),
    "in_thousands": Both("단위: 천", "in thousands of"),
    "explain": Both("측정값과 근거 보기", "See the readings behind it"),
    "ask": Both("이 시간의 측정값은 다음 명령으로 봅니다", "This command shows the readings"),
    "intervals": Both("이 시간에 걸친 구간", "Intervals that touch this hour"),
    "interval": Both("구간", "interval"),
    "as_seen": Both("화면에서 읽은 값과 차이", "What the pages showed, and how it moved"),
    "none_read": Both("이 시간에 읽은 값이 없습니다.", "Nothing was read in this hour."),
    "member": Both("항목", "member"),
    "results": HEADINGS["results"],
    "visit": Both("수집", "visit"),
    "revision": Both("개정", "revision"),
    "left_out": Both("덜 움직인 나머지 항목", "members that moved less, left out"),
    "whole_story": Both("전체 이력", "The whole story"),
    "pick": Both(
        "칸을 고르면 그 시간의 값이 여기에 나옵니다. 화살표 키로 옮길 수 있습니다.",
        "Choose a cell to see that hour here. The arrow keys move.",
    ),
}
"""Everything else; the script of the page gets them too."""
