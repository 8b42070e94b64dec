"""`danga client leave` as a person types it; what it does stands in tests/workers/test_leaving."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.admin.conftest import Danga

LOGINS = [
    {"name": "kim", "sites": ["moment"], "username": "kim", "credentials": "stored"},
    {"name": "env", "sites": ["moment"], "username": "e", "credentials": "env:ENV_PASSWORD"},
]
SITE = {"name": "moment", "class": "moment", "base_url": "http://127.0.0.1:1"}
DECLARED: dict[str, Any] = {
    "sites": [SITE],
    "clients": [{"name": "달빛커피"}],
    "logins": LOGINS,
    "accounts": [
        {"site": "moment", "id": str(number), "login": login, "client": "달빛커피"}
        for number, login in enumerate(("kim", "env"))
    ],
}


PASSWORD = ("login", "password", "kim")


@pytest.fixture
def agency(danga: Danga) -> Danga:
    """A client with two logins, one of which has a password, and whom danga.yaml names no more."""
    danga.write("danga.yaml", json.dumps(DECLARED, ensure_ascii=False))
    assert danga("apply", "--yes", "--as", "lee").code == 0
    assert danga("login", "password", "kim", stdin="geheim\n").code == 0
    danga.write("danga.yaml", json.dumps({"sites": DECLARED["sites"]}))
    return danga


def test_it_shows_its_plan_and_does_nothing_before_somebody_agrees(agency: Danga) -> None:
    plan = agency("client", "leave", "달빛커피", "--dry-run", "--json").json()
    assert sorted(f"{one['what']} {one['name']}" for one in plan["closes"]) == [
        "account moment/0",
        "account moment/1",
        "client 달빛커피",
        "login env",
        "login kim",
    ]
    assert (plan["erases_of"], plan["passwords"], plan["left"]) == (["env", "kim"], 1, False)
    ran = agency("client", "leave", "달빛커피")
    assert (ran.code, "--dry-run" in ran.err) == (2, True)
    assert agency("client", "list", "--json").json()["clients"] != []


def test_it_leaves_and_says_what_only_a_person_can_remove(agency: Danga) -> None:
    ran = agency("client", "leave", "달빛커피", "--yes", "--reason", "contract ended")
    assert ran.code == 0, ran.err
    assert "Remove ENV_PASSWORD from .env yourself." in ran.out
    assert len(list((agency.workspace / "exports").glob("달빛커피-*/manifest.json"))) == 1
    assert agency("client", "list", "--json").json()["clients"] == []
    again = agency("client", "leave", "달빛커피", "--json")
    assert (again.code, again.json()["finished_at"] is not None) == (0, True)
    for words in (("session", "import", "kim", agency.write("c.json", "[]")), PASSWORD):
        refused = agency(*words, stdin="geheim\n")
        assert (refused.code, "The login kim is closed" in refused.err) == (2, True)


def test_a_client_that_danga_yaml_still_names_is_refused_with_everything_to_remove(
    agency: Danga,
) -> None:
    agency.write("danga.yaml", json.dumps(DECLARED, ensure_ascii=False))
    ran = agency("client", "leave", "달빛커피", "--yes")
    assert ran.code == 2
    assert "danga.yaml: declares client 달빛커피" in ran.err
    assert "danga.yaml: declares login kim" in ran.err
    assert agency("client", "leave", "nobody", "--yes").code == 2


def test_each_change_of_the_inventory_and_each_password_is_a_line_of_the_audit(
    agency: Danga,
) -> None:
    changed = {**DECLARED, "clients": [{"name": "달빛커피"}, {"name": "바다서점"}]}
    changed["logins"] = [{**LOGINS[0], "username": "kim2"}, LOGINS[1]]
    budget = {"requests_per_day": 100}
    changed["sites"] = [{**SITE, "budget": budget}]
    agency.write("danga.yaml", json.dumps(changed, ensure_ascii=False))
    assert agency("apply", "--yes", "--as", "mina").code == 0
    lines = agency("audit", "--json").json()["audit"]
    of_mina = [(one["action"], one["subject"]) for one in lines if one["actor"] == "mina"]
    assert sorted(of_mina) == [
        ("client.add", "client 바다서점"),
        ("login.change", "login kim"),
        ("site.change", "site moment"),
    ]
    detail = {one["subject"]: one["detail"] for one in lines if one["actor"] == "mina"}
    policies = detail["site moment"]
    assert policies["before"]["budget"]["requests_per_day"] == 20_000
    assert policies["after"]["budget"]["requests_per_day"] == 100
    assert detail["login kim"] == {"change": "username: changed"}, "half of what signs in"
    assert len([one for one in lines if one["action"] == "login.password"]) == 1
    assert "geheim" not in json.dumps(lines)
