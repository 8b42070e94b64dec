"""Accounts on the command line."""

from __future__ import annotations

from domain.account import AccountKey
from domain.errors import BadInput, Fault


def account_of(text: str) -> AccountKey:
    """Return the account of `--account site/id`.

    Raises:
        BadInput: it is written otherwise.
    """
    site, slash, external_id = text.partition("/")
    if not (site and slash and external_id):
        raise BadInput(Fault("--account", f"{text} is no account", "write site/id: moment/1001"))
    return AccountKey(site, external_id)
