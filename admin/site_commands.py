"""`danga site new|try`: begin a class for a platform of your own, try it on the real site."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from admin import halt_commands, load_command, trust_command
from admin.door import Door, command
from admin.examples import examples
from admin.failures import Exit, exit_of_verdict
from admin.output import Answer, Row
from domain.audit import Deed
from domain.entity import EntityKind
from domain.errors import BadInput, Fault
from workers.workspace import Workspace

if TYPE_CHECKING:
    from workers.house import House
    from workers.trying import Trial, TriedPage

_TEMPLATES = Path(__file__).parent / "templates"
SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help="A site of danga.yaml.")]
LoginOption = Annotated[
    str | None, typer.Option("--login", metavar="LOGIN", help="Default: the site's only one.")
]
AccountOption = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="Its pages; default: the lobby only.")
]
LevelOption = Annotated[
    list[EntityKind] | None,
    typer.Option("--level", help="Which tables; may be said again. Default: what the class does."),
]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        no_args_is_help=True, help="Sites: their classes, their pauses, their load."
    )
    app.add_typer(group, name="site")
    command(group, "new", epilog=examples("danga site new mypaper https://ads.mypaper.example"))(
        new
    )
    lines = ("danga site try mypaper", "danga site try mypaper --account 1001 --level creative")
    command(group, "try", epilog=examples(*lines))(try_site)
    halt_commands.add_to(group)
    trust_command.add_to(group)
    load_command.add_to(group)


def new(
    door: Door,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Your name for the site.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where it lives.")],
) -> None:
    """Write a class, its test and a folder for saved pages into the workspace's sites/."""
    folder = door.folder
    _check(name, url)
    module = re.sub(r"\W", "_", name).lower()
    cls = "".join(part.capitalize() for part in re.split(r"[\W_]+", name)) + "Site"
    words = {"name": name, "module": module, "cls": cls, "url": url.rstrip("/")}
    files = {
        folder.sites / f"{module}.py": "site.py.txt",
        folder.sites / f"test_{module}.py": "test_site.py.txt",
    }
    _write(folder, files, words)
    pages = folder.sites / "pages" / name
    pages.mkdir(parents=True, exist_ok=True)
    lines = f"  - {{name: {name}, class: 'sites/{module}.py:{cls}', base_url: '{words['url']}'}}"
    created = [str(path.relative_to(folder.root)) for path in (*files, pages)]
    if door.as_json:
        door.printer.document({"created": created, "class": f"sites/{module}.py:{cls}"})
        return
    door.printer.record({"created": created})
    door.say(f"\nNext: add this to `sites:` in danga.yaml, with a login that has it:\n{lines}")
    door.say(f"Then `danga apply`, and `danga site try {name}` until it reads the page.")


def try_site(
    door: Door,
    site: SiteArgument,
    login: LoginOption = None,
    account: AccountOption = None,
    level: LevelOption = None,
) -> None:
    """Visit once, at the usual pace, and show what the class sees; no reading is stored.

    Exit code 0 where every page was read, 1 where the class has to be mended, 3 where a person
    has to sign in, 4 where the site or the budget says later.
    """
    trial = run_trial(door, site, login, account, level, action="site.try")
    rows = [_row(page) for page in trial.pages]
    values = [value for page in trial.pages for value in _values(page)]
    accounts = [{"id": one.key.external_id, "name": one.shown_name} for one in trial.accounts]
    if door.as_json:
        door.printer.document(
            {
                "pages": rows,
                "values": values,
                "accounts": accounts,
                "requests": trial.requests,
                "wait_seconds": trial.report.wait.seconds if trial.report.wait else None,
            }
        )
    else:
        _show(door, rows, values, accounts, trial)
    raise typer.Exit(int(exit_of(trial)))


def run_trial(
    door: Door,
    site: str,
    login: str | None,
    account: str | None,
    level: list[EntityKind] | None,
    *,
    action: str,
) -> Trial:
    """Run the trial of `site try` and of `fixture record`; `action` names it in the audit."""
    from storage.audit import AuditBook
    from storage.sites import SiteBook
    from workers.house import House
    from workers.trying import TrialWish, try_site

    door.folder.state.mkdir(exist_ok=True)
    with House.open(door.settings) as house:
        SiteBook(house.engine).get(site)
        by = login or _only_login(house, site)
        deed = Deed(action, f"site {site}", "", {"login": by, "account": account})
        AuditBook(house.engine).note(door.person, deed)
        wish = TrialWish(by, site, door.person.name, account, frozenset(level or ()))
        with house.browser() as browser:
            return try_site(house, browser, wish)


def exit_of(trial: Trial) -> Exit:
    """Return the exit code that says who has to act next."""
    waits = trial.report.wait is not None
    return Exit.LATER if waits else exit_of_verdict(trial.report.outcome)


def _check(name: str, url: str) -> None:
    faults = []
    module = re.sub(r"\W", "_", name).lower()
    if not re.fullmatch(r"[A-Za-z][\w.-]*", name) or keyword.iskeyword(module):
        faults.append(Fault("NAME", f"{name} is no name", "letters, digits and . _ - only"))
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        faults.append(Fault("URL", "is no address", "write https://ads.example.com"))
    if faults:
        raise BadInput(*faults)


def _write(folder: Workspace, files: dict[Path, str], words: dict[str, str]) -> None:
    """Write all files or, where one is there already, none."""
    there = [path for path in files if path.exists()]
    if there:
        cure = "choose another name, or delete it yourself"
        raise BadInput(
            *(Fault(str(path.relative_to(folder.root)), "is there already", cure) for path in there)
        )
    folder.sites.mkdir(exist_ok=True)
    for path, template in files.items():
        text = (_TEMPLATES / template).read_text(encoding="utf-8").format(**words)
        path.write_text(text, encoding="utf-8")


def _only_login(house: House, site: str) -> str:
    from storage.logins import LoginBook

    names = [login.name for login in LoginBook(house.engine).all() if site in login.sites]
    if len(names) != 1:
        what = f"has {len(names)} logins: {', '.join(names)}" if names else "has no login"
        cure = "say --login NAME" if names else "declare one in danga.yaml"
        raise BadInput(Fault(f"site {site}", what, cure))
    return names[0]


def _row(page: TriedPage) -> Row:
    read = page.read
    return {
        "page": read.page.kind,
        "number": read.page.number,
        "url": read.page.url,
        "verdict": read.verdict.kind,
        "detail": read.verdict.detail or None,
        "listed": len(read.found),
        "values": len(read.readings),
        "requests": read.requests,
        "steps": list(read.steps),
        "answers": [answer.url for answer in page.snapshot.answers] if page.snapshot else [],
        "evidence": read.evidence,
    }


def _values(page: TriedPage) -> list[Row]:
    return [
        {
            "entity": f"{one.entity.kind} {one.entity.external_id}",
            "metric": one.metric,
            "business_date": one.business_date,
            "value": one.value,
            "shown": one.shown,
        }
        for one in page.read.readings
    ]


def _show(
    door: Door, rows: list[Row], values: list[Row], accounts: list[dict[str, Any]], trial: Trial
) -> None:
    pages = {"page": "page", "number": "no", "verdict": "verdict", "listed": "listed"}
    pages |= {"values": "values", "requests": "requests", "steps": "steps", "detail": "detail"}
    door.show(Answer("pages", pages, rows, nothing="No page was reached."))
    if accounts:
        door.say("")
        door.show(Answer("accounts", {"id": "account", "name": "name"}, accounts))
    if values:
        door.say("")
        names = ("entity", "metric", "business_date", "value", "shown")
        door.show(Answer("values", {name: name.replace("_", " ") for name in names}, values))
    answers = sorted({url for row in rows for url in row["answers"]})
    if answers:
        door.say("\nJSON answers that the pages received:")
        door.say("\n".join(f"  {url}" for url in answers))
    wait = trial.report.wait
    door.say(f"\n{trial.requests} requests; no reading was stored." + (f" {wait}" if wait else ""))
    for evidence in (row["evidence"] for row in rows if row["evidence"]):
        door.say(f"See what the page looked like: danga evidence show {evidence}")
