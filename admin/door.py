"""What every command has: its options, its settings, its database, and the edge for errors.

    @command(app, "list")
    def list_logins(door: Door) -> None:
        ...

gives `danga ... list` the options `--workspace`, `--json` and `--debug`, and turns whatever it
raises into one message on stderr and an exit code. Nothing is opened before a command asks.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from admin.failures import Exit, as_document, exit_code, explain
from admin.output import Answer, Printer, warn
from domain.audit import Actor, person
from domain.clock import Clock
from workers.logs import log_to_stderr
from workers.settings import Settings, open_settings, who_asks
from workers.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import Engine

_PANEL = "Everywhere"
WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="DIR",
        help="The workspace. Default: DANGA_WORKSPACE, else here, else ./workspace.",
        rich_help_panel=_PANEL,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="One JSON document for programs.", rich_help_panel=_PANEL),
]
DebugOption = Annotated[
    bool,
    typer.Option("--debug", help="Show where an error came from.", rich_help_panel=_PANEL),
]


@dataclass(slots=True)
class Door:
    """One run of a command."""

    workspace: Path | None = None
    as_json: bool = False
    debug: bool = False
    _settings: Settings | None = field(default=None, init=False)

    @property
    def settings(self) -> Settings:
        """The settings of this process, read when first asked for.

        Raises:
            BadInput: a variable or a line of `.env` is wrong.
        """
        if self._settings is None:
            self._settings = open_settings(self.workspace)
        return self._settings

    @property
    def folder(self) -> Workspace:
        """The workspace, which exists.

        Raises:
            BadInput: nobody ran `danga init` there.
        """
        return self.settings.folder.require()

    @property
    def person(self) -> Actor:
        """Whoever runs the command, as the audit names them."""
        return person(who_asks())

    @property
    def clock(self) -> Clock:
        """Business time."""
        return self.settings.clock

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Give the database, whose tables are those of this program.

        Raises:
            DatabaseAway: it cannot be reached.
            SchemaBehind: `danga db upgrade` was not run.
        """
        from storage.revision import require_current

        with self.bare_engine() as engine:
            require_current(engine)
            yield engine

    @contextmanager
    def bare_engine(self) -> Iterator[Engine]:
        """Give the database as it is, for those who bring its tables up to date."""
        from storage.engine import open_engine

        if self.settings.database_url is None:
            self.settings.folder.require()
        engine = open_engine(self.settings.database)
        try:
            yield engine
        finally:
            engine.dispose()

    @property
    def printer(self) -> Printer:
        """Where this command's answers go."""
        return Printer(self.as_json, self._zone())

    def show(self, answer: Answer) -> None:
        """Print rows as a table or as JSON."""
        self.printer.show(answer)

    def say(self, sentence: str) -> None:
        """Tell a person something that programs need not read."""
        self.printer.say(sentence)

    def _zone(self) -> ZoneInfo:
        return self._settings.zone if self._settings else ZoneInfo("Asia/Seoul")


Command = Callable[..., None]


def command(
    app: typer.Typer, name: str, *, epilog: str | None = None
) -> Callable[[Command], Command]:
    """Make a function whose first parameter is a `Door` the command `name` of `app`.

    `epilog` holds examples.
    """

    def register(function: Command) -> Command:
        app.command(name, epilog=epilog)(_at_the_edge(function))
        return function

    return register


def _at_the_edge(function: Command) -> Command:
    def run(
        ctx: typer.Context, workspace: Path | None, as_json: bool, debug: bool, **given: Any
    ) -> None:
        before = ctx.find_root().obj or Door()
        door = Door(workspace or before.workspace, as_json or before.as_json, debug or before.debug)
        log_to_stderr("warning", "console")
        try:
            function(door, **given)
        except (typer.Exit, BrokenPipeError):  # where `head` has read enough, Click ends quietly
            raise
        except (KeyboardInterrupt, typer.Abort):
            warn("Interrupted: what was under way is finished or undone, never half.")
            raise typer.Exit(int(Exit.INTERRUPTED)) from None
        except Exception as error:  # noqa: BLE001 - the outermost edge of a command
            raise _told(door, error) from None

    signature = _signature(function)
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    # Typer reads both: the names and defaults here, the types there.
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    return run


def _told(door: Door, error: Exception) -> typer.Exit:
    if door.debug:
        warn("".join(traceback.format_exception(error)))
    if door.as_json:
        door.printer.document(as_document(error))
    warn(explain(error))
    return typer.Exit(int(exit_code(error)))


def _signature(function: Command) -> inspect.Signature:
    """The function's own parameters without the door, then those of every command."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    kind = inspect.Parameter.KEYWORD_ONLY
    everywhere = [
        inspect.Parameter("ctx", kind, annotation=typer.Context),
        inspect.Parameter("workspace", kind, annotation=WorkspaceOption, default=None),
        inspect.Parameter("as_json", kind, annotation=JsonOption, default=False),
        inspect.Parameter("debug", kind, annotation=DebugOption, default=False),
    ]
    keyword = [parameter.replace(kind=kind) for parameter in own]
    return inspect.Signature([*keyword, *everywhere])


def amiss() -> typer.Exit:
    """Return what to raise when the command is done and something is not as it should be."""
    return typer.Exit(int(Exit.AMISS))
