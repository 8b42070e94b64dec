"""A visitor without a browser: what a page's scripts would ask for, one request at a time."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx


class Visitor:
    """Keeps its cookies; may come from another loopback address, or say it came by a proxy."""

    def __init__(self, url: str, *, address: str | None = None, via: str | None = None) -> None:
        self.http = httpx.Client(
            base_url=url,
            transport=httpx.HTTPTransport(local_address=address),
            headers={"Via": via} if via else {},
            timeout=10,
        )

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def sign_in(self, user: str = "kim", password: str | None = None, **fields: str) -> str:
        """Send the form and return the stage it led to."""
        typed = {"username": user, "password": password or f"demo-{user}", **fields}
        stage: str = self.http.post("/sign-in", json=typed).json()["stage"]
        return stage

    def get(self, path: str) -> httpx.Response:
        """Ask for anything; redirects are not followed."""
        return self.http.get(path)

    def opens(self, path: str = "/moment/accounts") -> bool:
        """Load a document and say whether it came instead of the sign-in."""
        answer = self.get(path)
        return answer.status_code == 200 and 'id="app"' in answer.text

    def json(self, path: str) -> Any:
        """Return a JSON answer that must be a success."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()
