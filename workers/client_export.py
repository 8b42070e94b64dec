"""Write all numbers of a client into a folder: CSV files, and a manifest that proves them whole.

The folder appears under its name only when everything is in it.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Engine

from domain.errors import BadInput, Fault
from storage.client_numbers import NumberTable, number_tables

MANIFEST = "manifest.json"
_FOLDER_MODE = 0o700


def export_client(engine: Engine, client: str, folder: Path, at: datetime) -> int:
    """Write the numbers into the new folder `folder`; return how many rows that are.

    CSV in UTF-8 with a mark, so that Excel opens Korean; moments in UTC (ISO 8601), won as whole
    numbers, unit costs with four places. The manifest holds rows, sums and a SHA-256 per file.

    Raises:
        BadInput: the folder is there already, or cannot be written.
        UnknownName: there never was such a client.
    """
    if folder.exists():
        raise BadInput(Fault(str(folder), "is there already", "name a new folder with --to"))
    part = folder.with_name(f"{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)  # of an export that was interrupted
        part.mkdir(mode=_FOLDER_MODE, parents=True)
        files = {
            f"{table.name}.csv": _write(table, engine, part / f"{table.name}.csv")
            for table in number_tables(engine, client)
        }
        told = {"client": client, "exported_at": at.isoformat(), "files": files}
        with _new(part / MANIFEST, "utf-8") as file:
            json.dump(told, file, ensure_ascii=False, indent=1)
        part.rename(folder)
    except OSError as error:
        where = str(error.filename or folder)
        raise BadInput(Fault(where, f"cannot be written: {error.strerror}")) from None
    return sum(file["rows"] for file in files.values())


def _write(table: NumberTable, engine: Engine, path: Path) -> dict[str, Any]:
    """Write one file and return what the manifest says of it."""
    columns, rows = table.columns, 0
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(table.sums, 0))
    with _new(path, "utf-8-sig") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for row in table.rows(engine):
            writer.writerow([_plain(value) for value in row])
            rows += 1
            if table.sums:
                _add(sums[_group(table, columns, row)], dict(zip(columns, row, strict=True)))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"rows": rows, "sha256": digest, **({"sums": dict(sums)} if table.sums else {})}


def _group(table: NumberTable, columns: tuple[str, ...], row: tuple[Any, ...]) -> str:
    return str(row[columns.index(table.sums_by)]) if table.sums_by else ""


def _add(sums: dict[str, int], row: Mapping[str, Any]) -> None:
    for name in sums:
        sums[name] += row[name] or 0


@contextmanager
def _new(path: Path, encoding: str) -> Iterator[TextIO]:
    """Give a new file for its owner only; it is on the disk at the end."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding=encoding, newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _plain(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | Decimal():
            return str(value)
        case list():
            return " ".join(map(str, value))
    return value
