from __future__ import annotations

from workers.planning import start_offsets


def test_logins_of_one_watch_start_together_and_groups_are_spread_evenly() -> None:
    offsets = start_offsets(
        ["park", "kim", "lee", "choi"],
        [frozenset({"kim", "lee"}), frozenset({"lee", "park"})],
        spread_seconds=600,
    )
    assert offsets == {"choi": 0, "kim": 300, "lee": 300, "park": 300}


def test_a_login_has_the_same_offset_in_every_slot() -> None:
    one = start_offsets(["a", "b", "c"], [], 600)
    other = start_offsets(["c", "a", "b"], [], 600)
    assert one == other == {"a": 0, "b": 200, "c": 400}


def test_a_watch_over_a_login_that_is_switched_off_joins_nothing() -> None:
    assert start_offsets(["a"], [frozenset({"a", "gone"})], 600) == {"a": 0}


def test_no_logins_need_no_plan() -> None:
    assert start_offsets([], [], 600) == {}
