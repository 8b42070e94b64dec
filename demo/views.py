"""What a page shows: its period, its rows, its totals; and the period the server remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from demo.model import DAY, Figures, Level, Model, Row


class Preset(StrEnum):
    """The periods that a click chooses."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST7 = "last7"


LABELS = {Preset.TODAY: "오늘", Preset.YESTERDAY: "어제", Preset.LAST7: "지난 7일"}


@dataclass(frozen=True, slots=True)
class Period:
    """Business dates, both inclusive, and the word for them."""

    label: str
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Return every date of the period."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def as_json(self) -> dict[str, str | None]:
        """Return label and dates; `date` is null where the period has several."""
        single = str(self.first) if self.first == self.last else None
        return {
            "label": self.label,
            "date": single,
            "from": str(self.first),
            "until": str(self.last),
        }


@dataclass
class Views:
    """The period that each user last chose for each account."""

    _chosen: dict[tuple[str, str], Preset] = field(default_factory=dict)

    def choose(self, user: str, account: str, preset: Preset) -> None:
        """Remember a click."""
        self._chosen[user, account] = preset

    def remembered(self, user: str, account: str, otherwise: str) -> Preset:
        """Return the last click, or what the knob says (`off` = today)."""
        fallback = Preset.TODAY if otherwise == "off" else Preset(otherwise)
        return self._chosen.get((user, account), fallback)

    def forget(self) -> None:
        """Forget every click."""
        self._chosen.clear()


def preset_period(preset: Preset, today: date) -> Period:
    """Return the dates that `preset` means on the business date `today`."""
    if preset is Preset.YESTERDAY:
        return Period(LABELS[preset], today - DAY, today - DAY)
    first = today - 6 * DAY if preset is Preset.LAST7 else today
    return Period(LABELS[preset], first, today)


def named_period(day: date, today: date) -> Period:
    """Return the period of a date that the address names."""
    label = {today: "오늘", today - DAY: "어제"}.get(day, f"{day.month}월 {day.day}일")
    return Period(label, day, day)


@dataclass(frozen=True, slots=True)
class Table:
    """One page of a table, with totals over all of its rows."""

    rows: Sequence[Row]
    total: Figures
    count: int
    page: int
    pages: int

    def as_json(self) -> dict[str, Any]:
        """Return the rows as the SPA reads them."""
        return {
            "rows": [_row_json(row) for row in self.rows],
            "total": asdict(self.total),
            "count": self.count,
            "page": self.page,
            "pages": self.pages,
        }


def table(
    model: Model, account: str, level: Level, period: Period, at: datetime, page: int
) -> Table:
    """Return page `page` (from 1; too large is the last one) of an account's table."""
    rows = _summed([model.rows(account, level, day, at) for day in period.days])
    size = model.world.sizes.page_size
    pages = max(-(-len(rows) // size), 1)
    shown = min(max(page, 1), pages)
    total = sum((row.figures for row in rows), Figures())
    return Table(rows[(shown - 1) * size : shown * size], total, len(rows), shown, pages)


def _summed(days: list[list[Row]]) -> list[Row]:
    """Add the rows of several days by id; the last day's names and states win."""
    sums: dict[str, Row] = {}
    for row in (row for rows in days for row in rows):
        before = sums[row.id].figures if row.id in sums else Figures()
        sums[row.id] = Row(
            row.id, row.name, row.status, row.group, row.campaign, before + row.figures
        )
    return [sums[row.id] for row in days[-1]]


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "adGroupId": row.group,
        "campaignId": row.campaign,
        **asdict(row.figures),
    }
