"""The Celery app: `celery -A workers.celery_app worker`, or `danga worker` and `danga schedule`.

Messages are hints, acknowledged early: "this site has work". Which visit is run is decided in
the database, so a lost message is sent again by the next tick and a doubled one finds nothing.
"""

from __future__ import annotations

from typing import Any

from celery import Celery

from domain.errors import BadInput, Fault
from workers.settings import Settings, open_settings

TICK_SECONDS = 60
SOFT_LIMIT_SECONDS = 15 * 60
HARD_LIMIT_SECONDS = SOFT_LIMIT_SECONDS + 60
"""Playwright's own limits are shorter; the login's lease is prolonged while a visit lives."""
TICK_QUEUE = "danga.tick"
NOTIFY_QUEUE = "danga.notify"


def queue_of(site: str) -> str:
    """Return the queue on which a site's visits are announced."""
    return f"danga.site.{site}"


def celery_config(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration; each line has its reason in `docs/architecture.md`.

    Raises:
        BadInput: there is no Redis to carry messages.
    """
    if settings.redis is None:
        raise BadInput(
            Fault("DANGA_REDIS_URL", "is not set", "Celery needs Redis; `danga up` does without")
        )
    return {
        "broker_url": settings.redis,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_default_queue": TICK_QUEUE,
        "task_soft_time_limit": SOFT_LIMIT_SECONDS,
        "task_time_limit": HARD_LIMIT_SECONDS,
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        "worker_soft_shutdown_timeout": 60,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "beat_schedule_filename": str(settings.folder.state / "beat-schedule"),
        "beat_schedule": {
            "tick": {
                "task": "danga.tick",
                "schedule": TICK_SECONDS,
                "options": {"queue": TICK_QUEUE, "expires": TICK_SECONDS - 5},
            }
        },
    }


app = Celery("danga", include=["workers.tasks"])
app.add_defaults(lambda: celery_config(open_settings()))
