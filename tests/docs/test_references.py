"""What documents and messages point at exists: files, headings, commands and their options."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from admin.cli import app
from workers.follow_up import FOLLOW_UPS

ROOT = Path(__file__).parents[2]
LAYERS = ("admin", "workers", "reports", "crawler", "storage", "pace", "costs", "domain")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PROGRAM = typer.main.get_command(app)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
SPAN = re.compile(r"`danga ([^`]+)`")
LINE = re.compile(r"^(?:\$ |    )?danga (.+?)(?: +#.*)?$", re.M)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as code forges make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {text.replace(" ", "-") for text in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    lost = []
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(target)
    assert lost == []


def mentions() -> Iterator[tuple[str, str]]:
    """Yield where a command is mentioned, and its words after `danga`."""
    yield from mentions_in_documents()
    yield from mentions_in_messages()
    for kind, row in FOLLOW_UPS.items():
        for step in row.next_step.split(", then "):
            if step.startswith("danga "):
                yield f"follow-up of {kind}", step.removeprefix("danga ")


def mentions_in_documents() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for found in [*SPAN.findall(text), *LINE.findall(text)]:
            yield named(document), found


def mentions_in_messages() -> Iterator[tuple[str, str]]:
    for layer in LAYERS:
        for source in (ROOT / layer).rglob("*.py"):
            for text in literals(source):
                for found in SPAN.findall(text):
                    yield named(source), found


def literals(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
            yield "".join(map(str, parts))


def fault_of(words: str) -> str:
    """Return what is wrong with a command line, if anything."""
    command: Any = PROGRAM
    known = options(command)
    for word in words.split():
        below = getattr(command, "commands", None)
        if word in {"|", ">", "<", "&&", "..."}:
            break
        if word.startswith("-"):
            if default := getattr(command, "default_command", None):
                command = command.commands[default]
            known |= options(command)
            if word.split("=")[0] not in known:
                return f"{command.name} has no option {word}"
        elif below and re.fullmatch(r"[a-z][a-z|-]*", word):
            lost = set(word.split("|")) - set(below)
            if lost:
                return f"{command.name} has no command {', '.join(sorted(lost))}"
            command = below[word.split("|")[0]]
    return ""


def options(command: Any) -> set[str]:
    return {"--help", "-h"} | {
        name for one in command.params for name in (*one.opts, *one.secondary_opts)
    }


def test_every_command_that_is_mentioned_exists() -> None:
    found = list(mentions())
    assert len(found) > 100
    wrong = {
        f"{where}: danga {words} ({fault})" for where, words in found if (fault := fault_of(words))
    }
    assert wrong == set()


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert fault_of("session refresh kim") == ""
    assert fault_of("session revive kim") == "session has no command revive"
    assert fault_of("visits --logins kim") == "list has no option --logins"


def test_every_verdict_says_what_to_do_next() -> None:
    silent = {
        verdict for verdict, row in FOLLOW_UPS.items() if not row.next_step and verdict != "ok"
    }
    assert silent == set()
