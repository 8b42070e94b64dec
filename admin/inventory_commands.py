"""`danga account|entity|client|watch list`: what is applied, and what the sites listed."""

from __future__ import annotations

from typing import Annotated

import typer

from admin import collect_commands, leave_command
from admin.account_keys import account_of
from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer

AccountOption = Annotated[
    str | None, typer.Option("--account", metavar="SITE/ID", help="Only this account.")
]


def add_to(app: typer.Typer) -> None:
    """Add the groups."""
    for name, help_text, lister in (
        ("account", "Ad accounts and channels.", list_accounts),
        ("entity", "Campaigns, ad groups, creatives, channels.", list_entities),
        ("client", "Advertisers and who looks after them.", list_clients),
        ("watch", "What marketers follow.", list_watches),
    ):
        group = typer.Typer(no_args_is_help=True, help=help_text)
        app.add_typer(group, name=name)
        lines = (f"danga {name} list", f"danga {name} list --json")
        command(group, "list", epilog=examples(*lines))(lister)
        if name == "entity":
            collect_commands.add_to(app, group)
        if name == "client":
            leave_command.add_to(group)


def list_accounts(door: Door) -> None:
    """List the accounts of the inventory, and others that the logins can see."""
    from storage.accounts import AccountBook
    from storage.logins import LoginBook

    with door.engine() as engine:
        logins = {login.id: login.name for login in LoginBook(engine).all()}
        book = AccountBook(engine)
        accounts, sightings = book.all(), book.sightings()
    rows = [
        {
            "account": str(one.key),
            "name": one.shown_name,
            "login": None if one.login_id is None else logins.get(one.login_id),
            "client": one.client,
            "vat_included": one.terms.vat_included,
            "vat_rate": one.terms.vat_rate,
            "declared": True,
        }
        for one in accounts
    ]
    rows += [
        {
            "account": str(seen.account.key),
            "name": seen.account.shown_name,
            "login": logins.get(seen.login_id),
            "client": None,
            "vat_included": None,
            "vat_rate": None,
            "declared": False,
        }
        for seen in sightings
        if not seen.declared
    ]
    columns = {
        "account": "account",
        "name": "name",
        "login": "login",
        "client": "client",
        "vat_included": "with VAT",
        "declared": "declared",
    }
    door.show(
        Answer("accounts", columns, rows, nothing="No accounts: see `danga entity discover`.")
    )


def list_entities(door: Door, account: AccountOption = None) -> None:
    """List what the sites showed in the accounts, and which of it is followed."""
    from storage.entities import EntityBook

    with door.engine() as engine:
        found = EntityBook(engine).all(None if account is None else account_of(account))
    rows = [
        {
            "account": f"{one.key.site}/{one.key.account}",
            "kind": one.key.kind,
            "id": one.key.external_id,
            "name": one.name,
            "state": one.state,
            "first_seen_at": one.first_seen_at,
            "resting_since": one.resting_since,
        }
        for one in found
    ]
    columns = {
        "account": "account",
        "kind": "kind",
        "id": "id",
        "name": "name",
        "state": "state",
        "first_seen_at": "first seen",
        "resting_since": "rests since",
    }
    nothing = "Nothing was listed yet: `danga entity discover` or the next visit does."
    door.show(Answer("entities", columns, rows, nothing=nothing))


def list_clients(door: Door) -> None:
    """List the clients with their owners."""
    from storage.inventory import InventoryStore

    with door.engine() as engine:
        declared = InventoryStore(engine).declared()
    watches = [watch.client for watch in declared.watches]
    rows = [
        {"name": one.name, "owners": sorted(one.owners), "watches": watches.count(one.name)}
        for one in declared.clients
    ]
    columns = {"name": "client", "owners": "owners", "watches": "watches"}
    door.show(Answer("clients", columns, rows, nothing="No clients: declare them in danga.yaml."))


def list_watches(door: Door) -> None:
    """List the watches with their targets and rules."""
    from storage.inventory import InventoryStore

    with door.engine() as engine:
        declared = InventoryStore(engine).declared()
    rows = [
        {
            "name": one.name,
            "client": one.client,
            "label": one.label,
            "target": one.target,
            "currency": one.currency,
            "daily_budget": one.daily_budget,
            "vat": one.vat,
            "spend": sorted(str(rule) for rule in one.spend),
            "results": sorted(str(rule) for rule in one.results),
        }
        for one in sorted(declared.watches, key=lambda watch: (watch.client, watch.name))
    ]
    columns = {
        "name": "watch",
        "client": "client",
        "label": "unit cost",
        "target": "target",
        "daily_budget": "daily budget",
        "spend": "spend",
        "results": "results",
    }
    door.show(Answer("watches", columns, rows, nothing="No watches: declare them in danga.yaml."))
