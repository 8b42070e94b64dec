"""`danga fixture`: save pages of a site for the tests of its class, and read them again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.output import Answer
from admin.site_commands import (
    AccountOption,
    LevelOption,
    LoginOption,
    SiteArgument,
    exit_of,
    run_trial,
)
from domain.account import AccountKey
from domain.currency import KRW
from domain.errors import BadInput, Fault

if TYPE_CHECKING:
    from crawler.page import Found
    from workers.house import House

_COLUMNS = {"page": "page", "verdict": "verdict", "readings": "readings", "detail": "detail"}


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Saved pages, the tests of a site class.")
    app.add_typer(group, name="fixture")
    lines = ("danga fixture record mypaper", "danga fixture record mypaper monday --account 1001")
    command(group, "record", epilog=examples(*lines))(record)
    again = examples("danga fixture check", "danga fixture check mypaper --accept")
    command(group, "check", epilog=again)(check)


def record(
    door: Door,
    site: SiteArgument,
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="Where below sites/pages/SITE/ they go.")
    ] = "recorded",
    login: LoginOption = None,
    account: AccountOption = None,
    level: LevelOption = None,
) -> None:
    """Visit once, as `site try` does, and save the pages with names and ids replaced.

    Look through the files before you share them: what only a person knows to be private (a
    slogan, a picture's name) stands in them still.
    """
    from storage.accounts import AccountBook
    from storage.sites import SiteBook
    from workers.house import House
    from workers.recording import Recording, page_salt
    from workers.recording import record as save

    folder = _case_folder(door, site, case)
    trial = run_trial(door, site, login, account, level, action="fixture.record")
    with House.open(door.settings) as house:
        policy = SiteBook(house.engine).get(site).policy
        salt = page_salt(door.folder.state / "page-salt")
        known = {one.key: one.terms.currency for one in AccountBook(house.engine).all()}
        currency = known.get(AccountKey(site, account or ""), KRW)
        recording = Recording(folder, policy.site_class, _known(house), salt, currency)
        recorded = save(trial.pages, house.site(site), recording)
    rows = [
        {
            "page": str(one.folder.relative_to(door.folder.root)),
            "verdict": one.result["verdict"],
            "readings": len(one.result.get("readings", ())),
            "detail": one.result.get("detail") or None,
        }
        for one in recorded
    ]
    door.show(Answer("pages", _COLUMNS, rows, nothing="No page was reached, so none was saved."))
    raise typer.Exit(int(exit_of(trial)))


def check(
    door: Door,
    site: Annotated[
        str | None, typer.Argument(metavar="SITE", help="Only its pages. Default: all.")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Make what is found now the wanted result.")
    ] = False,
) -> None:
    """Let the classes read their saved pages; exit code 1 where one reads otherwise.

    Nothing is sent anywhere, and no database is needed.
    """
    folder = door.folder.sites / "pages"
    rows = list(_checked(door, folder / site if site else folder, accept=accept))
    columns = {"page": "page", "ok": "as wanted", "verdict": "verdict", "differences": "otherwise"}
    nothing = f"No saved pages in {folder}: `danga fixture record SITE` saves some."
    door.show(Answer("pages", columns, rows, nothing=nothing))
    if not all(row["ok"] for row in rows):
        raise amiss()


def _checked(door: Door, folder: Path, *, accept: bool) -> Iterator[dict[str, Any]]:
    from crawler.saved_page import (
        RESULT,
        differences,
        load_page,
        load_result,
        result_of,
        save_result,
        saved_pages,
    )
    from crawler.site_loader import load_site

    root = door.folder.root
    for case in saved_pages(folder):
        saved = load_page(case)
        page_object = load_site(saved.site, saved.site_class, saved.base_url, root)
        result = result_of(page_object, saved)
        if accept:
            save_result(case, result)
        wanted = load_result(case) if (case / RESULT).exists() else None
        lines = ["no result.json yet: look, then --accept"]
        if wanted is not None:
            lines = differences(wanted, result)
        yield {
            "page": str(case.relative_to(root)),
            "ok": not lines,
            "verdict": result["verdict"],
            "detail": result.get("detail") or None,
            "differences": lines,
        }


def _known(house: House) -> Found:
    """The accounts that the inventory holds or any login was seen to see."""
    from crawler.page import Found
    from domain.account import FoundAccount
    from storage.accounts import AccountBook

    book = AccountBook(house.engine)
    declared = (FoundAccount(one.key, one.shown_name or "") for one in book.all())
    return Found(accounts=(*declared, *(seen.account for seen in book.sightings())))


def _case_folder(door: Door, site: str, case: str) -> Path:
    parts = Path(case).parts
    if not case.strip() or ".." in parts or Path(case).is_absolute():
        raise BadInput(Fault("CASE", f"{case!r} is no name of a folder", "write monday"))
    return door.folder.sites / "pages" / site / case
