"""Sharing by largest remainder: whole, exact, fair."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costs.split import largest_remainder

_WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=8).filter(any)


@given(st.integers(-(10**15), 10**15), _WEIGHTS)
def test_shares_add_up_and_none_is_a_whole_unit_off(amount: int, weights: list[int]) -> None:
    shares = largest_remainder(amount, weights)
    assert sum(shares) == amount
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - amount * weight) < whole


@given(st.integers(0, 10**9), _WEIGHTS)
def test_a_negative_amount_is_shared_like_its_positive_twin(
    amount: int, weights: list[int]
) -> None:
    positive = largest_remainder(amount, weights)
    assert largest_remainder(-amount, weights) == [-share for share in positive]
