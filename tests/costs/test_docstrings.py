"""The examples in the docstrings of the words, of the calculator and of reports hold."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

import costs
import domain
import reports
import reports.page


def _modules(*packages: ModuleType) -> list[str]:
    return [
        f"{package.__name__}.{module.name}"
        for package in packages
        for module in pkgutil.iter_modules(package.__path__)
    ]


@pytest.mark.parametrize("name", _modules(costs, domain, reports, reports.page))
def test_examples_in_docstrings_hold(name: str) -> None:
    outcome = doctest.testmod(import_module(name))
    assert outcome.failed == 0


def test_there_are_examples_to_check() -> None:
    outcomes = [doctest.testmod(import_module(name)) for name in _modules(costs, domain)]
    assert sum(outcome.attempted for outcome in outcomes) >= 5
