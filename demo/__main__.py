"""`python -m demo`: serve until SIGTERM; prints one JSON line with the address when ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import fields
from pathlib import Path

from aiohttp import web

from demo.clock import Clock, moment
from demo.events import BadEvent, Event, parse_events
from demo.knobs import BadKnob, Knobs
from demo.platform import Platform
from demo.server import application
from demo.world import Sizes, World

SHUTDOWN_SECONDS = 0.5
"""How long answers under way may take after SIGTERM: stalled ones would never end."""


def main() -> None:
    """Read the command line and serve."""
    parser = _parser()
    options = vars(parser.parse_args())
    try:
        platform = _platform(options)
    except (BadKnob, BadEvent, ValueError, OSError) as wrong:
        parser.error(str(wrong))
    remembered: Path | None = options["sessions"]
    if remembered and remembered.exists():
        platform.sessions.remember(json.loads(remembered.read_text(encoding="utf-8")))
    asyncio.run(_serve(platform, options["host"], options["port"]))
    if remembered:
        remembered.write_text(json.dumps(platform.sessions.as_json()), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description="A make-believe platform.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--frozen-at", type=moment, help="stand still at this ISO time")
    parser.add_argument("--events", type=Path, help="a JSON file: see demo/events.py")
    parser.add_argument("--sessions", type=Path, help="a file that keeps sign-ins between runs")
    sizes = parser.add_argument_group("sizes")
    for size in fields(Sizes):
        sizes.add_argument(_flag(size.name), type=int, default=size.default)
    knobs = parser.add_argument_group("knobs, all off unless named")
    for knob in fields(Knobs):
        knobs.add_argument(
            _flag(knob.name),
            nargs="?",
            const="true",
            metavar="|".join(knob.metadata.get("choices", ("VALUE",))),
            help=f"{knob.metadata['doc']} (default {knob.default or 'off'})".replace("%", "%%"),
        )
    return parser


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _platform(options: dict[str, object]) -> Platform:
    sizes = Sizes(**{size.name: options[size.name] for size in fields(Sizes)})  # type: ignore[arg-type]
    named = {knob.name: options[knob.name] for knob in fields(Knobs)}
    knobs = Knobs().turned({name: value for name, value in named.items() if value is not None})
    clock = Clock(options["frozen_at"])  # type: ignore[arg-type]
    events = _events(options["events"]) if isinstance(options["events"], Path) else ()
    return Platform(World(sizes, int(str(options["seed"]))), clock, knobs, events)


def _events(path: Path) -> tuple[Event, ...]:
    return parse_events(json.loads(path.read_text(encoding="utf-8")))


async def _serve(platform: Platform, host: str, port: int) -> None:
    runner = web.AppRunner(
        application(platform),
        access_log=None,
        shutdown_timeout=SHUTDOWN_SECONDS,
        handler_cancellation=True,  # who hangs up is no longer counted as being here
    )
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    bound = runner.addresses[0][1]
    sys.stdout.write(json.dumps({"url": f"http://{host}:{bound}"}) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    main()
