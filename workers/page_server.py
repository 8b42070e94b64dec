"""Show the pages' folder to this machine: a static server on loopback, for a look or a tunnel.

It asks for no password, so it listens to nobody else, and answers no name but its own: a site
that lets its name lead here reads nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from domain.errors import BadInput, Fault
from workers.page_folder import EVERYONE

_HOST = "127.0.0.1"
_LOOK_SECONDS = 0.2


def serve_pages(
    folder: Path, port: int, go_on: Callable[[], bool], tell: Callable[[str], None]
) -> None:
    """Serve `folder` while `go_on`; `tell` hears the address.

    Raises:
        BadInput: the port is taken.
    """
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    try:
        server = ThreadingHTTPServer((_HOST, port), partial(_Handler, directory=str(folder)))
    except OSError as error:
        raise BadInput(
            Fault(f"port {port}", str(error.strerror), "name another: --port")
        ) from error
    with server:
        server.timeout = _LOOK_SECONDS
        tell(f"http://{_HOST}:{server.server_port}/{EVERYONE}/")
        while go_on():
            server.handle_request()


class _Handler(SimpleHTTPRequestHandler):
    """Files that do not begin with a dot, never kept by a browser."""

    def send_head(self):  # type: ignore[no-untyped-def]
        """Open the file that is asked for, by our own name."""
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        if host not in (_HOST, "localhost") or "/." in unquote(self.path):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def list_directory(self, path: object) -> None:
        """List nothing: whose pages there are is not for whoever serves one of them."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Add what keeps the pages to themselves."""
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: who looks at what is nobody's business."""
