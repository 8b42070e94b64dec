"""`danga demo`: the main job, end to end, against a make-believe platform on this machine."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.init_command import make_workspace
from admin.report_commands import now as report_now
from admin.report_options import KnownWatches
from domain.clock import FileClock
from domain.errors import BadInput, Fault
from domain.slot import SLOT, slot_of
from workers.settings import Settings, variable
from workers.workspace import Workspace

if TYPE_CHECKING:
    from admin.demo_platform import DemoPlatform
    from storage.logins import LoginRecord
    from storage.visit_record import VisitRecord
    from workers.house import House

_TEMPLATE = Path(__file__).parent / "templates" / "demo.yaml"
_CLOCK = "state/clock"
_LOGIN, _PASSWORD = "kim", "demo-kim"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "demo", epilog=examples("danga demo", "danga demo --slots 6"))(demo)


def demo(
    door: Door,
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="The demo's workspace; kept for next time.")
    ] = Path("demo-workspace"),
    slots: Annotated[int, typer.Option("--slots", min=1, max=72, help="How many to read.")] = 3,
) -> None:
    """Log in once, read every ad, compute unit costs, and compare them with the truth.

    The platform is a process on this machine and its time stands still between slots of 20
    minutes. Run it again: the saved session is restored, and nobody logs in.
    """
    from admin.demo_platform import running_platform
    from storage.logins import LoginBook
    from workers.house import House

    folder = _workspace(door, directory)
    door = replace(door, workspace=folder.root)
    with running_platform(folder.state / "platform-sessions.json") as platform:
        door.say(f"A make-believe ad platform runs at {platform.url}; Danga logs in as {_LOGIN}.")
        _apply(door, platform.url)
        with House.open(door.settings) as house:
            login = LoginBook(house.engine).get(_LOGIN)
            house.credentials.keep_password(login.id, _PASSWORD)
            visits = _read_slots(door, house, platform, login, slots)
            facts = {**_compare(house, platform, visits), "page": _page(house)}
    _show(door, facts)
    if facts["readings_wrong"] or facts["requests_recorded"] != facts["requests_counted"]:
        raise amiss()


def _workspace(door: Door, directory: Path) -> Workspace:
    folder = Workspace(directory.expanduser().resolve())
    _refuse_real_ones(replace(door, workspace=folder.root).settings)
    if not folder.exists:
        make_workspace(door, folder)
        with folder.env.open("a", encoding="utf-8") as env:
            env.write(f"\n# The demo's time stands still and is stepped by 20 minutes.\n"
                      f"DANGA_CLOCK_FILE={_CLOCK}\n")  # fmt: skip
        FileClock(folder.root / _CLOCK).set(_ten_o_clock())
    return folder


def _refuse_real_ones(settings: Settings) -> None:
    """Applying the demo's inventory closes whatever else stands in a database.

    Raises:
        BadInput: the settings name a server, or the folder is a workspace of somebody's own.
    """
    faults = [
        Fault(variable(field), "names a server, and the demo's inventory would replace yours there",
              "unset it for the demo")
        for field in ("database_url", "redis_url") if getattr(settings, field)
    ]  # fmt: skip
    if settings.folder.exists and settings.clock_file is None:
        what = "is a workspace of your own, and not the demo's"
        faults.append(Fault(str(settings.workspace), what, "name another folder: --dir DIR"))
    if faults:
        raise BadInput(*faults)


def _ten_o_clock() -> datetime:
    seoul = ZoneInfo("Asia/Seoul")
    return datetime.now(seoul).replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)


def _apply(door: Door, url: str) -> None:
    from storage.inventory import InventoryStore
    from workers.inventory_file import load_inventory

    text = _TEMPLATE.read_text(encoding="utf-8").format(url=url)
    door.folder.inventory.write_text(text, encoding="utf-8")
    wanted = load_inventory(door.folder.inventory, door.settings.workspace)
    with door.engine() as engine:
        InventoryStore(engine).apply(wanted, "danga demo", door.clock.now())


def _read_slots(
    door: Door, house: House, platform: DemoPlatform, login: LoginRecord, slots: int
) -> Sequence[VisitRecord]:
    from workers.collecting import Wish, collect_here

    clock = FileClock(door.folder.root / _CLOCK)
    visits: list[VisitRecord] = []
    with house.browser() as browser:
        for _slot in range(slots):
            at = slot_of(clock.now()) + SLOT
            clock.set(at)
            platform.set_clock(at)
            visits += collect_here(house, browser, Wish((login,)))
            _tell(door, visits[-1], platform)
    return visits


def _tell(door: Door, visit: VisitRecord, platform: DemoPlatform) -> None:
    local = visit.planned_at.astimezone(door.settings.zone)
    door.say(
        f"  {local:%H:%M}  {visit.state}: {visit.pages_read} pages, {visit.readings} readings, "
        f"{visit.requests} requests, {platform.stats()['logins']['ok']} logins so far"
    )


def _compare(house: House, platform: DemoPlatform, visits: Sequence[VisitRecord]) -> dict[str, Any]:
    """Compare the newest slot's readings, and all requests, with what the platform knows."""
    stored = _stored(house, visits[-1].planned_at)
    truth = {
        (f"{row['site']}/{row['account']}/{row['kind']}/{row['external_id']}", row["metric"]): row[
            "value"
        ]
        for row in platform.truth(_LOGIN)
        if row["kind"] in ("creative", "channel")
    }
    stats = platform.stats()
    right = sum(stored.get(key) == value for key, value in truth.items())
    return {
        "readings_right": right,
        "readings_wrong": len(truth) - right + len(stored.keys() - truth.keys()),
        "requests_recorded": sum(visit.requests for visit in visits),
        "requests_counted": stats["total"],
        "logins": stats["logins"]["ok"],
        "captchas": stats["captchas"],
    }


def _page(house: House) -> Path:
    """Write the marketers' pages and return everyone's."""
    from workers.page_folder import PageFolder
    from workers.pages import Which, write_pages

    everyone, *_owners = write_pages(
        house, PageFolder(house.settings.workspace / "pages"), Which.ALL
    )
    return everyone.path


def _stored(house: House, slot_at: datetime) -> dict[tuple[str, str], int]:
    from storage.entities import EntityBook
    from storage.sites import SiteBook

    sites = [house.site(site.name) for site in SiteBook(house.engine).all()]
    metrics = {metric.name for site in sites for metric in site.metrics}
    entities = EntityBook(house.engine).all()
    pairs = [(entity.id, metric) for entity in entities for metric in metrics]
    return {
        (str(one.reading.entity), one.reading.metric): one.reading.value
        for one in house.readings.series(pairs, slot_at, slot_at)
    }


def _show(door: Door, facts: dict[str, Any]) -> None:
    if door.as_json:
        door.printer.document(facts)
        return
    door.say("")
    report_now(door, KnownWatches())
    right, wrong = facts["readings_right"], facts["readings_wrong"]
    door.say(
        f"\nThe platform's own truth: {right} of {right + wrong} readings are right to the won.\n"
        f"Requests: {facts['requests_counted']} counted by the platform, "
        f"{facts['requests_recorded']} recorded. Logins: {facts['logins']}. "
        f"Captchas: {facts['captchas']}.\n"
        f"What a marketer sees of it: {facts['page'].as_uri()}\n"
        f"Run it again: the session is kept in {door.folder.root}, and nobody logs in. "
        f"`{_typed()} report hourly -w {door.folder.root}` shows the hours."
    )


def _typed() -> str:
    """Return how a person calls `danga`: in a fresh checkout it is on no search path."""
    return "danga" if shutil.which("danga") else sys.argv[0]
