"""What the calculator refuses.

DangaError
+-- CostsError
    +-- NoBusinessDay     a site of the watch has no time zone
    +-- TwoValues         one slot gives two values of one series
    +-- NaiveMoment       a moment without an offset
    +-- NoTarget          a target cost of 0 or less
    +-- TwoCurrencies     a watch over amounts of two currencies
"""

from __future__ import annotations

from domain.errors import DangaError


class CostsError(DangaError):
    """The facts handed to the calculator contradict themselves."""

    advice = "Run `danga doctor`; if it finds nothing, report this message: it is our fault."


class NoBusinessDay(CostsError):
    """A member's site has no business day, so that its dates cannot be told."""

    advice = "Name the site's class in danga.yaml and run `danga apply danga.yaml`."


class TwoValues(CostsError):
    """One series has two different values for one business date in one slot."""

    advice = "Hand over the latest revision of each reading only."


class NaiveMoment(CostsError):
    """A moment carries no offset from UTC."""

    advice = "Hand over aware datetimes; storage reads them back through its UTC type."


class NoTarget(CostsError):
    """A target cost of 0 or less: nothing can be held against it."""

    advice = "Give the watch a target of at least 1 in danga.yaml, and apply it."


class TwoCurrencies(CostsError):
    """A watch holds amounts of two currencies, which can neither be added nor divided."""

    advice = (
        "Make a watch of each currency in danga.yaml, under a new name: the old one keeps its "
        "figures."
    )
