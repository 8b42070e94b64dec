"""A bench that cannot fail proves nothing: what differs is found, counted and shown."""

from __future__ import annotations

from bench.comparison import Comparison
from bench.figures import FIGURES, at_most, exactly, figure, rows, same_as


def test_what_is_the_same_on_both_sides_is_only_counted() -> None:
    comparison = Comparison()
    comparison.compare("row", {1: "a", 2: "b"}, {1: "a", 2: "b"})
    assert comparison.as_json() == {"compared": 2, "wrong": 0, "absent": 0, "extra": 0}


def test_a_wrong_an_absent_and_an_extra_row_are_told_apart() -> None:
    comparison = Comparison()
    comparison.compare("row", {1: "a", 2: "b", 4: "d"}, {1: "a", 2: "x", 3: "c"})
    told = comparison.as_json()
    examples = told.pop("examples")
    assert told == {"compared": 4, "wrong": 1, "absent": 1, "extra": 1}
    assert comparison.amiss == {2, 3, 4}
    assert examples[0] == "row 2: stored b, expected x"


def test_a_figure_that_is_not_as_promised_is_marked() -> None:
    figures = (
        ("kill.pages_again", at_most(1)),
        ("kill.logins_after", exactly(0)),
        ("kill.of", same_as("kill.pages_again")),
        ("fit.seconds", at_most(1)),
    )
    shown = list(rows(figures, {"kill": {"pages_again": 2, "logins_after": 0, "of": 2}}))
    assert [(row.name, row.kept) for row in shown] == [
        ("kill.pages_again", False),
        ("kill.logins_after", True),
        ("kill.of", True),
    ]


def test_every_figure_that_was_asked_for_is_in_the_table() -> None:
    asked_for = """truth.compared truth.wrong truth.absent logins.first_run logins.second_run
        repair.read repair.of repair.extra_requests requests.counted_by_site requests.recorded
        refused_pages.tried refused_pages.stored fit.creatives fit.seconds fit.requests"""
    assert set(asked_for.split()) <= {name for name, _ in FIGURES}


def test_a_dotted_name_finds_its_figure() -> None:
    assert figure({"truth": {"celery": {"wrong": 3}}}, "truth.celery.wrong") == 3
