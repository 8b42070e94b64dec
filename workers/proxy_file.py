"""Read `proxies.yaml`: the forward proxies, with their secrets from the environment.

    proxies:
      - id: seoul-1
        url: http://agency:${SEOUL_1_PASSWORD}@proxy.example.com:3128
        labels: [kr, residential]
        provider: example
        exclusive: true

No file, or an empty one, means no proxies, which is valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import Field, StringConstraints

from domain.errors import BadInput, Fault
from domain.proxy import Proxy
from workers.file_model import FileModel, doubles, in_order, validate
from workers.nearest import nearest
from workers.yaml_source import Place, YamlSource, load_yaml

SCHEMES = ("http", "https", "socks5")
_MOST_BYTES = 255
"""Of a user name or a password in SOCKS5."""
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_FORM = "http://user:${NAME}@host:port"

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]


class _ProxyEntry(FileModel):
    id: Word
    url: Annotated[str, Field(min_length=1)]
    labels: tuple[Word, ...] = ()
    provider: Word | None = None
    exclusive: bool = False


class _ProxyFile(FileModel):
    proxies: tuple[_ProxyEntry, ...] | None = None


class _NoProxyUrl(Exception):
    """What is wrong with a url, in words that hold nothing of it."""


def load_proxies(path: Path, environment: Mapping[str, str]) -> tuple[Proxy, ...]:
    """Return the proxies of the file, in its order.

    Raises:
        BadInput: all faults at once; an unset variable is named, no value is shown.
    """
    if not path.exists():
        return ()
    source = load_yaml(path)
    entries = validate(source, _ProxyFile).proxies or ()
    faults = list(doubles(source, ((("proxies", n, "id"), e.id) for n, e in enumerate(entries))))
    proxies: list[tuple[int, Proxy]] = []
    for number, entry in enumerate(entries):
        read = _proxy(entry, source, ("proxies", number, "url"), environment)
        if isinstance(read, Proxy):
            proxies.append((number, read))
        else:
            faults += read
    faults += _twice(source, proxies)
    if faults:
        raise BadInput(*in_order(faults))
    return tuple(proxy for _number, proxy in proxies)


def _twice(source: YamlSource, proxies: Iterable[tuple[int, Proxy]]) -> Iterator[Fault]:
    """Yield a fault for each proxy that stands there under another id already: resting one of
    the two would leave the other in use."""
    first: dict[tuple[str, str | None], int] = {}
    for number, proxy in proxies:
        before = first.setdefault((proxy.server, proxy.username), number)
        if before != number:
            place = source.where(("proxies", before, "url")).split(" ")[0]
            where = source.where(("proxies", number, "url"))
            yield Fault(where, "is the proxy of another entry", f"keep one; first at {place}")


def _proxy(
    entry: _ProxyEntry, source: YamlSource, path: Place, environment: Mapping[str, str]
) -> Proxy | list[Fault]:
    where = source.where(path)
    unset = [name for name in _VARIABLE.findall(entry.url) if not environment.get(name)]
    if unset:
        return [
            Fault(where, f"{name} is not set", _how_to_set(name, environment)) for name in unset
        ]
    try:
        return _parsed(entry, environment)
    except _NoProxyUrl as error:
        return [Fault(where, str(error), f"write {_FORM}")]
    except ValueError:  # its text may hold a piece of the password
        return [Fault(where, "is no url", f"write {_FORM}")]


def _how_to_set(name: str, environment: Mapping[str, str]) -> str:
    near = nearest(name, environment, at_least=0.8)
    return f"did you mean {near}?" if near else f"add a line {name}=... to .env"


def _parsed(entry: _ProxyEntry, environment: Mapping[str, str]) -> Proxy:
    """Take the url to pieces before its variables are filled in, so that a password may hold
    any character. A variable that is the whole url is taken as it is, percent-encoded."""
    whole = _VARIABLE.fullmatch(entry.url)
    parts = urlsplit(environment[whole[1]] if whole else entry.url)
    server = f"{parts.scheme}://{_filled(parts.netloc.rpartition('@')[2], environment)}"
    _check(server)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise _NoProxyUrl("goes on after the port")
    bare = Proxy(
        entry.id,
        server,
        labels=frozenset(entry.labels),
        exclusive=entry.exclusive,
        provider=entry.provider,
    )
    if parts.username is None:
        return bare
    username = _filled(unquote(parts.username), environment)
    password = _filled(unquote(parts.password or ""), environment)
    if parts.scheme == "socks5":
        _fits_socks(username, password)
    return replace(bare, username=username, password=password)


def _fits_socks(username: str, password: str) -> None:
    if not all(0 < len(one.encode()) <= _MOST_BYTES for one in (username, password)):
        raise _NoProxyUrl(f"has to name a user and a password of 1 to {_MOST_BYTES} bytes")


def _check(server: str) -> None:
    parts = urlsplit(server)
    if parts.scheme not in SCHEMES:
        raise _NoProxyUrl("has a scheme that is not supported: http, https or socks5")
    if not parts.hostname or not parts.port:
        raise _NoProxyUrl("has to name host and port")


def _filled(text: str, environment: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: environment[found[1]], text)
