"""`danga site trust`: a person believes a changed class that the program held."""

from __future__ import annotations

from typing import Annotated

import typer

from admin.door import Door, command
from admin.examples import examples


def add_to(group: typer.Typer) -> None:
    """Add the command to the group `site`."""
    line = "danga site trust moment --reason 'the budget was raised tenfold'"
    command(group, "trust", epilog=examples(line))(trust)


def trust(
    door: Door,
    site: Annotated[str, typer.Argument(metavar="SITE", help="A site of danga.yaml.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; for the audit.")
    ] = "",
) -> None:
    """Believe the class of SITE as it stands here, though its numbers jumped or fell.

    A changed class reads one account first; what does not go on from the last readings is held.
    Look at the pages (`danga evidence list`) before you say so. Its visits go on with the next
    slot; what was kept meanwhile is read by `danga visits reextract`.
    """
    from storage.site_classes import SiteClassBook
    from workers.house import House

    with House.open(door.settings) as house:
        fingerprint = house.site(site).fingerprint
        book = SiteClassBook(house.engine)
        changed = book.trust(site, fingerprint, door.person, reason)
    if door.as_json:
        document = {
            "site": site,
            "fingerprint": fingerprint,
            "changed": changed,
            "by": door.person.name,
        }
        door.printer.document(document)
        return
    door.say(f"{site}: trusted from now on." if changed else f"{site}: was trusted already.")
