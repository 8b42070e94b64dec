"""What docs/architecture.md says of the code is so: invariants, verdicts, Celery's settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.verdict import VerdictKind
from workers.celery_app import celery_config
from workers.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return re.split(r"^## ", PAGE.split(f"\n## {name}\n")[1], flags=re.M)[0]


def test_every_invariant_names_a_test_that_exists() -> None:
    held = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", section("Invariants"))
    assert len(held) >= 20
    for file, test in held:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), test


def test_the_verdict_table_has_every_verdict_with_its_blame() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (\w+) \|", section("Verdicts"), re.M)
    assert dict(rows) == {str(kind): str(kind.blame) for kind in VerdictKind}


def test_every_setting_of_celery_has_its_reason(tmp_path: Path) -> None:
    settings = Settings.model_validate({"workspace": tmp_path, "redis_url": "redis://localhost/0"})
    table = re.findall(r"^\| (`.+?`) \| .+ \| .+ \|$", section("Claims, leases, hints"), re.M)
    named = {name for cell in table for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(celery_config(settings))


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+\w*(?:\.py)?)`", PAGE))))
def test_every_file_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()
