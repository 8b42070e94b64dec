from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import BadInput
from workers.yaml_source import load_yaml


def load(folder: Path, text: str | bytes) -> object:
    path = folder / "f.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_yaml(path).data


def test_plain_words_stay_what_was_written(tmp_path: Path) -> None:
    read = load(tmp_path, "a: no\nb: 0123\nc: 01:30\nd:\ne: ~\nf: 2026-03-03\ng: ''\n")
    assert read == {
        "a": "no",
        "b": "0123",
        "c": "01:30",
        "d": None,
        "e": None,
        "f": "2026-03-03",
        "g": "",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: {c: 1}\na: 2\n", "f.yaml:3 a: stands twice, first in line 1"),
        ("a: {b: 1,\n b: 2}\n", "f.yaml:2 a.b: stands twice, first in line 1"),
        ("a: &x [1]\nb: *x\n", "f.yaml:2: the alias *x is not taken"),
        ("a: !!python/object/apply:os.getcwd []\n", "f.yaml:1 a: has the tag"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: is no YAML"),
        ("a: 1\n\tb: 2\n", "f.yaml:2: is no YAML"),
        ("a: [1\n", "f.yaml:2: is no YAML"),
        ("? [a]\n: 1\n", "f.yaml:1: has a key that is no word"),
        ("[" * 3000, "f.yaml:1: is n"),
        (b"a: 1\nb: \xff\n", "f.yaml:2: is not UTF-8"),
        ("a: \x00\n", "f.yaml:1: is no YAML"),
    ],
)
def test_what_misleads_is_refused_with_its_line(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    with pytest.raises(BadInput) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(told)


def test_a_small_file_that_unfolds_to_gigabytes_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    with pytest.raises(BadInput) as caught:
        load(tmp_path, "\n".join(lines))
    assert len(caught.value.faults) == 118


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        load_yaml(tmp_path / "absent.yaml")
    with pytest.raises(BadInput, match="cannot be read"):
        load_yaml(tmp_path)
