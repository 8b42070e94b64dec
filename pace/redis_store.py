"""Request budgets in Redis, shared by every worker on every machine.

A site's state is one hash with a version and the state's text. One script reads it together
with Redis's own time, and swaps it only if nobody else did: the decision itself stays in
Python (`pace/decision.py`), where the other stores have it too.
"""

from __future__ import annotations

from typing import cast

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from pace.again import AGAIN
from pace.errors import PaceContended, PaceUnavailable
from pace.state import from_text, to_text
from pace.store import Answer, Decide

_NOBODY = ""
"""A version no state ever has: only read."""
_SWAPPED = b"swapped"
_SWAP = """
local held = redis.call('HMGET', KEYS[1], 'version', 'state')
local version = held[1] or '0'
if version == ARGV[1] then
    redis.call('HSET', KEYS[1], 'version', string.format('%d', version + 1), 'state', ARGV[2])
    return {'swapped'}
end
local time = redis.call('TIME')
return {'held', version, held[2] or '', time[1], time[2]}
"""


class RedisStore:
    """One key per site, `danga:pace:SITE`, without expiry. Needs `noeviction`.

    A lost answer is harmless: a reservation made twice stays spent, settling twice charges once.
    """

    def __init__(self, client: Redis, prefix: str = "danga:pace:") -> None:
        self._prefix = prefix
        self._script = client.register_script(_SWAP)

    @classmethod
    def at(cls, url: str) -> RedisStore:
        """Return the store at `url`, which gives up on a silent Redis after seconds."""
        retry = Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), retries=2)
        return cls(Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=retry))

    def change(self, site: str, decide: Decide[Answer]) -> Answer:
        """Let `decide` replace the state of `site`, and again where somebody was faster."""
        try:
            answer: Answer = AGAIN(self._try, site, decide)
            return answer
        except RedisError as error:
            raise PaceUnavailable(f"Redis did not answer for {site}'s budget: {error}") from error

    def _try(self, site: str, decide: Decide[Answer]) -> Answer:
        key = self._prefix + site
        _, version, text, seconds, micros = self._swap(key, _NOBODY, "")
        state = from_text(text.decode(), site)
        after, answer = decide(state, int(seconds) + int(micros) / 1_000_000)
        if after is not state and self._swap(key, version, to_text(after))[0] != _SWAPPED:
            raise PaceContended(f"{site}'s budget was changed by somebody else at every try")
        return answer

    def _swap(self, key: str, version: bytes | str, text: str) -> list[bytes]:
        return cast("list[bytes]", self._script(keys=[key], args=[version, text]))
