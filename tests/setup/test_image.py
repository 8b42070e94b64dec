"""What the image is made of, as far as it shows without building one."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_package_and_nothing_unnamed_goes_into_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["setuptools"]["packages"]
    admitted = _lines(ROOT / ".dockerignore", "!")
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()
    assert {name for name in admitted if (ROOT / name).is_dir()} == set(packages)


def test_the_image_runs_as_a_person_without_rights_under_an_init() -> None:
    instructions = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.removeprefix("USER ") for line in instructions if line.startswith("USER ")]
    assert users == ["danga"]
    assert 'ENTRYPOINT ["tini", "--", "danga"]' in instructions


def test_everything_pip_installs_into_the_image_is_locked_by_hash() -> None:
    joined = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    installs = [part for part in joined.split("&&") if "pip install" in part]
    assert len(installs) == 3
    assert all("--require-hashes" in part or "--no-deps" in part for part in installs)


def _lines(path: Path, prefix: str) -> set[str]:
    lines = path.read_text().splitlines()
    return {line.removeprefix(prefix) for line in lines if line.startswith(prefix)}
