"""The runbook: headings are symptoms, and each ends in something to type."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workers.follow_up import FOLLOW_UPS

PAGE = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n)+)", PAGE, re.M))
FOR_A_PERSON = {"captcha", "consent", "second_factor", "bad_credentials", "signed_out"}
PASSES_BY_ITSELF = {"ours", "unreachable", "maintenance", "incomplete", "ok"}


@pytest.mark.parametrize("symptom", SECTIONS)
def test_every_symptom_ends_in_a_command(symptom: str) -> None:
    assert re.search(r"```sh\n(?:\w.*\n)+```\n*$", SECTIONS[symptom])


def test_every_verdict_that_lasts_is_a_symptom() -> None:
    named = {word for symptom in SECTIONS for word in re.findall(r"`(\w+)`", symptom)}
    assert {str(verdict) for verdict in FOLLOW_UPS} - named <= FOR_A_PERSON | PASSES_BY_ITSELF
