"""How a store repeats a change that somebody else overtook: often, briefly, never for ever."""

from __future__ import annotations

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from pace.errors import PaceContended

AGAIN = Retrying(
    retry=retry_if_exception_type(PaceContended),
    wait=wait_random_exponential(multiplier=0.0005, max=0.05),
    stop=stop_after_attempt(200) | stop_after_delay(3),
    reraise=True,
)
