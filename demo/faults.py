"""What is done to a JSON answer before it is sent, and what the SPA is told to get wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.knobs import Knobs, names

RENAMED = {
    "account": "adAccount",
    "channel": "profile",
    "name": "title",
    "rows": "list",
    "total": "sum",
    "count": "totalCount",
    "period": "range",
    "spend": "cost",
    "impressions": "imp",
    "clicks": "clk",
    "conversions": "conv",
    "friends": "followerCount",
    "subscribers": "optInCount",
    "date": "baseDate",
}
RENAMED_VERSION = "2"


def distort(answer: dict[str, Any], knobs: Knobs) -> Any:
    """Return the answer as the knobs would have it."""
    if knobs.half_rendered == "json" and "rows" in answer:
        answer = {**answer, "rows": answer["rows"][: half(len(answer["rows"]))]}
    if knobs.unit == "thousand" and "rows" in answer:
        answer = _in_thousands(answer)
    if knobs.unit == "dollar" and "rows" in answer:
        answer = {**answer, "unit": "US$"}
    return _renamed(answer) if knobs.rename_json else answer


def half(count: int) -> int:
    """Return how many of `count` rows a half-rendered table shows: always fewer."""
    return count // 2


def _in_thousands(answer: dict[str, Any]) -> dict[str, Any]:
    rows = [{**row, "spend": row["spend"] // 1000} for row in answer["rows"]]
    total = {**answer["total"], "spend": answer["total"]["spend"] // 1000}
    return {**answer, "unit": "천원", "rows": rows, "total": total}


def _renamed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {RENAMED.get(key, key): _renamed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner) for inner in value]
    return value


def page_faults(knobs: Knobs) -> dict[str, Any]:
    """Return what the SPA does wrong when it renders."""
    return {
        "renameLabels": knobs.rename_markup in {"labels", "both"},
        "renameMarks": knobs.rename_markup in {"marks", "both"},
        "columns": knobs.columns,
        "rounded": knobs.rounded,
        "halfRendered": knobs.half_rendered == "dom",
        "healsMs": knobs.half_rendered_heals_ms,
        "overlay": knobs.overlay,
    }


def shown_instead(asked: str, all_ids: list[str], knobs: Knobs) -> str:
    """Return whose page is shown for `asked`: its neighbour's, where the knob says so."""
    wrong = names(knobs.wrong_account)
    if asked not in wrong and "all" not in wrong:
        return asked
    return all_ids[(all_ids.index(asked) + 1) % len(all_ids)]
