"""One row a sensor reading in the fleet's joined view, whatever else arrives and when; and the three questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets import FLEET_VIEW
from engine import DATABASE, PLATFORMS, Store, applied, select
from fleetgen.targets.clickhouse.engine import Engine
from streams import fleet

# Recent enough that nothing of it expires.
START: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
SENSORS, LOCATION, DESCRIPTION = "fleet_mgmt_sensors", "fleet_mgmt_location", "fleet_mgmt_description"


@dataclass(frozen=True)
class Sent:
    """A message of a stream, `at` milliseconds after START."""

    stream: str
    at: int
    payload: dict[str, Any]

    @property
    def vehicle(self) -> int:
        return int(self.payload["vehicle_id"])

    @property
    def ticks(self) -> int:
        return round(START.timestamp() * 1000) + self.at

    @property
    def place(self) -> tuple[float, float]:
        location = self.payload["location"]
        return location["latitude"], location["longitude"]

    def message(self) -> dict[str, Any]:
        time = START + timedelta(milliseconds=self.at)
        return {**self.payload, "_timestamp": time.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]}


# Few values, so that vehicles, times and places meet.
VEHICLES = st.integers(1000, 1003)
PLACES = st.sampled_from((0.0, 1.5, -7.25))
PAYLOADS: Final[dict[str, dict[str, st.SearchStrategy[Any]]]] = {
    SENSORS: {"engine_temperature": st.integers(150, 152), "average_rpm": st.sampled_from((1800, 4999))},
    LOCATION: {
        "location": st.fixed_dictionaries({"latitude": PLACES, "longitude": PLACES}),
        "ts": st.integers(0, 2**41),
    },
    DESCRIPTION: {"driver_name": st.sampled_from(("A", "B", "")), "license_plate": st.text("XY", max_size=2)},
}


@st.composite
def sent(draw: st.DrawFn) -> Sent:
    name = draw(st.sampled_from((SENSORS, SENSORS, LOCATION, DESCRIPTION)))
    payload = draw(st.fixed_dictionaries({"vehicle_id": VEHICLES, **PAYLOADS[name]}))
    return Sent(name, draw(st.integers(0, 6) | st.integers(0, 3_600_000)), payload)


@dataclass(frozen=True, repr=False)
class Fleet:
    engine: Engine
    stores: dict[str, Store]

    def push(self, arrivals: list[Sent]) -> None:
        """In the order given: as many inserts as the stream changes."""
        start = 0
        for at in range(1, len(arrivals) + 1):
            if at == len(arrivals) or arrivals[at].stream != arrivals[start].stream:
                self.stores[arrivals[start].stream].push(one.message() for one in arrivals[start:at])
                start = at

    def ask(self, view: str) -> list[dict[str, Any]]:
        return select(self.engine, f"SELECT * FROM `{DATABASE}`.`{view}`")


@pytest.fixture(scope="module")
def held(engine: Engine) -> Iterator[Fleet]:
    pipeline = replace(fleet(), database=DATABASE, platforms=PLATFORMS)
    with applied(engine, pipeline):
        yield Fleet(engine, {stream.name: Store(engine, stream) for stream in pipeline.streams})


@settings(max_examples=FLEET_VIEW)
@given(st.lists(sent(), max_size=40))
def test_one_row_a_reading_with_what_was_known_then(held: Fleet, arrivals: list[Sent]) -> None:
    for store in held.stores.values():
        store.clear()
    held.push(arrivals)
    check_joined(held.ask("fleet_mgmt_data"), arrivals)
    check_drivers(held.ask("readings_by_driver"), held.ask("fleet_mgmt_data"))
    check_last(held.ask("last_location"), arrivals)
    check_many(held.ask("vehicles_at_many_locations"), arrivals)


def of(arrivals: list[Sent], name: str) -> list[Sent]:
    return [one for one in arrivals if one.stream == name]


def newest(messages: list[Sent]) -> list[Sent]:
    """The newest of them; more than one where the times are the same, and then any will do."""
    last = max((one.at for one in messages), default=0)
    return [one for one in messages if one.at == last]


def check_joined(rows: list[dict[str, Any]], arrivals: list[Sent]) -> None:
    readings = of(arrivals, SENSORS)
    assert Counter(
        (row["vehicle_id"], row["engine_temperature"], row["average_rpm"], row["_timestamp"]) for row in rows
    ) == Counter(
        (one.vehicle, one.payload["engine_temperature"], one.payload["average_rpm"], one.ticks) for one in readings
    )
    for row in rows:
        check_known(row, [one for one in arrivals if one.vehicle == row["vehicle_id"]])


def check_known(row: dict[str, Any], arrivals: list[Sent]) -> None:
    """The place is the last before the reading; the driver is today's."""
    before = newest([one for one in of(arrivals, LOCATION) if one.ticks <= row["_timestamp"]])
    places = [(*one.place, one.payload["ts"]) for one in before]
    place = (row["latitude"], row["longitude"], row["ts"])
    assert place in places if places else place == (None, None, None)
    known = [one.payload for one in newest(of(arrivals, DESCRIPTION))]
    drivers = [(each["driver_name"].encode(), each["license_plate"].encode()) for each in known]
    driver = (row["driver_name"], row["license_plate"])
    assert driver in drivers if drivers else driver == (None, None)


def check_drivers(rows: list[dict[str, Any]], joined: list[dict[str, Any]]) -> None:
    key = ("vehicle_id", "driver_name", "license_plate")
    counted = Counter(tuple(row[name] for name in key) for row in joined)
    assert {tuple(row[name] for name in key): row["readings"] for row in rows} == counted


def check_last(rows: list[dict[str, Any]], arrivals: list[Sent]) -> None:
    locations = of(arrivals, LOCATION)
    assert sorted(row["vehicle_id"] for row in rows) == sorted({one.vehicle for one in locations})
    for row in rows:
        last = newest([one for one in locations if one.vehicle == row["vehicle_id"]])
        places = [(*one.place, one.payload["ts"], one.ticks) for one in last]
        assert (row["location_latitude"], row["location_longitude"], row["ts"], row["_timestamp"]) in places


def check_many(rows: list[dict[str, Any]], arrivals: list[Sent]) -> None:
    places: dict[int, set[tuple[float, float]]] = defaultdict(set)
    for one in of(arrivals, LOCATION):
        places[one.vehicle].add(one.place)
    wanted = {vehicle: len(seen) for vehicle, seen in places.items() if len(seen) > 1}
    assert {row["vehicle_id"]: row["locations"] for row in rows} == wanted


def test_the_view_has_the_columns_that_were_agreed(held: Fleet) -> None:
    held.push([Sent(SENSORS, 0, {"vehicle_id": 1, "engine_temperature": 150, "average_rpm": 1800})])
    assert list(held.ask("fleet_mgmt_data")[0]) == [
        "vehicle_id", "engine_temperature", "average_rpm", "latitude", "longitude", "ts", "driver_name",
        "license_plate", "_timestamp",
    ]  # fmt: skip
