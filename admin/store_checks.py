"""What all machines share: the database, Redis, the key to what is stored, the clocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from admin.check import Check, Doubtful, NotWell, look, skipped
from crawler.site_loader import site_of
from domain.class_state import ClassState
from storage.errors import CredentialsUnusable
from workers.keys import open_keyring
from workers.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.keyring import Keyring
    from storage.logins import LoginRecord
    from storage.watch_troubles import WatchTrouble

_MOST_SKEW = timedelta(seconds=5)
_SECRETS = ("stored secrets", "passwords")
_SHARED = (
    "migrations",
    "audit",
    "clock",
    "sites",
    "budgets",
    "plan",
    "processes",
    "costs",
    "proof",
    "key",
    *_SECRETS,
)


def store_checks(settings: Settings) -> Iterator[Check]:
    """Yield the checks of database, migrations, clock, sites, key and Redis."""
    from storage.engine import open_engine

    redis = look("redis", lambda: _redis(settings))
    yield redis
    engine = open_engine(settings.database)
    try:
        yield from _database_checks(settings, engine, redis)
    finally:
        engine.dispose()


def _database_checks(settings: Settings, engine: Engine, redis: Check) -> Iterator[Check]:
    database = look("database", lambda: _database(engine))
    yield database
    migrations = look("migrations", lambda: _migrations(engine)) if database.ok else None
    if migrations is None or not migrations.ok:
        yield migrations or skipped("migrations", "the database does not answer")
        yield from (skipped(name, "needs the tables of the database") for name in _SHARED[1:])
        return
    yield migrations
    yield look("audit", lambda: _audit(engine))
    yield look("clock", lambda: _clock(engine))
    yield look("sites", lambda: _sites(settings, engine))
    for name, probe in (("budgets", _budgets), ("plan", _plan)):
        no_redis = skipped(name, "Redis does not answer")
        yield look(name, partial(probe, settings, engine)) if redis.ok else no_redis
    yield look("processes", lambda: _processes(engine))
    yield look("costs", lambda: _costs(settings, engine))
    yield look("proof", lambda: _proof(settings, engine))
    key = look("key", lambda: _key(settings))
    yield key
    if not key.ok:
        yield from (skipped(name, "needs the key") for name in _SECRETS)
        return
    yield look("stored secrets", lambda: _stored(engine, open_keyring(settings)))
    yield look("passwords", lambda: _passwords(settings, engine))


def _database(engine: Engine) -> str:
    from storage.database_clock import database_now
    from storage.transaction import reading

    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file is not None and not Path(file).exists():  # to look would be to make it
        raise NotWell(f"{file} does not exist", advice="Run `danga db upgrade`.")
    with reading(engine) as connection:
        database_now(connection)
    return engine.url.render_as_string(hide_password=True)


def _migrations(engine: Engine) -> str:
    from storage import revision

    revision.require_current(engine)
    return revision.newest()


def _audit(engine: Engine) -> str:
    from storage.audit_guard import ADVICE, guarded
    from storage.transaction import reading

    with reading(engine) as connection:
        if not guarded(connection):
            raise NotWell("the database lets its lines be changed", advice=ADVICE)
    return "only appended to"


def _clock(engine: Engine) -> str:
    from storage.database_clock import database_now
    from storage.transaction import reading

    with reading(engine) as connection:
        before = datetime.now(UTC)
        theirs = database_now(connection)
    # A clock is only off by what the answer's own way cannot explain.
    skew = max(before - theirs, theirs - datetime.now(UTC), timedelta())
    told = f"{skew.total_seconds():.1f} s apart from the database's"
    if skew > _MOST_SKEW:
        raise NotWell(told, advice="Let NTP set this machine's clock (`timedatectl set-ntp true`).")
    return told


def _sites(settings: Settings, engine: Engine) -> str:
    from storage.site_classes import SiteClassBook
    from storage.sites import SiteBook

    sites = SiteBook(engine).all()
    book = SiteClassBook(engine)
    for site in sites:
        loaded = site_of(site.name, site.policy, settings.workspace)
        version = book.find(site.name, loaded.fingerprint)
        if version is not None and version.state is ClassState.HELD:
            raise NotWell(
                f"{site.name}: its changed class is held: {version.detail}",
                advice=f"Mend it, or run `danga site trust {site.name}`.",
            )
        if version is not None and version.state is ClassState.TRYING and version.detail:
            raise NotWell(
                f"{site.name}: its changed class is on trial: {version.detail}",
                advice=f"Look at what it reads, then run `danga site trust {site.name}`.",
            )
    return ", ".join(site.name for site in sites) or "none applied yet"


def _budgets(settings: Settings, engine: Engine) -> str:
    """Say where each site's request budget stands; a budget that waits is no fault."""
    from storage.sites import SiteBook
    from workers.house import House

    pace = House(settings, engine).pace
    lines = []
    for site in SiteBook(engine).all():
        now = pace.snapshot(site.name)
        waits = f", waits {now.wait.seconds:.0f} s: {now.wait.reason}" if now.wait else ""
        spent = f"{now.spent_today} of {now.requests_per_day} requests today"
        rate = f"{now.rate:.2g} of {now.ceiling:g} a second"
        lines.append(f"{site.name}: {spent}, {now.available} at once, {rate}{waits}")
    return "; ".join(lines) or "none applied yet"


def _plan(settings: Settings, engine: Engine) -> str:
    """Say whether every account can be read in its slot."""
    from storage.inventory import InventoryStore
    from workers.house import House
    from workers.plan import plan_of

    plan = plan_of(engine, InventoryStore(engine).declared(), House(settings, engine).pace)
    if plan.shortages:
        raise Doubtful(
            "; ".join(str(one) for one in plan.shortages),
            advice="`danga plan` shows all of it; raise a rate last.",
        )
    if plan.far_watches:
        names = ", ".join(one.watch for one in plan.far_watches[:3])
        raise Doubtful(
            f"{len(plan.far_watches)} watches whose sides may be read over 120 s apart: {names}",
            advice="`danga plan` names the setting.",
        )
    busiest = max(plan.demands, key=lambda one: one.share, default=None)
    return "none applied yet" if busiest is None else f"{busiest.site} at most: {busiest.share:.0%}"


def _processes(engine: Engine) -> str:
    from storage.heartbeats import HeartbeatBook

    alive = Counter(beat.kind for beat in HeartbeatBook(engine).all() if beat.alive)
    if not alive:
        return "none measures now: start `danga up`, or `danga worker` and `danga schedule`"
    return ", ".join(f"{count} {kind}" for kind, count in sorted(alive.items()))


def _costs(settings: Settings, engine: Engine) -> str:
    from storage.watch_troubles import watch_troubles

    found = list(watch_troubles(engine).values())
    if not found:
        return "every watch is computed"
    since = {one.watch: f"{one.since.astimezone(settings.zone):%Y-%m-%d %H:%M}" for one in found}
    told = "; ".join(f"{one.watch} since {since[one.watch]}: {one.reason}" for one in found)
    raise NotWell(f"not computed: {told}", advice=_cures(found))


def _cures(found: Iterable[WatchTrouble]) -> str:
    """Return the cure, or each with its watches where they differ."""
    watches: dict[str, list[str]] = {}
    for one in found:
        watches.setdefault(one.cure, []).append(one.watch)
    if len(watches) == 1:
        return next(iter(watches))
    return " ".join(f"{', '.join(names)}: {cure}" for cure, names in watches.items())


def _proof(settings: Settings, engine: Engine) -> str:
    """Say what the last pages of all days take in the database."""
    from storage.proof_pages import size

    kept, months = size(engine), settings.keep_proof_months
    long = f"kept {months} months" if months else "no more are kept"
    return f"{kept.pages} last pages of days, {kept.bytes / 2**20:.1f} MiB, {long}"


def _key(settings: Settings) -> str:
    keys = len(open_keyring(settings).ids)
    where = "DANGA_KEY" if settings.key else str(settings.key_path)
    more = f", {keys} keys: the first seals (`danga session rekey` says when the others can go)"
    return where + (more if keys > 1 else "")


def _stored(engine: Engine, keyring: Keyring) -> str:
    """Open the newest session of each login with the key."""
    from storage.session_vault import SessionVault

    vault = SessionVault(engine, keyring)
    opened = [vault.load(login.id) for login in _logins(engine)]
    return f"{sum(saved is not None for saved in opened)} sessions open"


def _passwords(settings: Settings, engine: Engine) -> str:
    from storage.credential_store import CredentialStore

    store = CredentialStore(engine, open_keyring(settings), settings.environment)
    missing: list[CredentialsUnusable] = []
    found = 0
    for login in _logins(engine):
        try:
            found += store.resolve(login.id) is not None
        except CredentialsUnusable as error:
            missing.append(error)
    if missing:
        told = "; ".join(str(error) for error in missing)
        raise NotWell(told, advice=missing[0].next_step)
    return f"{found} logins have one"


def _logins(engine: Engine) -> tuple[LoginRecord, ...]:
    from storage.logins import LoginBook

    return LoginBook(engine).all()


def _redis(settings: Settings) -> str:
    if settings.redis is None:
        return "not set: embedded, which is valid"
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with Redis.from_url(settings.redis, socket_timeout=3, socket_connect_timeout=3) as client:
            version = client.info("server")["redis_version"]
            policy = client.info("memory").get("maxmemory_policy")
    except RedisError as error:
        raise NotWell(
            f"does not answer: {error}", advice="Start Redis, or correct DANGA_REDIS_URL."
        ) from error
    if policy not in {"noeviction", None}:
        raise NotWell(
            f"may evict what it holds (maxmemory-policy {policy})",
            advice="Set `maxmemory-policy noeviction`: a lost budget or message is a lost promise.",
        )
    return f"Redis {version}"
