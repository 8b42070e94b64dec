"""What one worker process of the tests does to a shared budget: `python -m tests.pace.hammer`.

Asks and settles without a pause until its time is over, then prints one JSON line; on a busy
machine it goes on until it had a grant and all together used the bucket again. With no time at
all it asks once, tells what it was granted, and never settles.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from domain.clock import SteppedClock
from domain.grant import Grant
from domain.request_budget import RequestBudget
from pace.budget import Pace
from pace.database_store import DatabaseStore
from pace.redis_store import RedisStore
from storage.engine import open_engine

BUDGET = RequestBudget(requests_per_second=200.0, burst=40, requests_per_day=10**9)
PATIENCE_SECONDS = 60.0
CLOCK = SteppedClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC))


@contextmanager
def pace_at(url: str) -> Iterator[Pace]:
    """Give the pace over the store that `url` means."""
    if url.startswith("redis"):
        yield Pace(RedisStore.at(url), {"moment": BUDGET}, CLOCK)
        return
    engine = open_engine(url)
    yield Pace(DatabaseStore(engine), {"moment": BUDGET}, CLOCK)
    engine.dispose()


def hammer(pace: Pace, seconds: float) -> dict[str, float]:
    """Return how many asks were granted and how many requests were sent."""
    grants = sent = waits = 0
    began = time.monotonic()
    while (lasted := time.monotonic() - began) < seconds or not enough(pace, grants, lasted):
        answer = pace.ask("moment", random.choice(["creatives", "campaigns"]), warm=True)
        if isinstance(answer, Grant):
            used = random.randint(1, answer.requests)
            pace.settle(answer, used)
            grants, sent = grants + 1, sent + used
        else:
            waits += 1
            time.sleep(min(answer.seconds, 0.01))
    return {"grants": grants, "sent": sent, "waits": waits}


def enough(pace: Pace, grants: int, lasted: float) -> bool:
    """Whether this one had a grant and all together used the bucket again."""
    used_again = pace.snapshot("moment").spent_today > BUDGET.burst
    return (grants > 0 and used_again) or lasted > PATIENCE_SECONDS


def hold(pace: Pace) -> dict[str, int]:
    """Return how many requests were granted; nobody settles them."""
    answer = pace.ask("moment", "creatives", warm=False)
    return {"granted": answer.requests if isinstance(answer, Grant) else 0}


if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdin.readline()
    seconds = float(sys.argv[2])
    with pace_at(sys.argv[1]) as shared:
        print(json.dumps(hammer(shared, seconds) if seconds else hold(shared)), flush=True)
        sys.stdin.readline()
