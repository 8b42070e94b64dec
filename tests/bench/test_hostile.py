"""A part of `make fuzz`: nothing hostile comes in, no code runs, and the canary works."""

from __future__ import annotations

import pickle
import random
from pathlib import Path

import pytest

from bench import hostile, hostile_files, hostile_pickles
from bench.hostile import PART, Canary, Score, main, measure
from storage.errors import PickleRefused


def test_of_a_seeded_part_nothing_is_accepted_and_nothing_runs() -> None:
    found = measure(PART, seed=7)
    assert found["names"] == {"accepted": [], "code_run": [], "unforeseen": []}
    assert (found["accepted"], found["code_run"], found["unforeseen"]) == (0, 0, 0)
    assert found["tried"] == 150 + 2 * 16 + 80 + 60 + 20
    assert found["good_rows_open_afterwards"]


def test_a_careless_reader_would_have_run_every_shape(tmp_path: Path) -> None:
    control = hostile._control(Canary(tmp_path))
    assert control["sang"] == control["could"] >= 13


@pytest.mark.parametrize("call", hostile_pickles.calls(Path("/nowhere")), ids=lambda call: call[1])
def test_every_call_does_something_that_the_canary_hears(
    call: hostile_pickles.Call, tmp_path: Path
) -> None:
    """In this very process, and harmless: files in a temporary folder, a variable."""
    canary = Canary(tmp_path)
    for mine in hostile_pickles.calls(canary.mark):
        if (mine[0], mine[1], len(mine[2])) != (call[0], call[1], len(call[2])):
            continue
        result = pickle.loads(hostile_pickles.SHAPES["reduce"](mine) + b".")
        if hasattr(result, "close"):
            result.close()
        assert canary.sang()
        assert not canary.sang()


def test_the_score_tells_what_was_accepted_what_ran_and_what_was_unforeseen(
    tmp_path: Path,
) -> None:
    score = Score(Canary(tmp_path))
    score.attempt("a: refused", lambda: pickle_refused(), (PickleRefused,))
    score.attempt("a: accepted", lambda: None, (PickleRefused,))
    score.attempt("b: ran", lambda: score.canary.mark.touch(), (PickleRefused,))
    score.attempt("b: unforeseen", lambda: [][0], (PickleRefused,))
    assert score.tried == {"a": 2, "b": 2}
    assert score.accepted == ["a: accepted, try 2", "b: ran, try 1"]
    assert score.ran == ["b: ran, try 1"]
    assert score.unforeseen == ["b: unforeseen, try 2: IndexError"]


def pickle_refused() -> None:
    raise PickleRefused("no")


def test_the_same_seed_gives_the_same_tries_and_another_gives_others(tmp_path: Path) -> None:
    def made(seed: int) -> list[tuple[str, bytes]]:
        dice = random.Random(seed)
        pickles = hostile_pickles.pickles(dice, tmp_path / "mark", 40)
        return [*pickles, *hostile_files.files(dice, 40)]

    assert made(3) == made(3) != made(4)
    kinds = {kind for kind, _ in made(3)}
    assert kinds == {name for name, *_ in (*hostile_pickles.MAKERS, *hostile_files.MAKERS)}


def test_the_command_prints_its_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = hostile.Sizes(pickles=9, pickle_files=1, files=11, sessions=15, passwords=2)
    monkeypatch.setattr(hostile, "WHOLE", tiny)
    assert main(["--seed", "5"]) == 0
    told = capsys.readouterr().out
    assert "tried                      39" in told
    assert "accepted                   0" in told
