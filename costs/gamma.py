"""The regularised incomplete gamma function and its inverse, as the statistics need them.

P(shape, x) is the probability that a Gamma(shape, 1) variable stays below x, and so the lower
tail of a chi-square variable with twice as many degrees at 2x. By the power series below the
shape and by the continued fraction above it (Abramowitz and Stegun 6.5.29 and 6.5.31), to about
12 digits; both take a multiple of sqrt(shape) terms at worst.
"""

from __future__ import annotations

import math
from itertools import count
from statistics import NormalDist

_CLOSE = 1e-15
_TINY = 1e-300
_MOST_STEPS = 60
_STIRLING_FROM = 30.0


def gamma_below(shape: float, x: float) -> float:
    """Return P(shape, x) for shape > 0 and x >= 0.

    >>> round(gamma_below(1.0, 3.0), 6)  # an exponential: 1 - exp(-3)
    0.950213
    """
    if x <= 0:
        return 0.0
    front = _front(shape, x)
    if x < shape + 1:
        return min(front * _series(shape, x), 1.0)
    return max(1.0 - front * _fraction(shape, x), 0.0)


def gamma_quantile(shape: float, probability: float) -> float:
    """Return the x at which P(shape, x) is `probability` (between 0 and 1), for shape >= 1.

    >>> round(gamma_quantile(1.0, 0.95), 6)  # -ln(0.05)
    2.995732
    """
    low, high = 0.0, math.inf
    x = _wilson_hilferty(shape, probability)
    for _ in range(_MOST_STEPS):
        error = gamma_below(shape, x) - probability
        low, high = (x, high) if error < 0 else (low, x)
        following = x - error / _density(shape, x)
        if not low < following < high:  # Newton left the bracket: halve, or double where open
            following = (low + high) / 2 if high < math.inf else 2 * x
        if abs(following - x) <= 1e-13 * x:
            return following
        x = following
    return x


def _series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    for step in count(1):
        term *= x / (shape + step)
        total += term
        if term < total * _CLOSE:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    """Return the continued fraction of the upper tail, by Lentz's method."""
    b = x + 1.0 - shape
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for step in count(1):
        a = step * (shape - step)
        b += 2.0
        d = 1.0 / (_nonzero(a * d + b))
        c = _nonzero(b + a / c)
        value *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _front(shape: float, x: float) -> float:
    """Return x**shape * exp(-x) / gamma(shape).

    For large shapes by Stirling's series around the shape: the plain terms are then large, and
    what they leave of each other would have few digits.
    """
    if shape < _STIRLING_FROM:
        return math.exp(shape * math.log(x) - x - math.lgamma(shape))
    away = (x - shape) / shape
    stirling = 1 / (12 * shape) - 1 / (360 * shape**3) + 1 / (1260 * shape**5)
    log = math.log1p(away) if abs(away) < 0.5 else math.log(x / shape)
    return math.sqrt(shape / math.tau) * math.exp(shape * (log - away) - stirling)


def _density(shape: float, x: float) -> float:
    return max(_front(shape, x) / x, _TINY)


def _wilson_hilferty(shape: float, probability: float) -> float:
    """Return a first guess: the cube root of a gamma variable is nearly normal."""
    spread = 1 / (9 * shape)
    root = 1 - spread + NormalDist().inv_cdf(probability) * math.sqrt(spread)
    return max(shape * root**3, 1e-3)
