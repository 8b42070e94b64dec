"""The columns of a file of readings."""

from __future__ import annotations

from workers.sheets.table import Heading

HEADINGS = (
    Heading("watch", "단가 항목", "watch", "Whose results they are; instead of 매체 and 광고계정."),
    Heading("site", "매체", "site", "A site of danga.yaml."),
    Heading("account", "광고계정", "ad account", "Its id.", ("account", "계정", "광고계정 ID")),
    Heading("level", "단위", "level", "캠페인, 광고그룹, 소재, 채널.", ("kind",)),
    Heading("entity", "소재 ID", "entity", "Its id; of an import: empty.", ("id", "ID")),
    Heading("metric", "지표", "metric", "A metric that the site declares.", ("결과 지표",)),
    Heading("day", "날짜", "date", "The business date.", ("일자", "기준일", "business date")),
    Heading("hour", "시", "hour", "0 to 23: what that hour brought.", ("시간대",)),
    Heading("time", "시각", "time", "14:20: the figure of the day up to then.", ("회차", "slot")),
    Heading("value", "값", "value", "Whole; money in the account's currency.", ("건수", "금액")),
    Heading("currency", "통화", "currency", "Has to be the account's."),
)
