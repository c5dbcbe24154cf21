"""doc/avsc.schema.json, for editors: takes what the check takes, and refuses what a JSON Schema can tell is wrong."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings

from budgets import DRAWN_TEXTS
from datagen_streams import field
from fleetgen import avro
from fleetgen.avro import source
from fleetgen.avro.findings import Findings
from fleetgen.datagen import dialect, lint
from fleetgen.errors import Severity
from fleetgen.model import Json, Logical
from fleetgen.strategies.schemas import schemas
from test_datagen_lint import CASES

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "doc/avsc.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
CASES_ON_DISK = sorted(path.parent for path in (ROOT / "tests/golden").glob("*/schemas"))

# What is wrong by comparing two numbers, by another part of the file, by how a number is written, or by a language of
# its own.
BEYOND_JSON_SCHEMA = {"FG203", "FG207", "FG212", "FG213"}
BEYOND = [
    {"options": ["B"]},  # of an enum's symbols
    {"options": [{"x": 1.5}]},  # of a record's fields
    {"length": {"min": 3, "max": 3}},
    {"options": [0, 86_400_001]},  # of a time of day
    {"range": {"min": 0, "max": 1e39}},  # of a float
    {"iteration": {"start": 1e39}},
    {"iteration": {"start": 0, "restart": 9, "step": -1}},
]

# The golden cases of which a JSON Schema can tell that something is wrong.
TOLD = {
    "annotation_is_no_object", "annotation_iteration", "annotation_iteration_of_what_cannot_be_counted",
    "annotation_keys", "annotation_length", "annotation_odds",
    "annotation_options_empty", "annotation_options_of_wrong_kind", "annotation_prefix",
    "annotation_range_of_wrong_kind", "annotation_regex", "annotation_several_in_order",
    "annotation_two_that_exclude_each_other", "annotation_unknown_key", "broken_empty_union", "broken_fixed_size",
    "broken_member_missing", "broken_member_of_wrong_kind", "broken_name", "broken_no_symbols", "broken_no_type",
    "broken_not_a_record", "broken_order", "broken_symbol", "broken_symbol_twice", "broken_union_in_a_union",
}  # fmt: skip


def trees(folder: Path) -> list[Json]:
    """The schema files below a folder that are JSON; that the others are none, any editor says."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".avsc", ".avro")):
        with contextlib.suppress(source.Unreadable):
            found.append(source.parse(path.name, path.read_bytes(), Findings()))
    return found


def annotated(type: Json, args: Json) -> Json:
    inside = {**(type if isinstance(type, dict) else {"type": type}), "arg.properties": args}
    return {"type": "record", "name": "S", "fields": [{"name": "v", "type": inside}]}


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_it_knows_what_the_code_knows() -> None:
    defs = SCHEMA["$defs"]
    assert sorted(defs["args"]["properties"]) == list(dialect.KEYS)
    known = {*(kind.value for kind in Logical), "decimal"}
    assert set(defs["object"]["properties"]["logicalType"]["examples"]) == known


@pytest.mark.parametrize("case", CASES_ON_DISK, ids=[case.name for case in CASES_ON_DISK])
def test_golden_cases(case: Path) -> None:
    if case.name == "broken_nested_too_deep":
        return  # deeper than the validator itself can go
    faults = [error.message for tree in trees(case / "schemas") for error in VALIDATOR.iter_errors(tree)]
    if case.name in TOLD:
        assert faults
    elif not case.name.startswith("broken"):
        assert faults == []


def test_the_fleet() -> None:
    found = trees(ROOT / "schemas")
    assert len(found) == 3
    for tree in found:
        VALIDATOR.validate(tree)


@pytest.mark.parametrize(("type", "args", "expected"), CASES)
def test_annotations(type: Json, args: Json, expected: list[str]) -> None:
    if args is None:
        return
    codes = {line.split()[0] for line in expected if " error" in line}
    valid = VALIDATOR.is_valid(annotated(type, args))
    if codes - BEYOND_JSON_SCHEMA and args not in BEYOND and isinstance(args, dict):
        assert not valid
    elif not expected:
        assert valid, [error.message for error in VALIDATOR.iter_errors(annotated(type, args))]


@settings(max_examples=DRAWN_TEXTS)
@given(schemas())
def test_any_schema_that_avro_reads(schema: Json) -> None:
    loaded = avro.load({"schemas/x.avsc": json.dumps(schema).encode()})
    assert loaded.records
    assert VALIDATOR.is_valid(schema), [error.message for error in VALIDATOR.iter_errors(schema)]


def test_what_the_schema_refuses_the_lint_speaks_of_too() -> None:
    """As an error or, where Datagen ignores what is wrong, as a warning."""
    spoken = {"FG202", "FG204", "FG216", "FG219"}
    for type, args, _ in CASES:
        if args is not None and not VALIDATOR.is_valid(annotated(type, args)):
            found = lint(field(type, args))
            assert any(each.severity is Severity.ERROR or each.code in spoken for each in found), args
