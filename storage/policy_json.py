"""A site's policy as JSON, for its row and its history.

Keys that this program does not know are left out, missing ones take their defaults: the row may
have been written by an older or a newer Danga.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import time
from typing import Any

from domain.metric import Metric, MetricKind, Unit
from domain.policy import OnRefusal, SitePolicy
from domain.request_budget import QuietHours, RequestBudget


def policy_to_json(policy: SitePolicy) -> dict[str, Any]:
    """Return plain values; times of the day as `HH:MM:SS`."""
    plain = asdict(policy)
    quiet = policy.budget.quiet
    plain["budget"]["quiet"] = quiet and [quiet.begin.isoformat(), quiet.end.isoformat()]
    plain["metrics"] = list(plain["metrics"])
    if not plain["metrics"]:
        del plain["metrics"]  # as rows say that were written before there were any
    plain["probe_at"] = policy.probe_at and policy.probe_at.isoformat()
    return plain


def policy_from_json(plain: dict[str, Any]) -> SitePolicy:
    """Return the policy that `policy_to_json` described."""
    known = _known(SitePolicy, plain)
    known["budget"] = _budget(plain.get("budget", {}))
    known["on_refusal"] = OnRefusal(plain.get("on_refusal", OnRefusal.ROTATE))
    if known.get("probe_at"):
        known["probe_at"] = time.fromisoformat(known["probe_at"])
    known["metrics"] = tuple(
        Metric(one["name"], MetricKind(one["kind"]), Unit(one["unit"]), one["is_judged"])
        for one in plain.get("metrics", ())
    )
    return SitePolicy(**known)


def _budget(plain: dict[str, Any]) -> RequestBudget:
    known = _known(RequestBudget, plain)
    if known.get("quiet"):
        begin, end = known["quiet"]
        known["quiet"] = QuietHours(time.fromisoformat(begin), time.fromisoformat(end))
    return RequestBudget(**known)


def _known(kind: Any, plain: dict[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in plain.items() if name in names}
