"""What reports say, in Korean and English: one place for all forms of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from costs.flag import Flag
from costs.member import Side
from domain.person import Language
from domain.session import SessionState


class Both(NamedTuple):
    """The same in both languages."""

    ko: str
    en: str

    def say(self, language: Language, **named: object) -> str:
        """Return it in one of them, with what its braces name."""
        text = self.ko if language is Language.KOREAN else self.en
        return text.format(**named) if named else text


def headings(columns: Mapping[str, Both], language: Language) -> dict[str, str]:
    """Return the headings of a table in one language, by their keys."""
    return {key: heading.say(language) for key, heading in columns.items()}


FLAGS: Mapping[Flag, Both] = {
    Flag.JOINED: Both("새 소재 포함", "a new ad is in it"),
    Flag.LEFT: Both("빠진 소재 있음", "an ad left"),
    Flag.BASELINE: Both("첫 측정", "a first reading"),
    Flag.SINCE_MIDNIGHT: Both("자정부터", "since midnight"),
    Flag.PENDING: Both("확정 대기", "waits for the final figure"),
    Flag.ONE_SIDED: Both("짝이 없는 소진", "spend without results read beside it"),
    Flag.SKEWED: Both("소진과 결과의 측정 시각 차이", "spend and results read apart"),
    Flag.CORRECTION: Both("매체 정정", "corrected by the platform"),
    Flag.ESTIMATED: Both("추정(시간 배분)", "estimated, shared by time"),
    Flag.HELD: Both("확인 중인 값 제외", "an implausible value left out"),
    Flag.LONG: Both("빠진 회차 있음", "a slot was missed"),
    Flag.DAY_ONLY: Both("하루 합계만(시간별 없음)", "the whole date only, no hours"),
}

HEADINGS: Mapping[str, Both] = {
    "account": Both("광고계정", "account"),
    "account_name": Both("계정 이름", "account name"),
    "age_minutes": Both("측정 경과", "age"),
    "bytes_received": Both("받은 바이트", "bytes"),
    "client": Both("광고주", "client"),
    "closed": Both("마감 대비", "vs closed"),
    "closed_results": Both("마감 결과", "results when closed"),
    "closed_spend": Both("마감 소진", "spend when closed"),
    "closed_unit_cost": Both("마감 단가", "unit cost when closed"),
    "currency": Both("통화", "currency"),
    "daily_budget": Both("일예산", "daily budget"),
    "date": Both("날짜", "date"),
    "days": Both("측정한 날", "days"),
    "flags": Both("참고", "notes"),
    "high": Both("90% 상한", "90 % up to"),
    "hour": Both("시", "hour"),
    "label": Both("단가 이름", "called"),
    "last_reading_at": Both("마지막 측정", "last reading"),
    "last_slot_at": Both("마지막 측정", "last reading"),
    "last_week_change": Both("전주 대비", "vs last week"),
    "login": Both("매체 로그인", "login"),
    "low": Both("90% 하한", "90 % from"),
    "mark": Both("표시", "mark"),
    "megabytes": Both("MB", "MB"),
    "note": Both("상태", "state"),
    "owners": Both("담당자", "owner"),
    "pages": Both("페이지", "pages"),
    "peak_minute": Both("분당 최대", "most in a minute"),
    "previous_change": Both("전시간 대비", "vs hour before"),
    "projected_spend": Both("예상 마감 소진", "expected by midnight"),
    "provisional": Both("잠정/확정", "provisional"),
    "refusals": Both("거절", "refusals"),
    "requests": Both("요청", "requests"),
    "results": Both("결과", "results"),
    "share_read": Both("오늘 회차 측정률", "slots read today"),
    "sign_ins": Both("로그인", "sign-ins"),
    "site": Both("매체", "site"),
    "slots_due": Both("오늘 회차", "slots today"),
    "slots_read": Both("측정한 회차", "slots read"),
    "span": Both("구간", "span"),
    "spark": Both("24시간", "24 hours"),
    "spend": Both("소진", "spend"),
    "spend_net": Both("부가세 제외 소진", "spend without VAT"),
    "state": Both("로그인 상태", "login state"),
    "target": Both("목표단가", "target"),
    "today_mark": Both("오늘 표시", "mark today"),
    "today_results": Both("오늘 결과", "results today"),
    "today_spend": Both("오늘 소진", "spend today"),
    "today_unit_cost": Both("오늘 단가", "today"),
    "unit_cost": Both("단가", "unit cost"),
    "unpaired_spend": Both("짝이 없는 소진", "unpaired spend"),
    "visits": Both("수집", "visits"),
    "waits_since": Both("로그인 대기", "waits since"),
    "watch": Both("단가 항목", "watch"),
    "yesterday_change": Both("전일 대비", "vs yesterday"),
}
"""Headings of columns by their key."""

SPANS: Mapping[str, Both] = {
    "last_hour": Both("최근 60분", "last 60 minutes"),
    "this_hour": Both("이번 시간", "this clock hour"),
    "previous_hour": Both("전시간", "hour before"),
    "hour_yesterday": Both("어제 같은 시간", "same hour yesterday"),
    "hour_last_week": Both("지난주 같은 요일·시간", "same hour last week"),
    "today": Both("오늘", "today"),
    "yesterday": Both("어제", "yesterday"),
}
"""What the fields of a standing are called."""

STATES: Mapping[SessionState, Both] = {
    SessionState.NEW: Both("로그인 전", "never signed in"),
    SessionState.ACTIVE: Both("정상", "active"),
    SessionState.SUSPECT: Both("확인 중", "being proved"),
    SessionState.REFRESHING: Both("로그인 중", "signing in"),
    SessionState.NEEDS_HUMAN: Both("로그인 대기", "waits for a person"),
    SessionState.CLAIMED: Both("사람이 로그인하는 중", "a person signs in"),
    SessionState.CONTESTED: Both("다른 사용자와 충돌", "contested"),
    SessionState.DISABLED: Both("사용 중지", "switched off"),
}

_WEEKDAYS = Both("월화수목금토일", "Mon Tue Wed Thu Fri Sat Sun")

TITLES: Mapping[str, Both] = {
    "now": Both("지금 단가 · {at} 기준", "Unit costs now · as of {at}"),
    "hourly": Both("시간별 단가 · {span}", "Unit costs by hour · {span}"),
    "daily": Both("일별 단가 · {span}", "Unit costs by day · {span}"),
    "watch": Both("{client} · {watch} ({label})", "{client} · {watch} ({label})"),
    "freshness": Both("측정 상태 · {at} 기준", "Freshness · as of {at}"),
    "load": Both("매체 부하 · {span}", "Load on the sites · {span}"),
}

LAST_HOUR = Both("최근 60분 단가", "last hour")

NO_WATCHES = Both(
    "단가 항목이 없습니다: danga.yaml에 적고 `danga apply`를 실행하세요.",
    "No watches: declare them in danga.yaml.",
)
NOTHING_MEASURED = Both("{span}에 측정된 것이 없습니다.", "Nothing was measured in {span}.")
HEAT = Both("날짜 × 시간 단가", "Unit cost by date and hour")
DAYS = Both("일별", "By day")
HOURS = Both("시간별", "By hour")
TOTALS = Both("합계", "Sums")
COMPARED = Both("비교", "Compared")
SPENT_ALONE = Both("소진만", "alone")
IN_CURRENCY = Both(
    "시간표의 금액은 {currency}입니다. 0건/n: 결과 없이 n을 소진, 소진만: 결과를 읽지 못한 소진.",
    "Amounts of the table of hours are {currency}. 0/n: n spent without a result; "
    "alone: spend whose results were not read.",
)
ENDED = Both("끝난 항목입니다.", "This watch has ended.")
LAST_READING = Both("마지막 측정 {at} ({age} 전)", "last reading {at} ({age} ago)")
SLOTS_DUE = Both(
    "오늘 회차는 끝난 회차이며 매체의 휴식 시간은 뺍니다. 마지막 측정은 최근 30일에서 찾습니다.",
    "Slots of today are those that are over, without the site's quiet hours. "
    "Last readings are looked for in the last 30 days.",
)
LOAD_MORE = Both(
    "`danga site load`는 매체에 보낼 보고서를 씁니다. 시각은 데이터베이스 서버 시계입니다.",
    "`danga site load` writes the report for a platform. Times are those of the database's clock.",
)
NOTHING_SENT = Both("{span}에 보낸 요청이 없습니다.", "Nothing was sent in {span}.")
NO_ACCOUNTS = Both("광고계정이 없습니다.", "There are no accounts.")

NO_RESULTS = Both("{count}건 / 소진 {spend}", "{count} results / spent {spend}")
NET_RESULTS = Both("순증", "net results")
NET = Both("순증 {count}", "net {count}")
UNPAIRED = Both("짝이 없는 소진 {spend}", "{spend} spent without results")
SIDES: Mapping[Side, Both] = {
    Side.SPEND: Both("소진", "spend"),
    Side.RESULTS: Both("결과", "results"),
}
NO_ENTITY = Both("측정할 소재 없음 ({sides})", "no entity left to read ({sides})")
REFUSED = Both("{at}부터 계산되지 않음", "not computed since {at}")
NOT_COMPUTED = Both(
    "{watch}: {at}부터 계산되지 않습니다. {why}. {cure}",
    "{watch}: not computed since {at}. {why}. {cure}",
)
WAITS = Both("로그인 대기 {at}부터 ({logins})", "{logins} waits for a person since {at}")
NEVER = Both("측정된 적 없음", "never measured")
PROVISIONAL = Both("잠정", "provisional")
FINAL = Both("확정", "final")
TARGET = Both("목표 {target}", "target {target}")
NO_TARGET = Both("목표 없음", "no target")
RANGE = Both("90% 범위 {low} ~ {high}", "90 % range {low} to {high}")
AT_LEAST = Both("90% 범위 {low} 이상", "90 % range {low} or more")
LEGEND = Both(
    "▲ 목표 초과  ▼ 목표 이내  · 데이터 적음  ▨ 추정·확정 대기  빈칸 측정 없음",
    "▲ over target  ▼ at or under  · too little data  ▨ estimated or pending  blank: not measured",
)
"""What the marks mean; colours only repeat them."""
CLOSED = Both(
    "≠ 월 마감 때와 다른 날 (마감된 값은 `danga close`와 파일에 있습니다)",
    "≠ not as when its month was closed (what was kept: `danga close`, and files)",
)
TIMES_ARE_LOCAL = Both("시각은 {zone} 기준입니다.", "Times are those of {zone}.")


def no_entity(sides: Iterable[Side], language: Language) -> str:
    """Return that nothing is left to read on these sides of a watch.

    >>> no_entity([Side.SPEND], Language.ENGLISH)
    'no entity left to read (spend)'
    """
    return NO_ENTITY.say(language, sides=", ".join(SIDES[side].say(language) for side in sides))


def count(number: int, language: Language) -> str:
    """Return a number of results.

    >>> count(1_200, Language.KOREAN), count(3, Language.ENGLISH)
    ('1,200건', '3')
    """
    return Both(f"{number:,}건", f"{number:,}").say(language)


def minutes(number: int, language: Language) -> str:
    """Return how long that is, as people say it.

    >>> minutes(12, Language.KOREAN), minutes(200, Language.KOREAN), minutes(3000, Language.ENGLISH)
    ('12분', '3시간 20분', '2 d')
    """
    number = max(number, 0)
    hours, rest = divmod(number, 60)
    if number < 60:
        return Both(f"{number}분", f"{number} min").say(language)
    if hours < 24:
        tail = Both(f" {rest}분", f" {rest} min").say(language) if rest else ""
        return Both(f"{hours}시간", f"{hours} h").say(language) + tail
    return Both(f"{hours // 24}일", f"{hours // 24} d").say(language)


def day(of: date, language: Language) -> str:
    """Return a date of a table's heading.

    >>> day(date(2026, 3, 3), Language.KOREAN), day(date(2026, 3, 3), Language.ENGLISH)
    ('03-03 화', '03-03 Tue')
    """
    names = list(_WEEKDAYS.ko) if language is Language.KOREAN else _WEEKDAYS.en.split()
    return f"{of:%m-%d} {names[of.weekday()]}"


def age(span: timedelta, language: Language) -> str:
    """Return how long ago something was read.

    >>> age(timedelta(minutes=12), Language.ENGLISH)
    '12 min'
    """
    return minutes(int(span.total_seconds() // 60), language)


def flags(found: Iterable[Flag], language: Language) -> str:
    """Return what a reader has to know besides the numbers."""
    return ", ".join(FLAGS[flag].say(language) for flag in sorted(found))


def span(since: date, until: date) -> str:
    """Return a range of dates.

    >>> span(date(2026, 3, 1), date(2026, 3, 1)), span(date(2026, 3, 1), date(2026, 3, 7))
    ('2026-03-01', '2026-03-01 ~ 2026-03-07')
    """
    return str(since) if since == until else f"{since} ~ {until}"
