"""The fleet's samples: in their ranges, at their points, and so that the three streams meet."""

from __future__ import annotations

import re

import numpy as np
import pytest

import streams
from datagen_streams import END
from fleetgen.datagen.columns import Pool, Records, Scalars, values
from fleetgen.datagen.sample import batch

ROWS = 20_000


def _columns(name: str) -> Records:
    stream = streams.fleet().stream(name)
    assert stream is not None
    return batch(stream, 0, END, 0, ROWS).columns()


@pytest.fixture(scope="module")
def location() -> Records:
    return _columns("fleet_mgmt_location")


def test_locations_are_the_thirty_points_although_the_annotation_is_on_the_field(location: Records) -> None:
    stream = streams.fleet().stream("fleet_mgmt_location")
    assert stream is not None
    options = stream.record.fields[1].args["options"]
    column = location.children[1]
    assert isinstance(column, Pool)
    drawn = {(point["latitude"], point["longitude"]) for point in values(column)}
    assert drawn == {(option["latitude"], option["longitude"]) for option in options}
    assert len(drawn) == 30


def test_the_time_counts_from_its_start(location: Records) -> None:
    assert values(location.children[2])[:3] == [1609459200000, 1609459300000, 1609459400000]


def test_readings_are_in_their_ranges() -> None:
    for column, (low, high) in zip(
        _columns("fleet_mgmt_sensors").children, [(1000, 9999), (150, 250), (1800, 5000)], strict=True
    ):
        assert isinstance(column, Scalars)
        assert column.data.min() >= low
        assert column.data.max() < high
        assert len(np.unique(column.data)) > (high - low) * 0.85


def test_descriptions_have_names_and_plates() -> None:
    description = _columns("fleet_mgmt_description")
    assert len(set(values(description.children[1]))) == 100
    assert "Tilda O'Lunney" in values(description.children[1])
    assert all(re.fullmatch("[A-Z]{2}[0-9]{6}[A-Z]", plate) for plate in values(description.children[2]))


def test_row_for_row_the_streams_are_about_one_vehicle(location: Records) -> None:
    vehicles = values(location.children[0])
    assert vehicles == values(_columns("fleet_mgmt_sensors").children[0])
    assert vehicles == values(_columns("fleet_mgmt_description").children[0])
