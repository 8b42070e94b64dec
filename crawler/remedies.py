"""What a visit may do about a page that cannot be read yet: a bounded ladder per verdict.

Each rung is climbed once per page and paid from the request budget like a page. When a ladder
ends, the verdict stands. Going back comes first for a blank page: it is what makes a
single-page app render after a broken redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crawler.desk import Desk
from domain.verdict import VerdictKind

Remedy = Callable[[Desk], None]

LADDERS: Mapping[VerdictKind, tuple[Remedy, ...]] = {
    VerdictKind.UNREACHABLE: (Desk.tried_again,),
    VerdictKind.BLANK: (
        Desk.went_back,
        Desk.went_back,
        Desk.went_back,
        Desk.went_forward,
        Desk.reloaded,
        Desk.took_new_tab,
        Desk.took_new_context,
    ),
    VerdictKind.COVERED: (Desk.dismissed_overlay,),
    VerdictKind.SIGNED_OUT: (Desk.signed_in,),
    VerdictKind.WRONG_VIEW: (Desk.set_view_right,),
    VerdictKind.INCOMPLETE: (Desk.waited, Desk.reloaded),
}


def name_of(remedy: Remedy) -> str:
    """Return the words for the visit's row: `went back`."""
    return remedy.__name__.replace("_", " ")
