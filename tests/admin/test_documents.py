"""The documents say what the program does."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.admin.conftest import run
from workers.inventory_file import load_inventory
from workers.inventory_model import InventoryFile
from workers.proxy_file import load_proxies

ROOT = Path(__file__).parents[2]
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def yaml_block(begins: str) -> str:
    blocks: list[str] = re.findall(r"```yaml\n(.*?)```", CONFIGURATION, re.S)
    return next(block for block in blocks if block.startswith(begins))


def keys(model: object) -> set[str]:
    names: set[str] = set()
    for name, field in getattr(model, "model_fields", {}).items():
        names.add(field.alias or name)
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            for part in (inner, *getattr(inner, "__args__", ())):
                names |= keys(part)
    return names


def test_the_documented_inventory_is_valid_and_uses_every_key(tmp_path: Path) -> None:
    text = yaml_block("sites:")
    (tmp_path / "danga.yaml").write_text(text, encoding="utf-8")
    spec = load_inventory(tmp_path / "danga.yaml", tmp_path)
    assert (len(spec.sites), len(spec.logins), len(spec.watches)) == (3, 2, 1)
    unmentioned = {key for key in keys(InventoryFile) if not re.search(rf"\b{key}:", CONFIGURATION)}
    assert unmentioned == set()


def test_the_documented_proxies_are_valid(tmp_path: Path) -> None:
    (tmp_path / "proxies.yaml").write_text(yaml_block("proxies:"), encoding="utf-8")
    (proxy,) = load_proxies(tmp_path / "proxies.yaml", {"SEOUL_1_PASSWORD": "x"})
    assert proxy.labels == {"kr", "residential"}


def commands(*words: str) -> list[tuple[str, ...]]:
    """Return every command below `words`, from the program's own help."""
    shown = run(*words, "--help").out
    found = re.search(r"Commands ─+╮\n(.*?)╰", shown, re.S)
    if found is None:
        return [words]
    names = re.findall(r"^│ (\w[\w-]*)", found[1], re.M)
    return [command for name in names for command in commands(*words, name)]


def test_every_command_is_documented_with_an_example_and_has_one_in_its_help() -> None:
    for words in commands():
        assert f"danga {' '.join(words)}" in COMMANDS, words
        assert "Examples" in run(*words, "--help").out, words


def test_every_documented_command_exists() -> None:
    known = {" ".join(words) for words in commands()}
    documented = re.findall(r"^### `danga ([a-z -]+?)(?: [A-Z\[].*)?`", COMMANDS, re.M)
    assert set(documented) == known


@pytest.mark.parametrize("code", ["0", "1", "2", "3", "4", "5", "70", "130"])
def test_every_exit_code_is_documented(code: str) -> None:
    assert re.search(rf"^\| {code} \|", COMMANDS, re.M)


def test_the_environment_is_read_in_one_place() -> None:
    allowed = {
        "workers/settings.py",
        "crawler/browser_path.py",  # `make setup` asks it before there are settings
        "admin/celery_commands.py",  # sets what Celery and its children read, and reads nothing
    }
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    layers = ("admin", "workers", "reports", "crawler", "storage", "pace", "costs", "domain")
    readers = {
        path
        for path in tracked
        if path.split("/")[0] in layers and (ROOT / path).exists() and _reads(ROOT / path)
    }
    assert readers - allowed == set()


def _reads(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}:
            return True
    return False
