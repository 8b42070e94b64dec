"""Read a CSV file as spreadsheet programs write it, in the encoding that it is really in.

UTF-8 (with or without its mark), UTF-16 (with its mark) and CP949, which Korean Excel writes
where one chooses plain "CSV". Nothing is guessed by likelihood: what could be two encodings, or
is none of these, is refused with the way out.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Sequence

from domain.errors import BadInput, Fault
from reports.harmless import is_harmful
from workers.sheets.grid import Grid

_AS_UTF8 = "in Excel: Save As, 'CSV UTF-8 (Comma delimited)'; or save it as .xlsx"
_HANGUL = re.compile("[가-힣]")
_SEPARATORS = ",;\t"
_LONGEST_CELL = 10_000


def csv_grid(name: str, raw: bytes, most_rows: int) -> Grid:
    """Return the cells of a CSV file.

    Raises:
        BadInput: its encoding or its separator cannot be told, a quote is never closed, or it
            is longer than `most_rows`.
    """
    text = decoded(name, raw)
    separator = _separator(name, text)
    csv.field_size_limit(_LONGEST_CELL)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str | None]] = []
    try:
        for row in lines:
            if len(rows) == most_rows:
                what = f"has more than {most_rows:,} rows"
                raise BadInput(Fault(name, what, "split it into several files"))
            rows.append([_plain(cell.strip()) or None for cell in row])
    except csv.Error as error:
        where = f"{name} row {len(rows) + 1}"
        cure = "look for a quotation mark that is not closed"
        raise BadInput(Fault(where, f"is no CSV: {error}", cure)) from None
    return Grid(f"{name} ", rows)


def _plain(cell: str) -> str:
    """Take away the apostrophe that keeps spreadsheets from evaluating a text."""
    return cell[1:] if cell.startswith("'") and is_harmful(cell[1:]) else cell


def decoded(name: str, raw: bytes) -> str:
    """Return the text of the file, its Korean syllables composed (NFC).

    Raises:
        BadInput: it is in none of the encodings, or could be in two.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _strictly(raw, "utf-16")
    elif b"\0" in raw:
        text = None
    else:
        text = _utf8_or_cp949(name, raw)
    if text is None:
        what = "is in an encoding that cannot be told"
        raise BadInput(Fault(name, what, _AS_UTF8))
    return unicodedata.normalize("NFC", text)


def _utf8_or_cp949(name: str, raw: bytes) -> str | None:
    utf8, cp949 = _strictly(raw, "utf-8-sig"), _strictly(raw, "cp949")
    if utf8 is None:
        return cp949 if cp949 is not None and _is_korean(cp949) else None
    told = utf8.isascii() or raw.startswith(codecs.BOM_UTF8) or _HANGUL.search(utf8)
    if not told and cp949 is not None and _is_korean(cp949):
        raise BadInput(Fault(name, "could be UTF-8 or CP949", _AS_UTF8))
    return utf8


def _is_korean(text: str) -> bool:
    """Whether the text has syllables of every day; those that only CP949 adds are rare."""
    syllables = _HANGUL.findall(text)
    common = [one for one in syllables if _strictly(one.encode("cp949"), "euc_kr")]
    return len(common) * 2 > len(syllables)


def _strictly(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _separator(name: str, text: str) -> str:
    """Return what separates the cells of the first line that is no remark."""
    lines: Sequence[str] = [one for one in text.splitlines() if one.strip(_SEPARATORS + ' "')]
    headings = next((one for one in lines if not one.lstrip('" ').startswith("#")), "")
    counts = {separator: headings.count(separator) for separator in _SEPARATORS}
    used = [separator for separator, count in counts.items() if count]
    if len(used) > 1:
        what = "has headings apart by more than one of comma, semicolon and tab"
        raise BadInput(Fault(name, what, "use one of them throughout"))
    return used[0] if used else ","
