"""What differs from machine to machine: the one place that reads the environment.

`open_settings` reads `DANGA_*` variables, then `.env` of the workspace (the environment wins).
What all machines must share (sites, logins, watches) is applied to the database instead.
Every setting is documented in `docs/configuration.md`; a test holds the two together. Passwords
have no defaults and never show themselves.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.clock import Clock, FileClock, SystemClock
from domain.errors import BadInput, Fault
from domain.person import Language
from workers.env_file import Entry, read_env_file
from workers.nearest import nearest, suggest
from workers.remote_address import (
    RemoteAddress,
    is_loopback,
    require_address,
    require_origin,
)
from workers.workspace import Workspace, find_workspace

PREFIX = "DANGA_"
_OF_THE_SET_UP = frozenset({"DANGA_APT", "DANGA_DOWNLOAD_SECONDS"})
"""Read by `scripts/setup` only."""

Mebibytes = Annotated[int, Field(ge=1, le=1_048_576)]


class Settings(BaseSettings):
    """The settings of one process. Built once, by `open_settings`, and handed down."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    workspace: Path
    """The workspace's folder. Default: here if here is one, else ./workspace."""
    database_url: SecretStr | None = None
    """`mysql://user:password@host/database`. Default: a SQLite file in the workspace."""
    redis_url: SecretStr | None = None
    """`redis://host:6379/0`. Without it everything runs embedded (`danga up`)."""
    key: SecretStr | None = None
    """The master key itself; several apart by commas, newest first."""
    key_file: Path | None = None
    """The file that holds the master key. Default: danga.key in the workspace."""
    browser: Path | None = None
    """The Chromium to use. Default: Playwright's own download, else the system's."""
    browser_visits: Annotated[int, Field(ge=1)] = 150
    """A browser is replaced after so many visits ..."""
    browser_memory_mb: Mebibytes = 1500
    """... or when its processes hold more than this, in MiB."""
    evidence_days: Annotated[int, Field(ge=1, le=90)] = 14
    """Evidence older than this is deleted."""
    evidence_mb: Mebibytes = 500
    """Evidence is deleted, oldest first, above so many MiB on this machine."""
    keep_readings_months: Annotated[int, Field(ge=3)] = 26
    """`danga db prune` drops readings of months before so many whole ones."""
    keep_generations_days: Annotated[int, Field(ge=1)] = 90
    """`danga db prune` deletes unit costs that a rebuild has replaced so many days ago."""
    keep_records_months: Annotated[int, Field(ge=2)] = 13
    """Visits, sign-ins, links, messages and past causes are deleted after so many months."""
    keep_proof_months: Annotated[int, Field(ge=0)] = 13
    """The last page of each date is kept so many months, as proof; 0: none is."""
    clock_file: Path | None = None
    """Business time comes from this file: for demos and benches only."""
    ping_url: SecretStr | None = None
    """An address of the user's own that hears from us while numbers come in."""
    ping_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    """How often it does, at most."""
    remote_listen: str = "127.0.0.1:8725"
    """Where people's remote sign-ins are served: `host:port`."""
    remote_public_url: str | None = None
    """How people reach it: `https://host`, of a reverse proxy with TLS before `remote_listen`."""
    pages: str | None = None
    """The folder of the marketers' pages. Default: pages in the workspace; `off`: none here."""
    time_zone: str = "Asia/Seoul"
    """In which people's tables show moments; stored ones are UTC."""
    language: Language = Language.KOREAN
    """In which language reports are written, where nobody says otherwise."""
    by: str | None = None
    """Who you are, where several people share one account; in the environment only."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged at least."""
    log_format: Literal["console", "json"] = "console"
    """`json`: one object per line, for log collectors."""

    _environment: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        try:
            parts = urlsplit(url.get_secret_value() if url else "redis://none")
            fits = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
        except ValueError:  # its text may hold a piece of the password
            fits = False
        if not fits:
            raise ValueError("is no url of Redis, such as redis://host:6379/0")
        return url

    @field_validator("ping_url")
    @classmethod
    def _is_web_address(cls, url: SecretStr | None) -> SecretStr | None:
        try:
            parts = urlsplit(url.get_secret_value() if url else "https://none")
            fits = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:  # its text may hold a piece of the address
            fits = False
        if not fits:
            raise ValueError("is no address such as https://hc.example.com/...")
        return url

    @field_validator("remote_listen")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        require_address(text)
        return text

    @field_validator("remote_public_url")
    @classmethod
    def _is_an_origin(cls, url: str | None) -> str | None:
        return None if url is None else require_origin(url)

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("is no time zone, such as Asia/Seoul")
        return name

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _in_small_letters(cls, word: object) -> object:
        return word.lower() if isinstance(word, str) else word

    @model_validator(mode="after")
    def _is_public_by_tls(self) -> Self:
        if not is_loopback(self.remote.host) and not self.remote.is_public:
            raise ValueError(
                "DANGA_REMOTE_LISTEN is open to others: what people type there needs "
                "DANGA_REMOTE_PUBLIC_URL=https://..., of a web server with TLS"
            )
        return self

    @property
    def folder(self) -> Workspace:
        """The workspace, whose properties name its files."""
        return Workspace(self.workspace)

    @property
    def environment(self) -> Mapping[str, str]:
        """`.env` and the environment, for what other files name: `${NAME}`, `env:NAME`."""
        return self._environment

    @property
    def database(self) -> str:
        """The url of the database. A relative SQLite file stands in the workspace."""
        if self.database_url is None:
            return f"sqlite:///{self.folder.database}"
        url = self.database_url.get_secret_value()
        head, mark, file = url.partition(":///")
        if mark and head.startswith("sqlite") and file and file != ":memory:":
            return f"{head}:///{self.workspace / file}"
        return url

    @property
    def redis(self) -> str | None:
        """The url of Redis, or None: embedded."""
        return self.redis_url.get_secret_value() if self.redis_url else None

    @property
    def embedded(self) -> bool:
        """Whether there is no Redis: the request budgets then stand in the database."""
        return self.redis_url is None

    @property
    def remote(self) -> RemoteAddress:
        """Where remote sign-ins are served, and how people reach them."""
        return RemoteAddress.of(self.remote_listen, self.remote_public_url)

    @property
    def key_path(self) -> Path:
        """The file of the master key, where `key` is not set."""
        return self.workspace / self.key_file if self.key_file else self.folder.key

    @property
    def pages_folder(self) -> Path | None:
        """Where this machine keeps the marketers' pages, or None: it keeps none."""
        if self.pages == "off":
            return None
        return self.workspace / Path(self.pages or "pages").expanduser()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of people's tables."""
        return ZoneInfo(self.time_zone)

    @property
    def clock(self) -> Clock:
        """Business time."""
        return FileClock(self.workspace / self.clock_file) if self.clock_file else SystemClock()

    def with_environment(self, environment: Mapping[str, str]) -> Self:
        """Return itself, knowing the environment it was read from."""
        self._environment = environment
        return self


def open_settings(workspace: Path | None = None) -> Settings:
    """Return the settings of this process; `workspace` wins over `DANGA_WORKSPACE`.

    Raises:
        BadInput: all faults at once, each naming its variable or its line of `.env`.
    """
    named = os.environ.get("DANGA_WORKSPACE")
    folder = find_workspace(workspace or (Path(named) if named else None), Path.cwd())
    entries = read_env_file(folder.env)
    written = {name: entry for name, entry in entries.items() if not os.environ.get(name)}
    faults = [*_unknown(entries), *_contradictions({*written, *_set_here()})]
    try:
        settings = Settings.model_validate({"workspace": folder.root, **_fields(written)})
    except ValidationError as error:
        faults += [_fault(one, written) for one in error.errors(include_url=False)]
    if faults:
        raise BadInput(*faults)
    return settings.with_environment(_environment(entries))


def read_environment(folder: Workspace) -> Mapping[str, str]:
    """Return `.env` as it stands now, and the environment, which wins.

    Raises:
        BadInput: a line of `.env` is wrong.
    """
    return _environment(read_env_file(folder.env))


def _environment(entries: Mapping[str, Entry]) -> Mapping[str, str]:
    here = {name: value for name, value in os.environ.items() if value}
    return {**{entry.name: entry.value for entry in entries.values()}, **here}


def who_asks() -> str:
    """Return the name under which a person's changes are recorded, where they give none."""
    named = os.environ.get("DANGA_BY") or os.environ.get("USER") or os.environ.get("LOGNAME")
    try:
        return named or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return f"uid {os.getuid()}"


def has_display() -> bool:
    """Whether a browser could open a window here."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def variable(field: str) -> str:
    """Return the variable of a field: `database_url` is `DANGA_DATABASE_URL`."""
    return PREFIX + field.upper()


def known_variables() -> frozenset[str]:
    """Return the names of all settings, as the environment writes them."""
    return frozenset(variable(field) for field in Settings.model_fields)


def _set_here() -> set[str]:
    return {name for name in os.environ if name.startswith(PREFIX) and os.environ[name]}


def _fields(entries: Mapping[str, Entry]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): entry.value
        for name, entry in entries.items()
        if name in known_variables() and name != "DANGA_WORKSPACE" and entry.value
    }


def _unknown(entries: Mapping[str, Entry]) -> list[Fault]:
    """Faults for names that nobody reads. In the environment only what looks mistyped counts:
    Kubernetes sets `DANGA_PORT` and the like for a service of that name."""
    known = known_variables()
    faults = [
        Fault(entry.where, "is no setting", suggest(name, known))
        for name, entry in entries.items()
        if name.startswith(PREFIX) and name not in known
    ]
    for name in sorted(_set_here() - known - _OF_THE_SET_UP):
        near = nearest(name, known, at_least=0.85)
        if near:
            faults.append(Fault(f"environment {name}", "is no setting", f"did you mean {near}?"))
    if "DANGA_BY" in entries:
        where, cure = entries["DANGA_BY"].where, "set it in the environment of each person"
        faults.append(Fault(where, "names one person for all who use the workspace", cure))
    if "DANGA_WORKSPACE" in entries:
        faults.append(
            Fault(
                entries["DANGA_WORKSPACE"].where,
                "cannot stand in the workspace it names",
                "set it in the environment, or use `danga --workspace DIR`",
            )
        )
    return faults


def _contradictions(names: set[str]) -> list[Fault]:
    if {"DANGA_KEY", "DANGA_KEY_FILE"} <= names:
        return [Fault("DANGA_KEY", "stands beside DANGA_KEY_FILE", "keep one of the two")]
    return []


def _fault(error: Any, entries: Mapping[str, Entry]) -> Fault:
    name = variable(str(error["loc"][0]) if error["loc"] else "remote_listen")
    where = entries[name].where if name in entries else f"environment {name}"
    said = str(error["msg"]).removeprefix("Value error, ")
    return Fault(where, said.replace("Input should be", "has to be"))
