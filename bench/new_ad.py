"""After how many slots is a new ad measured, when nobody edits anything?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bench.comparison import FIRST, LAST, compare_unit_costs
from bench.ground import prepared
from bench.inventory import Inventory, Login, Watch
from bench.perfect_reader import PerfectReader
from bench.story import SLOT
from bench.ways import embedded
from costs.flag import Flag
from storage.entities import EntityBook
from storage.unit_costs import UnitCostStore
from storage.watches import WatchBook
from workers.house import House

BEGINS = datetime.fromisoformat("2026-03-03T14:00+09:00")
AD = "c1001-77"
MOST_SLOTS = 6
INVENTORY = Inventory(
    (Login("kim", ("moment", "channel"), ("moment/1001", "channel/ch501")),),
    (Watch("new ads join", ("moment/1001",), ("channel/ch501",), "friends"),),
)


def measure() -> dict[str, Any]:
    """Count the slots from its creation to its first reading, and to its first unit cost."""
    created = BEGINS + timedelta(minutes=10)
    event = {"type": "create_ad", "account": "1001", "at": created.isoformat(), "id": AD}
    read_after = priced_after = None
    sizes = ("--logins", "1", "--creatives", "6")
    with prepared(INVENTORY, BEGINS, *sizes) as ground, embedded(ground) as way:
        ground.demo.happen(event)
        reader = PerfectReader(ground.demo, INVENTORY)
        for number in range(MOST_SLOTS):
            at = BEGINS + number * SLOT
            ground.go_to(at)
            way.run(INVENTORY.queues)
            reader.look(at, INVENTORY.queues)
            read_after = read_after or (number if _is_read(way.house) else None)
            priced_after = priced_after or (number if _is_priced(way.house) else None)
            if read_after and priced_after:
                break
        rows = compare_unit_costs(way.house, INVENTORY, reader)
    return {"slots": read_after, "slots_until_unit_cost": priced_after, "rows": rows.as_json()}


def _is_read(house: House) -> bool:
    ids = {one.id for one in EntityBook(house.engine).all() if one.key.external_id == AD}
    return bool(ids) and bool(house.readings.series({(one, "spend") for one in ids}, FIRST, LAST))


def _is_priced(house: House) -> bool:
    store = UnitCostStore(house.engine)
    return any(
        Flag.JOINED in row.flags and row.unit_cost is not None
        for watch in WatchBook(house.engine).all()
        for row in store.slots(watch.id, FIRST, LAST)
    )
