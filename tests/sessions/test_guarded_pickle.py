"""A pickle is a program: plain values load, everything else is refused before it runs."""

from __future__ import annotations

import json
import pickle
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import BrokenPickle, HostilePickle, PickleRefused
from storage.guarded_pickle import Limits, dumps, loads
from storage.pickle_cell import Cell, loads_in_child
from tests.sessions.hostile import BOMBS, laughs, programs

COOKIES = [
    {
        "domain": "127.0.0.1",
        "expiry": 1_900_000_000,
        "httpOnly": True,
        "name": "sid",
        "path": "/",
        "sameSite": "Lax",
        "secure": False,
        "value": "단가-5f0c",
    }
]
json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=40,
)


@given(json_like)
def test_every_plain_value_comes_back_equal(value: Any) -> None:
    assert loads(dumps(value)) == value


@given(json_like, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_what_anybody_pickled_of_plain_values_loads(value: Any, protocol: int) -> None:
    assert loads(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_the_child_reads_every_protocol(protocol: int) -> None:
    assert loads_in_child(pickle.dumps(COOKIES, protocol)) == COOKIES


def test_a_loaded_tree_shares_nothing() -> None:
    shared = ["a"]
    first, second = loads(pickle.dumps([shared, shared]))
    first.append("b")
    assert second == ["a"]


def test_no_program_runs(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for name, data in programs(canary).items():
        for load in (loads, loads_in_child):
            with pytest.raises(HostilePickle):
                load(data)
            assert not canary.exists(), name


def test_the_canary_would_have_sung(tmp_path: Path) -> None:
    """Shows that the programs above do something: careless loading creates the file."""
    canary = tmp_path / "canary"
    pickle.loads(programs(canary)["reduce, protocol 4"])
    assert canary.exists()


def test_a_refusal_names_what_was_refused() -> None:
    with pytest.raises(HostilePickle, match=r"GLOBAL 'os\.system' at byte 0"):
        loads(b"cos\nsystem\n(S'id'\ntR.")


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_a_second_and_little_memory(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(PickleRefused):
        loads(BOMBS[name])
    assert time.process_time() - began < 1.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_the_child_too(name: str) -> None:
    with pytest.raises(PickleRefused):
        loads_in_child(BOMBS[name])


def test_the_well_known_bomb_is_small() -> None:
    assert len(laughs()) < 500


def test_every_truncation_is_refused() -> None:
    data = dumps(COOKIES)
    for length in range(len(data)):
        with pytest.raises(BrokenPickle):
            loads(data[:length])


def test_the_child_that_needs_too_much_is_stopped() -> None:
    data = dumps(["x" * 1000 for _ in range(8_000)])
    with pytest.raises(HostilePickle, match=r"stopped by a limit|more memory"):
        loads_in_child(data, Limits(), Cell(memory_bytes=24 * 2**20))
    with pytest.raises(HostilePickle, match="took over"):
        loads_in_child(data, Limits(), Cell(wall_seconds=0.001))


@given(st.binary(max_size=300))
@settings(max_examples=500)
def test_random_bytes_never_give_more_than_plain_values(data: bytes) -> None:
    try:
        value = loads(data)
    except PickleRefused:
        return
    json.dumps(value)


@given(st.data())
@settings(max_examples=300)
def test_a_mutated_pickle_never_gives_more_than_plain_values(data: st.DataObject) -> None:
    mutated = bytearray(dumps(COOKIES))
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        value = loads(bytes(mutated))
    except PickleRefused:
        return
    json.dumps(value)


@pytest.mark.parametrize(
    "value", [(1,), {1: 2}, b"x", {"a": {1, 2}}, 2**63, float("nan"), float("inf"), object()]
)
def test_what_is_not_plain_is_not_written(value: object) -> None:
    with pytest.raises(PickleRefused):
        dumps(value)


def test_a_message_never_repeats_a_value() -> None:
    data = pickle.dumps(["geheim-5f0c", {"geheim-5f0c": b"geheim-5f0c"}])
    for broken in (data, data[:-5], data.replace(b"geheim-5f0c", b"geheim-5f\xff\xff")):
        with pytest.raises(PickleRefused) as caught:
            loads(broken)
        assert "geheim" not in str(caught.value)
        assert caught.value.__cause__ is None
