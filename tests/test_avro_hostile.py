"""Whatever a file holds, it is read or refused with findings; nothing else ever comes out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from avro_schemas import projects
from fleetgen import avro, positions
from fleetgen.errors import Finding, FleetgenError, Severity

WORDS = st.sampled_from(
    [
        "record",
        "error",
        "enum",
        "fixed",
        "array",
        "map",
        "int",
        "string",
        "bytes",
        "null",
        "Car",
        "a.Car",
        ".",
        "x-y",
        "decimal",
        "uuid",
        "timestamp-millis",
        "ignore",
    ]
) | st.sampled_from(["", "\ud800", "\n", "$'"])
MEMBERS = st.sampled_from(
    [
        "type",
        "name",
        "namespace",
        "fields",
        "items",
        "values",
        "symbols",
        "size",
        "default",
        "doc",
        "aliases",
        "order",
        "logicalType",
        "precision",
        "scale",
    ]
) | st.sampled_from(["arg.properties", "protocol", ""])
SCALARS = st.none() | st.booleans() | st.integers(-5, 20) | st.floats() | st.integers() | WORDS
AVRO_LIKE = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBERS, inner, max_size=6), max_leaves=30
)


def read(sources: dict[str, bytes]) -> None:
    """Loads, or looks at what is complained of: every finding has a place in its file, and one of them is an error."""
    findings: tuple[Finding, ...] = ()
    try:
        avro.load(sources)
    except FleetgenError as error:
        findings = error.findings
    assert not findings or any(finding.severity is Severity.ERROR for finding in findings)
    for finding in findings:
        assert finding.help
        assert finding.message.isascii()
        assert finding.message.isprintable()
        if not finding.place.line:
            text = sources[finding.place.path].decode()
            assert positions.locate(text, finding.place.pointer) >= (1, 1)


@given(st.dictionaries(st.sampled_from(["a.avsc", "b.avsc"]), st.binary(max_size=60)))
@settings(max_examples=200, deadline=None)
def test_any_bytes(sources: dict[str, bytes]) -> None:
    read(sources)


@given(st.text('{}[]",:\\/*ud8 \n01a.eE+-NIty') | st.text())
@settings(max_examples=200, deadline=None)
def test_any_text(text: str) -> None:
    read({"a.avsc": text.encode("utf-8", "surrogatepass")})


@given(AVRO_LIKE, AVRO_LIKE)
@settings(max_examples=500, deadline=None)
def test_any_json(first: Any, second: Any) -> None:
    read({"a.avsc": json.dumps(first).encode(), "b.avsc": json.dumps(second).encode()})


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, bytes]:
    """Good schemas with one value anywhere replaced, deleted or doubled."""
    sources = json.loads(json.dumps(draw(projects([["", "a"]]))))
    path = draw(st.sampled_from(sorted(sources)))
    places: list[Any] = [sources[path]]
    for place in places:
        places.extend(
            each for each in (place.values() if isinstance(place, dict) else place) if isinstance(each, (dict, list))
        )
    place = draw(st.sampled_from([each for each in places if each]))
    key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    if draw(st.booleans()):
        place[key] = draw(AVRO_LIKE)
    elif draw(st.booleans()) and isinstance(place, list):
        place.append(place[key])
    else:
        del place[key]
    return {name: json.dumps(tree).encode() for name, tree in sources.items()}


@given(spoilt())
@settings(max_examples=500, deadline=None)
def test_good_schemas_spoilt_in_one_place(sources: dict[str, bytes]) -> None:
    read(sources)
