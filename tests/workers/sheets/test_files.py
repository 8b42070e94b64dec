"""Files as people send them: encodings, separators, workbooks that mislead, and hostile ones."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from domain.errors import BadInput
from tests.workers.sheets.books import book, faults, opened
from workers.sheets.source import open_sheet
from workers.sheets.writing import csv_bytes, xlsx_bytes

LINES = "광고주,담당자\r\n봄꽃마켓,김지은\r\n"
CELLS = [["광고주", "담당자"], ["봄꽃마켓", "김지은"]]


def written(folder: Path, content: bytes) -> Path:
    path = folder / "names.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_korean_csv_is_read_in_every_encoding_that_excel_writes(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    path = written(tmp_path, LINES.replace(",", separator).encode(encoding))
    assert open_sheet(path).grid.rows == CELLS


@pytest.mark.parametrize(
    "content",
    [
        "名前,値\r\n東京,1\r\n".encode("shift_jis"),
        "Größe,Café\r\n".encode("latin-1"),
        LINES.encode("utf-16-le"),  # without its mark
        b"a\xff\xfe\x00b",
    ],
)
def test_an_encoding_that_cannot_be_told_is_refused_with_the_way_out(
    tmp_path: Path, content: bytes
) -> None:
    (fault,) = faults(lambda: open_sheet(written(tmp_path, content)))
    assert "encoding that cannot be told" in fault
    assert "CSV UTF-8" in fault


def test_text_that_is_right_in_two_encodings_is_refused_instead_of_guessed(tmp_path: Path) -> None:
    both = "쨔짹".encode("cp949")  # the same bytes are two other letters in UTF-8
    assert both.decode("utf-8")
    (fault,) = faults(lambda: open_sheet(written(tmp_path, b"client\r\n" + both)))
    assert "could be UTF-8 or CP949" in fault


def test_syllables_that_a_mac_writes_in_parts_are_the_same_name(tmp_path: Path) -> None:
    import unicodedata

    path = written(tmp_path, unicodedata.normalize("NFD", LINES).encode())
    assert open_sheet(path).grid.rows == CELLS


def test_an_open_quotation_mark_and_mixed_separators_are_told(tmp_path: Path) -> None:
    assert "not closed" in faults(lambda: open_sheet(written(tmp_path, b'a,b\r\n"x,y\r\n')))[0]
    mixed = faults(lambda: open_sheet(written(tmp_path, b"a,b;c\r\n")))
    assert "more than one of comma, semicolon and tab" in mixed[0]


def test_merged_hidden_formula_and_error_cells_are_all_told_with_their_place(
    tmp_path: Path,
) -> None:
    def spoil(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:A3")
        sheet["B2"] = "=1+1"
        sheet["B3"] = "#N/A"
        sheet["B3"].data_type = "e"
        for row in (4, 5):
            sheet.row_dimensions[row].hidden = True
        sheet.column_dimensions["C"].hidden = True

    lines: list[list[Any]] = [["a", "b", "c"], *([1, 2, 3] for _ in range(4))]
    assert faults(lambda: opened(tmp_path, *lines, change=spoil)) == [
        "names.xlsx 매핑!A2:A3: is merged (unmerge it, and write the value into each of its cells)",
        "names.xlsx 매핑: rows 4 to 5 are hidden (clear the filter or show them; or delete them)",
        "names.xlsx 매핑: column C is hidden (show it, or delete it)",
        "names.xlsx 매핑!B2: is a formula (copy it and paste it as a value)",
        "names.xlsx 매핑!B3: shows the error #N/A (write the value itself)",
    ]


def test_a_cell_far_away_costs_nothing_and_is_told(tmp_path: Path) -> None:
    def far(sheet: Worksheet) -> None:
        sheet["XFD1048576"] = "x"

    (fault,) = faults(lambda: opened(tmp_path, ["a"], change=far))
    assert "reaches down to row 1,048,576" in fault


def test_empty_rows_at_the_end_are_nothing(tmp_path: Path) -> None:
    sheet = opened(tmp_path, ["a", "b"], ["x", None], [None, None], change=lambda s: None)
    assert [list(row) for row in sheet.grid.rows] == [["a", "b"], ["x"]]


def test_which_of_several_sheets_is_meant_has_to_be_said(tmp_path: Path) -> None:
    path = book(tmp_path, ["a"])
    made = load_workbook(path)
    made.create_sheet("old").append(["b"])
    made.create_sheet("empty")
    made.save(path)
    (fault,) = faults(lambda: open_sheet(path))
    assert fault == "names.xlsx: has 2 sheets with cells (say which one: --sheet NAME (매핑, old))"
    assert open_sheet(path, "old").grid.rows == [["b"]]
    assert "has no sheet new" in faults(lambda: open_sheet(path, "new"))[0]


def test_a_zip_that_unfolds_without_end_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(33 << 20))
    assert path.stat().st_size < 100_000
    assert "unpacks to more than 32 MiB" in faults(lambda: open_sheet(path))[0]


def test_xml_that_unfolds_by_its_entities_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, ["a"])
    laughs = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    parts = {}
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            evil = name.endswith("sheet1.xml")
            packed.writestr(name, laughs + content if evil else content)
    assert "is no workbook" in faults(lambda: open_sheet(path))[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0 old", "is an old .xls file, or a workbook with a password"),
        (b"PK\x03\x04 no zip", "is no workbook that can be read"),
        (b"", "holds nothing"),
    ],
)
def test_what_is_no_sheet_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    from workers.sheets.inventory_headings import HEADINGS
    from workers.sheets.table import read_table

    path = written(tmp_path, content)
    assert told in faults(lambda: read_table(open_sheet(path).grid, HEADINGS))[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        open_sheet(tmp_path / "no.csv")


def test_what_is_written_is_never_a_formula_and_is_read_back_as_it_was(tmp_path: Path) -> None:
    lines: list[list[Any]] = [["a", "b"], ["=1+1", "@x"], ["-", "+82"], ["0123", None]]
    path = written(tmp_path, csv_bytes(lines))
    assert b"\r\n'=1+1,'@x\r\n'-,'+82\r\n" in path.read_bytes()
    assert [list(row) for row in open_sheet(path).grid.rows] == lines
    path = tmp_path / "names.xlsx"
    path.write_bytes(xlsx_bytes("a", lines, {0: ["x", "y"]}))
    assert open_sheet(path).grid.rows == [["a", "b"], ["=1+1", "@x"], ["-", "+82"], ["0123"]]
