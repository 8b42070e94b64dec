"""`danga init DIR`: make a workspace, or complete one. Nothing that is there is replaced."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from admin.door import Door, command
from admin.examples import examples
from domain.errors import BadInput, Fault
from workers.workspace import Workspace

_TEMPLATES = Path(__file__).parent / "templates"
_OWNER_ONLY = 0o600
_FOR_ALL = 0o644


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "init", epilog=examples("danga init ~/danga", "danga --workspace ~/danga doctor"))(
        init
    )


def init(
    door: Door,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Make a workspace: danga.yaml, .env, proxies.yaml, sites/, a key, a database.

    Run it again to complete a workspace; what is there stays as it is.
    """
    folder = Workspace(directory.expanduser().resolve())
    created = make_workspace(door, folder)
    door.printer.record(
        {"workspace": folder.root, "created": [str(_short(path, folder)) for path in created]}
    )
    door.say("\nNext: edit danga.yaml, then `danga apply`. `danga doctor` checks this machine.")


def make_workspace(door: Door, folder: Workspace) -> list[Path]:
    """Make or complete the workspace, which becomes the door's; return what was created.

    Raises:
        BadInput: the folder is somebody else's, or a setting is wrong.
    """
    _refuse_a_strangers(folder)
    door.workspace = folder.root
    settings = door.settings  # a wrong variable is told before anything is written
    created = _write_files(folder)
    if settings.key is None and not settings.key_path.exists():
        from storage.keyring import write_key_file

        write_key_file(settings.key_path)
        created.append(settings.key_path)
    _migrate(door)
    return created


def _refuse_a_strangers(folder: Workspace) -> None:
    """A folder with files of somebody else's is not made into a workspace."""
    if folder.exists or not folder.root.exists():
        return
    if not folder.root.is_dir():
        raise BadInput(Fault(str(folder.root), "is no folder", "name a new or empty folder"))
    if any(folder.root.iterdir()):
        what = "is neither empty nor a workspace"
        raise BadInput(Fault(str(folder.root), what, "name a new or empty folder"))


def _write_files(folder: Workspace) -> list[Path]:
    folder.root.mkdir(parents=True, exist_ok=True)
    created = []
    for path in (folder.sites, folder.state):
        if not path.exists():
            path.mkdir()
            created.append(path)
    wanted = (
        (folder.root / ".gitignore", "gitignore", _FOR_ALL),
        (folder.env, "env", _OWNER_ONLY),
        (folder.proxies, "proxies.yaml", _FOR_ALL),
        # Last: it makes the folder a workspace, so an interrupted `init` can be run again ...
        (folder.inventory, "danga.yaml", _FOR_ALL),
    )
    return created + [path for path, name, mode in wanted if _create(path, name, mode)]


def _create(path: Path, template: str, mode: int) -> bool:
    """Write the template with its mode from the first byte on; return whether it was missing."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write((_TEMPLATES / template).read_bytes())
    return True


def _migrate(door: Door) -> None:
    from storage import schema

    with door.bare_engine() as engine:
        schema.upgrade(engine, door.settings.zone)


def _short(path: Path, folder: Workspace) -> Path:
    return path.relative_to(folder.root) if path.is_relative_to(folder.root) else path
