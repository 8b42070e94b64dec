"""Share a whole number out by weights, so that the shares add up to it exactly."""

from __future__ import annotations

from collections.abc import Sequence


def largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """Return whole shares of `amount` in proportion to `weights` (not all zero, none negative).

    What rounding down leaves over goes, one by one, to the shares that lost most; of equal
    ones to the earlier. A negative amount (a refund) is shared like its positive twin.

    >>> largest_remainder(100, [1, 1, 1])
    [34, 33, 33]
    >>> largest_remainder(-100, [1, 1, 1])
    [-34, -33, -33]
    """
    if amount < 0:
        return [-share for share in largest_remainder(-amount, weights)]
    whole = sum(weights)
    shares = [amount * weight // whole for weight in weights]
    lost = [amount * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-lost[at], at))
    for at in order[: amount - sum(shares)]:
        shares[at] += 1
    return shares
