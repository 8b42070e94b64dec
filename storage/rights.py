"""What MySQL and MariaDB say to a user without the right to make a view or a trigger."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

_FORBIDDEN = frozenset(
    {
        1044,  # nothing in this database
        1142,  # not that on this table: CREATE VIEW, TRIGGER
        1227,  # neither the right nor SUPER
        1419,  # the binary log is on, and the server trusts no triggers of ordinary users
    }
)


def lacks_the_right(error: DBAPIError) -> bool:
    """Whether an administrator has to allow what was asked; any other error is another story."""
    arguments = error.orig.args if error.orig else ()
    return bool(arguments) and arguments[0] in _FORBIDDEN
