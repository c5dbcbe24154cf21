"""Names, namespaces and references, in one file and across files in any order."""

from __future__ import annotations

import json

import pytest

from avro_text import record
from fleetgen import avro
from fleetgen.model import EnumType, RecordType, RecursiveType, Type, UnionType

COLOR = '{"type": "enum", "name": "Color", "namespace": "paint", "symbols": ["RED"]}'


def load(**files: str) -> avro.Loaded:
    return avro.load({f"schemas/{name}.avsc": text.encode() for name, text in files.items()})


def types(loaded: avro.Loaded, name: str) -> list[Type]:
    (found,) = [each for each in loaded.records if each.name == name]
    return [field.type for field in found.fields]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_references_work_in_any_order_of_files(order: tuple[str, str]) -> None:
    files = {order[0]: record('{"name": "x", "type": "paint.Color"}'), order[1]: COLOR}
    loaded = load(**files)
    assert types(loaded, "Car") == [EnumType("Color", "paint", ("RED",))]
    assert loaded.referenced == frozenset()


def test_a_record_that_another_file_refers_to_is_referenced() -> None:
    wheel, car = record(name="Wheel"), record('{"name": "wheel", "type": ["null", "Wheel"]}')
    loaded = load(car=car, wheel=wheel)
    assert [each.fullname for each in loaded.records] == ["Car", "Wheel"]
    assert loaded.referenced == {"Wheel"}
    assert load(all=f"[{wheel}, {car}]").referenced == frozenset()


def test_namespaces_are_inherited_overridden_and_left() -> None:
    loaded = load(
        car=json.dumps(
            {
                "type": "record",
                "name": "Car",
                "namespace": "fleet",
                "fields": [
                    {"name": "a", "type": {"type": "record", "name": "Inner", "fields": []}},
                    {"name": "b", "type": "Inner"},
                    {"name": "c", "type": "fleet.Inner"},
                    {
                        "name": "d",
                        "type": {"type": "enum", "name": "other.E", "namespace": "x", "symbols": ["A"]},
                    },
                    {"name": "e", "type": {"type": "enum", "name": "Plain", "namespace": "", "symbols": ["A"]}},
                    {"name": "f", "type": "Plain"},
                    {"name": "g", "type": ["null", "Car"]},
                ],
            }
        )
    )
    inner = RecordType("Inner", "fleet", ())
    plain = EnumType("Plain", "", ("A",))
    a, b, c, d, e, f, g = types(loaded, "Car")
    assert [a, b, c] == [inner] * 3
    assert d == EnumType("E", "other", ("A",))
    assert [e, f] == [plain] * 2
    assert isinstance(g, UnionType)
    assert g.branches[1] == RecursiveType("fleet.Car")


def test_the_nearer_name_wins() -> None:
    outer = '{"type": "enum", "name": "Color", "symbols": ["OUTER"]}'
    car = '{"type": "record", "name": "paint.Car", "fields": [{"name": "x", "type": "Color"}]}'
    user = record('{"name": "x", "type": "Color"}', name="User")
    loaded = load(car=car, outer=outer, paint=COLOR, user=user)
    assert types(loaded, "Car") == [EnumType("Color", "paint", ("RED",))]
    assert types(loaded, "User") == [EnumType("Color", "", ("OUTER",))]


def test_a_reference_may_stand_before_its_definition() -> None:
    fields = ['{"name": "a", "type": "paint.Color"}', f'{{"name": "b", "type": {COLOR}}}']
    assert types(load(car=record(*fields)), "Car") == [EnumType("Color", "paint", ("RED",))] * 2


def test_a_reference_in_an_object_is_the_type_itself() -> None:
    loaded = load(car=record('{"name": "x", "type": {"type": "paint.Color", "logicalType": "uuid"}}'), color=COLOR)
    assert types(loaded, "Car") == [EnumType("Color", "paint", ("RED",))]
    assert [finding.code for finding in loaded.findings] == ["FG194"]


def test_two_records_that_hold_each_other() -> None:
    """Each is a tree of its own: seen from A, B ends in A; seen from B, A ends in B."""
    a = record('{"name": "b", "type": ["null", "B"]}', name="A")
    b = record('{"name": "a", "type": {"type": "array", "items": "A"}}', name="B")
    loaded = load(a=a, b=b)
    assert loaded.referenced == {"A", "B"}
    first, second = (str(each) for each in loaded.records)
    assert "RecursiveType(fullname='A')" in first
    assert "RecursiveType(fullname='B')" not in first
    assert "RecursiveType(fullname='B')" in second
    assert "RecursiveType(fullname='A')" not in second


def test_a_shared_type_is_the_same_tree_for_all_who_refer_to_it() -> None:
    wheel = record('{"name": "size", "type": "int"}', name="Wheel")
    cars = {f"c{index}": record('{"name": "wheel", "type": "Wheel"}', name=f"C{index}") for index in range(3)}
    loaded = load(wheel=wheel, **cars)
    trees = [types(loaded, f"C{index}")[0] for index in range(3)]
    assert trees[0] is trees[1] is trees[2]


@pytest.mark.parametrize(
    "way_out",
    ['["null", "Car"]', '{"type": "array", "items": "Car"}', '{"type": "map", "values": "Car"}', '["Car", "int"]'],
)
def test_recursion_with_a_way_out_is_fine(way_out: str) -> None:
    assert load(car=record(f'{{"name": "x", "type": {way_out}}}')).findings == ()


def test_a_file_may_hold_several_definitions() -> None:
    loaded = load(all=f'[{COLOR}, {record(name="A")}, {record(name="B")}, "paint.Color"]')
    assert [each.name for each in loaded.records] == ["A", "B"]
    assert [each.at.pointer for each in loaded.records] == ["/1", "/2"]
    assert list(loaded.schemas) == ["A", "B"]
