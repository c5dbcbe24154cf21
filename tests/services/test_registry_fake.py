"""The registry in the process answers as one was recorded, and with Confluent's codes where that one has others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from services import avro_rules, faults
from services.registry_fake import Registry
from services.rest import running

RECORDED: Final = Path(__file__).parents[1] / "data/registry/exchanges.jsonl"
CONFLUENT: Final[dict[int, tuple[int, Any]]] = {
    3: (200, {"mode": "READWRITE"}),
    14: (200, [1, 2]),  # white space makes no version
    17: (422, 42202),
    25: (422, 42201),
    30: (404, 40408),
    31: (200, {"compatibilityLevel": "BACKWARD"}),
    32: (404, 40408),
    35: (422, 42203),
    41: (404, 40401),
    51: (200, ["s-value", "other-value", "with space", "a/b"]),
    53: (404, 40408),
    55: (200, [1, 2, 3, 4]),
    57: (200, ["s-value", "other-value", "with space", "a/b"]),
    58: (200, [1, 2, 3, 4]),
    59: (404, 40405),
}
"""What Confluent's registry answers where Apicurio's, which was recorded, does not do as it does."""
INT: Final = {"type": "record", "name": "r", "fields": [{"name": "id", "type": "int"}]}


def test_recorded_exchanges_are_answered_alike() -> None:
    """In their order, from the level that the recorded one begins with. Numbers and texts are the server's own."""
    differing = []
    with running(Registry(level="NONE")) as registry:
        for line in RECORDED.read_text(encoding="utf-8").splitlines():
            recorded = json.loads(line)
            answer = requests.request(
                recorded["method"], registry.url + recorded["path"], json=recorded["body"], timeout=10
            )
            expected = CONFLUENT.get(recorded["n"], (recorded["status"], _normal(recorded["reply"])))
            given = (answer.status_code, _normal(answer.json()))
            if given != expected:
                differing.append(f"{recorded['n']} {recorded['note']}: expected {expected}, given {given}")
        assert not differing, "\n".join(differing)


def _normal(reply: Any) -> Any:
    if not isinstance(reply, dict):
        return reply
    if "error_code" in reply:
        return reply["error_code"]
    told = {key: value for key, value in reply.items() if key not in ("id", "version", "reason", "messages")}
    return {**told, "schema": json.loads(told["schema"])} if "schema" in told else told


def with_fields(*fields: dict[str, Any]) -> dict[str, Any]:
    return {**INT, "fields": [*INT["fields"], *fields]}


def test_a_schema_has_one_number_however_it_is_spaced_and_wherever() -> None:
    with running(Registry()) as registry:
        where = f"{registry.url}/subjects/a-value/versions"
        first = requests.post(where, json={"schema": json.dumps(INT)}, timeout=5).json()
        assert requests.post(where, json={"schema": json.dumps(INT, indent=2)}, timeout=5).json() == first
        assert registry.register("b-value", INT) == first["id"]
        assert requests.get(where, timeout=5).json() == [1]


def test_an_incompatible_schema_is_refused_with_its_reason() -> None:
    with running(Registry()) as registry:
        registry.register("a-value", INT)
        body = {"schema": json.dumps(with_fields({"name": "speed", "type": "double"}))}
        refused = requests.post(f"{registry.url}/subjects/a-value/versions", json=body, timeout=5)
        assert (refused.status_code, refused.json()["error_code"]) == (409, 409)
        check = f"{registry.url}/compatibility/subjects/a-value/versions/latest"
        told = requests.post(check, params={"verbose": "true"}, json=body, timeout=5).json()
        assert told["is_compatible"] is False
        assert "speed" in told["messages"][0]


def test_a_login_is_asked_for_and_faults_happen() -> None:
    with running(Registry(login=("fleet", "secret"))) as registry:
        assert requests.get(f"{registry.url}/subjects", timeout=5).json()["error_code"] == 401
        registry.faults = [faults.status("/subjects", 50003, "Error while forwarding the request to the primary")]
        registry.faults[0].status = 500
        session = requests.Session()
        session.auth = ("fleet", "secret")
        assert session.get(f"{registry.url}/subjects", timeout=5).status_code == 500
        assert session.get(f"{registry.url}/subjects", timeout=5).json() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/", None),
        ("GET", "/subjects?verbose=true", None),
        ("POST", "/subjects/a/versions", None),
        ("POST", "/subjects/a/versions", {"schema": json.dumps(INT), "id": 7}),
        ("PUT", "/config", {"level": "FULL"}),
    ],
)
def test_a_call_that_is_none_of_ours_fails_the_test(method: str, path: str, body: Any) -> None:
    registry = Registry()
    with pytest.raises(AssertionError, match="calls that should never be made"), running(registry):
        assert requests.request(method, registry.url + path, json=body, timeout=5).status_code == 501


def field(type: Any) -> dict[str, Any]:
    return with_fields({"name": "x", "type": type})


@pytest.mark.parametrize(
    ("new", "old", "reason"),
    [
        (INT, field("int"), None),
        (with_fields({"name": "x", "type": "int", "default": 0}), INT, None),
        (field("int"), INT, "READER_FIELD_MISSING_DEFAULT_VALUE"),
        (with_fields({"name": "y", "type": "int", "aliases": ["x"]}), field("int"), None),
        (field("long"), field("int"), None),
        (field("int"), field("long"), "TYPE_MISMATCH"),
        (field(["null", "int"]), field("int"), None),
        (field("int"), field(["null", "int"]), "TYPE_MISMATCH"),
        (field(["null", "string"]), field("int"), "MISSING_UNION_BRANCH"),
        ({**INT, "name": "s"}, INT, "NAME_MISMATCH"),
        ({**INT, "name": "s", "aliases": ["r"]}, INT, None),
        (field({"type": "enum", "name": "e", "symbols": ["a"]}),
         field({"type": "enum", "name": "e", "symbols": ["a", "b"]}), "MISSING_ENUM_SYMBOLS"),
        (field({"type": "fixed", "name": "f", "size": 4}),
         field({"type": "fixed", "name": "f", "size": 8}), "FIXED_SIZE_MISMATCH"),
        (field({"type": "array", "items": "int"}), field({"type": "array", "items": "string"}), "TYPE_MISMATCH"),
        (field({"type": "map", "values": "double"}), field({"type": "map", "values": "int"}), None),
        (field({"type": "long", "logicalType": "timestamp-millis"}), field("int"), None),
    ],
)  # fmt: skip
def test_what_can_be_read_with_another_schema(new: Any, old: Any, reason: str | None) -> None:
    found = avro_rules.refusals(new, [old], "BACKWARD")
    assert [each.split("'")[1] for each in found] == ([reason] if reason else [])
    assert bool(avro_rules.refusals(old, [new], "FORWARD")) == bool(found)
    assert avro_rules.refusals(new, [old], "NONE") == []


def test_a_transitive_level_asks_every_earlier_schema() -> None:
    first, second = field("int"), INT
    third = with_fields({"name": "x", "type": "string", "default": ""})
    assert avro_rules.refusals(third, [first, second], "BACKWARD") == []
    assert len(avro_rules.refusals(third, [first, second], "BACKWARD_TRANSITIVE")) == 1
    assert len(avro_rules.refusals(third, [first, second], "FULL_TRANSITIVE")) == 2
