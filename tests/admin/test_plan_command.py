"""`danga plan`, and the same warning from `danga apply` and `danga doctor`."""

from __future__ import annotations

from tests.admin.conftest import Danga

BUDGET = "{requests_per_second: 0.01, burst: 40}"
INVENTORY = f"""\
sites: [{{name: moment, class: moment, base_url: 'http://127.0.0.1:1', budget: {BUDGET}}}]
logins: [{{name: kim, sites: [moment]}}, {{name: lee, sites: [moment]}}]
accounts:
  - {{site: moment, id: '1001', login: kim}}
  - {{site: moment, id: '1002', login: lee}}
"""
ARITHMETIC = "a slot needs 16 requests, and 0.01 a second x 1,200 s = 12 (133%)"
CURE = "set slot_minutes: 30, or requests_per_second: 0.015"


def test_a_budget_too_small_for_the_inventory_is_a_warning_with_the_arithmetic(
    danga: Danga,
) -> None:
    assert danga("plan").out == "No site is applied yet.\n"
    danga.write("danga.yaml", INVENTORY)
    dry = danga("apply", "--dry-run")
    assert dry.code == 0
    assert f"Warning: moment: {ARITHMETIC}: {CURE}" in dry.err
    applied = danga("apply", "--yes", "--json")
    assert applied.code == 0, "it is applied nevertheless"
    assert len(applied.json()["warnings"]) == 1
    plan = danga("plan")
    assert plan.code == 1
    assert f"moment is too small: {ARITHMETIC}.\n  Change: {CURE}." in plan.out
    site = danga("plan", "--json").json()["sites"][0]
    assert (site["logins"], site["guessed_logins"], site["requests"]) == (2, 2, 16)
    assert site["spread"] == 0.9
    checks = {one["check"]: one for one in danga("doctor", "--json").json()["checks"]}
    assert (checks["plan"]["health"], ARITHMETIC in checks["plan"]["detail"]) == ("warning", True)


def test_an_inventory_that_fits_is_said_to(danga: Danga) -> None:
    danga.write("danga.yaml", INVENTORY.replace("0.01", "2"))
    assert danga("apply", "--yes", "--json").json()["warnings"] == []
    plan = danga("plan")
    assert (plan.code, "Every account can be read in its slot." in plan.out) == (0, True)
