"""Let a bench's workspace declare more than its inventory says: classes of its own, people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from bench.ground import Ground


def apply_classes(ground: Ground, classes: Mapping[str, str], **more: Any) -> None:
    """Name the class of some sites in danga.yaml (`sites/my.py:MySite`), and apply it.

    `more` are whole sections of the file.
    """
    path = ground.folder / "danga.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    for site in declared["sites"]:
        site["class"] = classes.get(site["name"], site["class"])
    path.write_text(yaml.safe_dump({**declared, **more}, allow_unicode=True), encoding="utf-8")
    ground.danga("apply", "--yes")
