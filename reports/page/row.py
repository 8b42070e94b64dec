"""What one watch shows on the page: its standing, judged, compared and ready to be sorted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from reports.amounts import Amounts
from reports.page.spark import Spark, spark_of
from reports.page.state import State, excess, state_of
from reports.standing import Standing

FEW_RESULTS = 20
"""Below so many results a unit cost is shown with its range."""
_RANKS = {state: rank for rank, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Change:
    """How a unit cost stands to another one; `percent` is rounded half up, signed."""

    percent: int
    base: Decimal

    @property
    def direction(self) -> str:
        """`up`, `down` or `same`: the page never says it by colour alone."""
        return "up" if self.percent > 0 else "down" if self.percent < 0 else "same"


@dataclass(frozen=True, slots=True)
class Row:
    """One watch; None: there is nothing to compare or to judge by.

    The last 60 minutes are held against the target, the clock hour against other clock hours.
    """

    standing: Standing
    state: State
    excess: int | None
    against_target: Change | None
    against_hour: Change | None
    against_yesterday: Change | None
    budget_used: int | None
    """Per cent of the day's budget that is spent."""
    budget_expected: int | None
    """Per cent of it that will be spent by the end of the day, as it looks now."""
    spark: Spark

    @property
    def is_blind(self) -> bool:
        """Whether the last number is old: it is shown as such, never as the one of now."""
        return self.state in (State.WAITING, State.REFUSED, State.STALE, State.NEVER)

    @property
    def burns(self) -> bool:
        """Whether more was spent in the last 60 minutes than the target allows."""
        return self.state in (State.OVER, State.ABOVE) and (self.excess or 0) > 0

    @property
    def shows_range(self) -> bool:
        """Whether the results are so few that the unit cost alone would say too much."""
        results = self.standing.last_hour.results
        return self.standing.low is not None and results is not None and results < FEW_RESULTS

    @property
    def usual_used(self) -> int | None:
        """Per cent of a day's spend that is usually spent by now."""
        share = self.standing.usual_share
        return None if share is None else _whole(100 * share)

    @property
    def sort_keys(self) -> dict[str, float | int | str | None]:
        """Return what each column is sorted by; None goes last, whichever way."""
        one = self.standing
        now = Amounts() if self.is_blind else one.last_hour
        return {
            "name": f"{one.client} {one.watch}",
            "cost": _number(now.unit_cost),
            "target": None if self.is_blind else _percent(self.against_target),
            "hour": None if self.is_blind else _percent(self.against_hour),
            "yesterday": None if self.is_blind else _percent(self.against_yesterday),
            "spend": one.today.spend,
            "results": one.today.results,
            "budget": self.budget_used,
            "age": None if one.age is None else int(one.age.total_seconds()),
        }


def rows_of(standings: Iterable[Standing]) -> tuple[Row, ...]:
    """Return the rows, the worst first: by state, then by money spent beyond the target."""
    return tuple(sorted(map(_row, standings), key=_badness))


def change(cost: Decimal | None, base: Decimal | int | None) -> Change | None:
    """Return how `cost` stands to `base`.

    >>> change(Decimal(41_200), 30_000).percent
    37
    >>> change(None, 30_000) is None
    True
    """
    if cost is None or not base or base <= 0:
        return None
    return Change(_whole((cost / base - 1) * 100), Decimal(base))


def _row(one: Standing) -> Row:
    this = one.this_hour.unit_cost
    return Row(
        standing=one,
        state=state_of(one),
        excess=excess(one),
        against_target=change(one.last_hour.unit_cost, one.target),
        against_hour=change(this, one.previous_hour.unit_cost),
        against_yesterday=change(this, one.hour_yesterday.unit_cost),
        budget_used=_share(one.today.spend, one.daily_budget),
        budget_expected=_share(one.projected_spend, one.daily_budget),
        spark=spark_of(one.spark, one.target),
    )


def _badness(row: Row) -> tuple[int, int, float, str, str]:
    one = row.standing
    ratio = row.against_target.percent if row.against_target else -1000
    return (_RANKS[row.state], -(row.excess or 0), -ratio, one.client, one.watch)


def _share(spend: int | None, budget: int | None) -> int | None:
    if spend is None or not budget:
        return None
    return _whole(Decimal(100 * spend) / budget)


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)  # an order, not an amount


def _percent(found: Change | None) -> int | None:
    return None if found is None else found.percent
