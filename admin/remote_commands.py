"""`danga remote`: people sign logins in from anywhere, by links in messages."""

from __future__ import annotations

from typing import Annotated

import typer

from admin.door import Door, command
from admin.examples import examples
from workers.settings import who_asks


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Sign-ins of people who are elsewhere.")
    app.add_typer(group, name="remote")
    command(group, "serve", epilog=examples("danga remote serve"))(serve)
    command(group, "forget", epilog=examples("danga remote forget 김지은"))(forget)


def serve(door: Door) -> None:
    """Serve the links of remote sign-ins until stopped, so that one in a message works for a day.

    Listens on DANGA_REMOTE_LISTEN. `danga up` does the same where DANGA_REMOTE_PUBLIC_URL is set.
    """
    from workers.house import House
    from workers.logs import log_to_stderr
    from workers.remote.serving import serve_standing
    from workers.up import Ears

    log_to_stderr(door.settings.log_level, door.settings.log_format)
    door.folder.state.mkdir(exist_ok=True)
    ears = Ears()
    ears.open()
    with House.open(door.settings) as house:
        serve_standing(
            house,
            lambda: not ears.told_to_stop,
            lambda origin: door.say(f"Serving remote sign-ins at {origin}; Ctrl-C ends it."),
        )


def forget(
    door: Door,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As they wrote it on the page.")],
) -> None:
    """Let no browser in which NAME has signed a login in get new links any more.

    A sign-in that NAME has under way ends.
    """
    from domain.audit import person
    from storage.sign_in_links import SignInLinks

    with door.engine() as engine:
        forgotten = SignInLinks(engine).forget(name, person(who_asks()))
    door.printer.record({"name": name, "browsers": forgotten})
