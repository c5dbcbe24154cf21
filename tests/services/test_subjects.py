"""Subjects on a strict registry in the process: Confluent's codes, its idea of sameness, its faults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from fleetgen.errors import FleetgenError
from fleetgen.http import HttpError
from fleetgen.plan import CAUTIOUS, Action, Change, Resource, Risk
from fleetgen.targets.kafka import canonical, registry
from fleetgen.targets.kafka.subjects import Subjects
from services import faults
from services.registry_fake import Registry
from services.rest import running

LOGIN: Final = ("me", "canary-password")
CAR: Final[dict[str, Any]] = {
    "type": "record", "name": "car", "namespace": "garage", "doc": "On wheels.",
    "fields": [{"name": "wheels", "type": "int"}, {"name": "note", "type": ["null", "string"], "default": None}],
}  # fmt: skip


@pytest.fixture
def fake() -> Iterator[Registry]:
    with running(Registry(login=LOGIN)) as service:
        yield service


def opened(fake: Registry, **other: str) -> registry.Registry:
    values = {"kafka.registry.url": fake.url, "kafka.registry.user": LOGIN[0], "kafka.registry.password": LOGIN[1]}
    found = registry.opened({**values, **other})
    return registry.Registry(replace(found.http, sleep=lambda seconds: None))


def desire(found: Subjects, schema: Mapping[str, Any], name: str = "car") -> list[Resource]:
    return found.desired({f"kafka/subjects/{name}-value.avsc": json.dumps(schema)}, [])


def plan(fake: Registry, schema: Mapping[str, Any]) -> list[Change]:
    found = Subjects(opened(fake))
    wanted = desire(found, schema)
    return found.compare(wanted, found.read(wanted), CAUTIOUS)


def apply(fake: Registry, schema: Mapping[str, Any]) -> None:
    for change in plan(fake, schema):
        for step in change.steps:
            Subjects(opened(fake)).run(step.call)
            Subjects(opened(fake)).run(step.call)


def test_a_schema_is_registered_once_however_it_is_written(fake: Registry) -> None:
    (change,) = plan(fake, CAR)
    assert (change.action, change.name) == (Action.CREATE, "car-value")
    apply(fake, CAR)
    spaced = json.loads(json.dumps(CAR, indent=4))
    spaced["doc"] = "Other words."
    spaced["fields"][0]["arg.properties"] = {}
    assert plan(fake, spaced) == []
    spelt = {**CAR, "namespace": "x", "name": "garage.car"}
    assert plan(fake, spelt) == []
    assert list(fake.subjects["car-value"].versions) == [1]


@pytest.mark.parametrize(
    ("schema", "facts"),
    [
        ({**CAR, "fields": [*CAR["fields"], {"name": "fee", "type": "int", "default": 0}]}, ["field fee"]),
        ({**CAR, "fields": [{"name": "wheels", "type": "long"}, CAR["fields"][1]]}, ["field wheels"]),
        ({**CAR, "fields": [{**CAR["fields"][0], "aliases": ["tyres"]}, CAR["fields"][1]]}, ["field wheels"]),
        ({**CAR, "aliases": ["van"]}, ["record"]),
    ],
)
def test_what_readers_need_is_a_difference(fake: Registry, schema: dict[str, Any], facts: list[str]) -> None:
    apply(fake, CAR)
    (change,) = plan(fake, schema)
    assert (change.action, [each.fact for each in change.differences], change.blocked) == (Action.UPDATE, facts, "")
    apply(fake, schema)
    assert plan(fake, schema) == []


def test_what_readers_could_not_follow_is_refused_with_the_registrys_words(fake: Registry) -> None:
    apply(fake, CAR)
    (change,) = plan(fake, {**CAR, "fields": [*CAR["fields"], {"name": "fee", "type": "int"}]})
    assert change.risk is Risk.REFUSED
    assert "not compatible: " in change.reason
    assert "fee" in change.reason
    assert "give a new field a default" in change.blocked


def test_a_version_that_somebody_registered_over_ours_is_named(fake: Registry) -> None:
    apply(fake, CAR)
    fake.register("car-value", {**CAR, "fields": [*CAR["fields"], {"name": "fee", "type": "int", "default": 1}]})
    (change,) = plan(fake, CAR)
    assert (change.risk, change.reason) == (
        Risk.REFUSED, "version 2 was registered over ours, which is version 1",
    )  # fmt: skip


def test_what_connects_converter_registers_is_the_same_in_its_own_words(fake: Registry) -> None:
    """It tells names in Connect, lets aliases and enums go, and gives what may be null the default null."""
    ours = {**CAR, "fields": [*CAR["fields"], {"name": "by", "type": ["string", "null"]}]}
    theirs = {
        **{key: value for key, value in CAR.items() if key != "doc"}, "connect.name": "garage.car",
        "fields": [
            {"name": "wheels", "type": {"type": "int", "connect.version": 1}},
            {"name": "note", "type": ["null", "string"], "default": None},
            {"name": "by", "type": ["null", "string"], "default": None},
        ],
    }  # fmt: skip
    apply(fake, ours)
    fake.register("car-value", theirs)
    assert plan(fake, ours) == []
    found = Subjects(opened(fake))
    assert found.id("car-value", ours) == 1  # by which samples are written
    (change,) = plan(fake, {**ours, "fields": [*ours["fields"], {"name": "x", "type": "int", "default": 0}]})
    assert "field x" in [each.fact for each in change.differences]


def test_references_are_resolved() -> None:
    point = {"type": "record", "name": "point", "namespace": "a", "fields": [{"name": "x", "type": "int"}]}
    line = {"type": "record", "name": "line", "namespace": "a", "fields": [
        {"name": "from", "type": "point"}, {"name": "to", "type": {"type": "array", "items": "a.point"}}]}  # fmt: skip
    inlined = canonical.inlined(line, {"a.point": point})
    assert [field["type"] for field in inlined["fields"]] == [point, {"type": "array", "items": "a.point"}]


ANY: Final = ".*"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (faults.status(ANY, 401), "answers 401"),
        (faults.status(ANY, 403), "the user lacks a right"),
        (faults.status(ANY, 404, "HTTP 404 Not Found"), "look at the address in the profile"),
        (faults.html(ANY), "text/html that is no JSON"),
        (faults.html(ANY, 404), "text/html that is no JSON"),
        (faults.broken_json(ANY), "that is no JSON"),
        (faults.cut_off(ANY), "GET /subjects/car-value/versions/latest: "),
        (faults.status(ANY, 500, times=99), "answers 500"),
        (faults.status(ANY, 503, times=99), "answers 503"),
        (faults.reset(ANY), "the connection broke"),
        (faults.redirect(ANY, "https://login.example"), "redirects to https://login.example"),
    ],
    ids=lambda value: value.text[:20] if isinstance(value, faults.Fault) else "",
)
def test_a_registry_that_fails_is_an_error_never_nothing_to_do(fake: Registry, fault: faults.Fault, said: str) -> None:
    apply(fake, CAR)
    fake.faults.append(fault)
    with pytest.raises(FleetgenError) as raised:
        plan(fake, CAR)
    assert str(raised.value).startswith("FG724 error: Schema Registry: GET /subjects/car-value/versions/latest")
    assert said in str(raised.value)
    assert str(raised.value).count("\n") == 1
    assert LOGIN[1] not in str(raised.value)


def test_a_registry_that_recovers_is_asked_again(fake: Registry) -> None:
    apply(fake, CAR)
    fake.faults.append(faults.status(ANY, 503, times=2))
    assert plan(fake, CAR) == []


def test_a_wrong_password_is_told(fake: Registry) -> None:
    found = Subjects(opened(fake, **{"kafka.registry.password": "canary-wrong"}))
    with pytest.raises(HttpError) as raised:
        found.read(desire(found, CAR))
    assert raised.value.status == 401
    assert "canary" not in str(raised.value)


def test_a_file_that_is_no_schema_is_named(fake: Registry) -> None:
    found = Subjects(opened(fake))
    with pytest.raises(FleetgenError, match="FG722 error"):
        found.desired({"kafka/subjects/x-value.avsc": "{"}, [])
