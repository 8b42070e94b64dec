"""One page before it is written: whose it is, its rows, and what its script gets. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from costs.flag import Flag
from domain.currency import CURRENCIES
from domain.person import Language
from reports.amounts import Amounts
from reports.page.hours import FEW, OVER, Hour, day_sums, heat_dates, heat_rows
from reports.page.row import Row
from reports.page.state import State
from reports.page.words import COLUMNS, WORDS
from reports.words import FLAGS

HEAT_DAYS = 14
OLD_AFTER = timedelta(minutes=40)
"""Two slots: a page that is older says so itself."""
RELOAD_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page of `owner`, or of everyone where it is None.

    `now` is business time, `written_at` the machine's clock, from which readers' browsers count
    how old the page is. `hours` and `explained` are by watch.
    """

    owner: str | None
    rows: Sequence[Row]
    now: datetime
    written_at: datetime
    zone: ZoneInfo
    language: Language = Language.KOREAN
    """In which it is shown at first."""
    hours: Mapping[int, Mapping[Hour, Amounts]] = field(default_factory=dict)
    explained: Mapping[int, Collection[Hour]] = field(default_factory=dict)

    @property
    def written_ms(self) -> int:
        """`written_at` as browsers count."""
        return int(self.written_at.timestamp() * 1000)

    @property
    def today(self) -> date:
        """The date on the readers' wall."""
        return self.now.astimezone(self.zone).date()

    @property
    def states(self) -> list[tuple[State, int]]:
        """Which states there are, the worst first, and how many watches each has."""
        found = Counter(row.state for row in self.rows)
        return [(state, found[state]) for state in State if found[state]]

    @property
    def clients(self) -> list[str]:
        """Whose watches stand here."""
        return sorted({row.standing.client for row in self.rows})

    def data(self) -> dict[str, Any]:
        """Return what the script of the page needs: words, order, keys to sort by, hours."""
        return {
            "today": self.today.isoformat(),
            "lang": self.language,
            "hour": self.now.astimezone(self.zone).hour,
            "old_minutes": OLD_AFTER // timedelta(minutes=1),
            "reload_minutes": RELOAD_AFTER // timedelta(minutes=1),
            "over": OVER,
            "few": FEW,
            "words": WORDS,
            "columns": COLUMNS,
            "flags": [[flag, *FLAGS[flag]] for flag in Flag],
            "order": [row.standing.watch_id for row in self.rows],
            "watches": {str(row.standing.watch_id): self._watch(row) for row in self.rows},
        }

    def _watch(self, row: Row) -> dict[str, Any]:
        one = row.standing
        hours = self.hours.get(one.watch_id, {})
        dates = heat_dates(hours, self.today, HEAT_DAYS)
        explained = self.explained.get(one.watch_id, ())
        currency = CURRENCIES[one.currency]
        return {
            "id": one.watch_id,
            "name": one.watch,
            "target": one.target,
            "currency": currency.code,
            "digits": currency.digits,
            "sign": currency.sign,
            "keys": row.sort_keys,
            "heat": heat_rows(hours, dates, one.target, explained),
            "days": day_sums(hours, dates, one.target),
            "explained": explanations_of(one.watch_id),
        }


def explanations_of(watch_id: int) -> str:
    """Return the folder, beside the page, of the explanations of a watch."""
    return f"explained/{watch_id}"
