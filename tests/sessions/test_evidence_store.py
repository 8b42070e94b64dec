"""Evidence: sealed, bounded in size and age, and kept while the database is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.evidence import Evidence
from domain.verdict import Verdict, VerdictKind
from storage.engine import open_engine
from storage.errors import EvidenceGone, EvidenceNotKept, EvidenceUnreadable
from storage.evidence_file import ItemLimits
from storage.evidence_store import EvidenceStore, StoreLimits
from storage.keyring import Keyring, generate_key

MORNING = datetime(2026, 3, 3, 9, 20, tzinfo=UTC)
PAGE = Evidence(
    login="kim",
    page_url="https://ads.example/creatives?page=2",
    verdict=Verdict(VerdictKind.LAYOUT_CHANGED, "no label 소진액", 1.5),
    taken_at=MORNING,
    html="<html><td>12,000원</td></html>",
    screenshot=b"\x89PNG\r\n\x00",
    answers=(("https://ads.example/api", '{"spend": 12000}'),),
    log=("opened the page", "went back"),
    site="moment",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def store(engine: Engine, keyring: Keyring, folder: Path) -> EvidenceStore:
    return EvidenceStore(engine, keyring, folder, machine="here")


def at(minutes: int) -> Evidence:
    return replace(PAGE, taken_at=MORNING + timedelta(minutes=minutes))


def test_evidence_comes_back_as_it_was(store: EvidenceStore) -> None:
    assert store.show(store.keep(PAGE)) == PAGE
    without_picture = replace(PAGE, screenshot=None)
    assert store.show(store.keep(without_picture)) == without_picture


def test_the_index_lists_the_newest_first_by_login(store: EvidenceStore) -> None:
    first = store.keep(PAGE)
    second = store.keep(replace(at(20), login="lee"))
    assert [kept.id for kept in store.list()] == [second, first]
    assert [kept.id for kept in store.list("kim")] == [first]
    listed = store.list("kim")[0]
    assert (listed.site, listed.verdict, listed.taken_at) == ("moment", "layout_changed", MORNING)
    assert store.list(most=1) == store.list()[:1]


def test_files_open_only_for_their_owner_and_show_nothing(
    store: EvidenceStore, folder: Path
) -> None:
    folder.mkdir(mode=0o755)
    store.keep(PAGE)
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"12,000" not in file.read_bytes()
    assert store.list()[0].bytes == file.stat().st_size


def test_large_parts_are_cut_and_the_log_says_so(
    engine: Engine, keyring: Keyring, folder: Path
) -> None:
    limits = ItemLimits(
        html_characters=10,
        answer_characters=30,
        answers_characters=120,
        screenshot_bytes=3,
        log_lines=2,
        line_characters=12,
    )
    store = EvidenceStore(engine, keyring, folder, item_limits=limits)
    answer = ("https://ads.example/api", "x" * 40)
    big = replace(PAGE, answers=(answer,) * 5, log=("one", "two", "three" * 10))
    kept = store.show(store.keep(big))
    assert kept.html == PAGE.html[:10]
    assert kept.screenshot is None
    assert [len(body) for _url, body in kept.answers] == [30, 30]
    assert kept.log[:2] == ("two", "threethreeth")
    assert kept.log[2:] == (
        "evidence: the HTML was cut from 29 to 10 characters",
        "evidence: answer 1 was cut from 40 to 30 characters",
        "evidence: answer 2 was cut from 40 to 30 characters",
        "evidence: 3 answers were left out",
        "evidence: the screenshot of 7 bytes was left out",
        "evidence: the first lines of the log (1) were left out",
    )


def test_what_is_too_old_is_deleted(store: EvidenceStore, folder: Path) -> None:
    old = store.keep(PAGE)
    fresh = store.keep(at(14 * 24 * 60 + 1))
    assert [kept.id for kept in store.list()] == [fresh]
    assert [path.stem for path in folder.iterdir()] == [fresh]
    with pytest.raises(EvidenceGone):
        store.show(old)


def test_what_is_too_much_goes_oldest_first(engine: Engine, keyring: Keyring, folder: Path) -> None:
    roomy = EvidenceStore(engine, keyring, folder, machine="here")
    kept = [roomy.keep(at(minutes)) for minutes in range(4)]
    one = roomy.list()[0].bytes
    tight = EvidenceStore(
        engine, keyring, folder, machine="here", limits=StoreLimits(total_bytes=int(2.5 * one))
    )
    assert tight.sweep(MORNING) == 2
    assert [row.id for row in tight.list()] == [kept[3], kept[2]]
    assert {path.stem for path in folder.iterdir()} == set(kept[2:])


def test_evidence_is_kept_while_the_database_is_away(
    store: EvidenceStore, keyring: Keyring, folder: Path
) -> None:
    away = open_engine("mysql://root@127.0.0.1:1/danga")
    evidence_id = EvidenceStore(away, keyring, folder, machine="here").keep(PAGE)
    away.dispose()
    assert store.show(evidence_id) == PAGE
    assert store.list() == ()
    store.sweep(MORNING)
    assert [kept.id for kept in store.list()] == [evidence_id]


def test_the_index_forgets_a_file_that_is_gone(store: EvidenceStore, folder: Path) -> None:
    store.keep(PAGE)
    for file in folder.iterdir():
        file.unlink()
    store.sweep(MORNING)
    assert store.list() == ()


def test_machines_leave_each_others_evidence_alone(
    engine: Engine, keyring: Keyring, store: EvidenceStore, tmp_path: Path
) -> None:
    there = EvidenceStore(engine, keyring, tmp_path / "there", machine="there")
    evidence_id = there.keep(PAGE)
    store.sweep(MORNING)
    with pytest.raises(EvidenceGone, match="there kept it"):
        store.show(evidence_id)
    assert there.show(evidence_id) == PAGE
    store.sweep(MORNING + timedelta(days=30))  # a machine that never came back
    assert store.list() == ()


def test_a_changed_file_another_key_or_another_id_does_not_open(
    engine: Engine, store: EvidenceStore, folder: Path
) -> None:
    evidence_id, other = store.keep(PAGE), store.keep(PAGE)
    with pytest.raises(EvidenceUnreadable):
        EvidenceStore(engine, Keyring([generate_key()]), folder).show(evidence_id)
    path = folder / f"{evidence_id}.sealed"
    (folder / f"{other}.sealed").write_bytes(path.read_bytes())
    with pytest.raises(EvidenceUnreadable, match="is that of"):
        store.show(other)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(EvidenceUnreadable, match="changed"):
        store.show(evidence_id)


@pytest.mark.parametrize(
    "evidence_id", ["", "../../danga.key", "20260303-092000-000000000000", "20269999-092000-0a0a"]
)
def test_an_unknown_id_is_refused(store: EvidenceStore, evidence_id: str) -> None:
    with pytest.raises(EvidenceGone):
        store.show(evidence_id)


def test_strange_files_in_the_folder_are_left_alone(store: EvidenceStore, folder: Path) -> None:
    evidence_id = store.keep(PAGE)
    strange = ["notes.txt", "20269999-092000-000000000000.sealed", "20260303-092000-0.sealed"]
    for name in [*strange, "20260303-092000-000000000000.sealed"]:
        (folder / name).write_bytes(b"garbage")
    store.sweep(MORNING)
    assert [kept.id for kept in store.list()] == [evidence_id]
    assert all((folder / name).exists() for name in strange)


def test_a_folder_that_cannot_be_written_is_named(
    engine: Engine, keyring: Keyring, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(EvidenceNotKept, match=str(blocked)):
        EvidenceStore(engine, keyring, blocked / "evidence").keep(PAGE)
