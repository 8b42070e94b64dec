"""`danga pages`: the marketers' pages of this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer
from domain.errors import BadInput, Fault

_LISTED = {"owner": "owner", "written_at": "written", "bytes": "bytes", "file": "file"}
_WRITTEN = {"owner": "owner", "watches": "watches", "bytes": "bytes", "file": "file"}
_EVERYONE = "(everyone)"


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The marketers' pages, a file per owner.")
    app.add_typer(group, name="pages")
    command(group, "list", epilog=examples("danga pages list"))(list_pages)
    command(group, "write", epilog=examples("danga pages write"))(write)
    command(group, "serve", epilog=examples("danga pages serve", "danga pages serve --port 8800"))(
        serve
    )


def list_pages(door: Door) -> None:
    """Show whose pages there are, where they stand, and when they were written."""
    from reports.page.source import page_owners
    from workers.page_folder import PageFolder

    folder = PageFolder(_folder(door))
    with door.engine() as engine:
        owners = page_owners(engine, door.settings.language)
    rows = [
        {"owner": one.name, **_file(folder.page(one.name))}
        for one in owners
    ]  # fmt: skip
    shows = {"owner": lambda row: row["owner"] or _EVERYONE}
    door.show(Answer("pages", _LISTED, rows, shows=shows))


def write(door: Door) -> None:
    """Write all pages at once. `danga up` and `danga schedule` do it by themselves."""
    from workers.house import House
    from workers.page_folder import PageFolder
    from workers.pages import Which, write_pages

    folder = PageFolder(_folder(door))
    with House.open(door.settings) as house:
        written = write_pages(house, folder, Which.ALL)
    rows = [
        {"owner": one.owner, "watches": one.watches, "bytes": one.bytes, "file": one.path}
        for one in written
    ]
    nothing = "Another process is writing them right now."
    shows = {"owner": lambda row: row["owner"] or _EVERYONE}
    door.show(Answer("pages", _WRITTEN, rows, nothing=nothing, shows=shows))


def serve(
    door: Door,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: a free one.")] = 8726,
) -> None:
    """Serve the pages to this machine (127.0.0.1) until stopped. For others use a web server."""
    from workers.page_server import serve_pages
    from workers.up import Ears

    folder = _folder(door)
    ears = Ears()
    ears.open()
    serve_pages(
        folder,
        port,
        lambda: not ears.told_to_stop,
        lambda url: door.say(f"Serving {folder} at {url}; Ctrl-C ends it."),
    )


def _folder(door: Door) -> Path:
    folder = door.settings.pages_folder
    if folder is None:
        fault = Fault("DANGA_PAGES", "is off: this machine keeps no pages", "name a folder")
        raise BadInput(fault)
    if door.settings.pages is None:
        door.folder  # noqa: B018 - a workspace has to be there to hold its pages
    return folder


def _file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"written_at": None, "bytes": None, "file": path}
    found = path.stat()
    written_at = datetime.fromtimestamp(found.st_mtime, UTC)
    return {"written_at": written_at, "bytes": found.st_size, "file": path}
