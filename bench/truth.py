"""Is every stored unit cost what a perfect reader would have? The first promise, measured.

One story (`story.py`) is lived through twice: embedded on SQLite, and over Redis, MariaDB and two
Celery worker processes. After every slot and at the end, every row is compared with the oracle.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from bench.comparison import Comparison, compare_readings, compare_unit_costs, flags_of
from bench.ground import Ground, prepared
from bench.perfect_reader import PerfectReader
from bench.story import INVENTORY, Story
from bench.ways import Way, embedded, over_celery
from tests.servers import private_mariadb, private_redis

_SIZES = ("--creatives", "6")
OpenWay = Callable[[Ground], AbstractContextManager[Way]]


def measure(story: Story) -> dict[str, Any]:
    """Live through the story both ways; the sums first, then each way's own figures."""
    ways = {"embedded": _embedded(story), "celery": _over_celery(story)}
    sums = {
        name: sum(way[name] for way in ways.values())
        for name in ("watch_slots", "compared", "wrong", "absent", "extra")
    }
    return {**sums, **ways}


def _embedded(story: Story) -> dict[str, Any]:
    with prepared(INVENTORY, story.begins, *_SIZES) as ground:
        return _lived(ground, story, embedded)


def _over_celery(story: Story) -> dict[str, Any]:
    with private_mariadb() as mariadb, private_redis() as redis:
        urls = {"DANGA_DATABASE_URL": mariadb.new_database(), "DANGA_REDIS_URL": redis.url}
        with prepared(INVENTORY, story.begins, *_SIZES, settings=urls) as ground:
            return _lived(ground, story, over_celery)


def _lived(ground: Ground, story: Story, open_way: OpenWay) -> dict[str, Any]:
    ground.demo.happen(*story.events)
    reader = PerfectReader(ground.demo, ground.inventory)
    on_the_way = Comparison()
    with open_way(ground) as way, ground.house() as house:
        for scene in story.scenes:
            ground.go_to(scene.at)
            queues = ground.inventory.queues - scene.missed
            way.run(queues)
            reader.look(scene.at, queues)
            _add(on_the_way, compare_unit_costs(house, ground.inventory, reader))
        costs = compare_unit_costs(house, ground.inventory, reader)
        readings = compare_readings(house, reader)
        flags = flags_of(house)
    return {
        "watch_slots": len(story.scenes) * len(ground.inventory.watches),
        **costs.as_json(),
        "after_each_slot": on_the_way.as_json(),
        "readings": readings.as_json(),
        "rows_by_flag": flags,
        "site": _told(ground.demo.stats()),
    }


def _add(sums: Comparison, one: Comparison) -> None:
    sums.compared += one.compared
    sums.wrong += one.wrong
    sums.absent += one.absent
    sums.extra += one.extra
    sums.examples = (sums.examples + one.examples)[:20]


def _told(stats: dict[str, Any]) -> dict[str, Any]:
    return {"requests": stats["total"], "logins": stats["logins"]["ok"]}
