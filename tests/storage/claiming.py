"""One process of the concurrency test: claim whatever is due until nothing is left.

    python -m tests.storage.claiming URL NAME

Prints the keys of the visits it claimed, one per line.
"""

from __future__ import annotations

import sys

from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.engine import open_engine
from storage.visit_record import Outcome
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook

DONE = Outcome(VisitState.DONE, VerdictKind.OK)


def main(url: str, name: str) -> None:
    """Claim and finish visits, those offered to everybody else at the same time too."""
    engine = open_engine(url)
    schedule, book = VisitSchedule(engine), VisitBook(engine)
    while due := schedule.due(limit=5):
        for visit in due:
            claim = book.claim(visit.id, name, 60)
            if claim is not None:
                print(visit.id, flush=True)
                book.finish(claim, DONE)


if __name__ == "__main__":
    main(*sys.argv[1:])
