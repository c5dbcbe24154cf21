"""The pages are read back with a Markdown parser: what a schema says must come out as plain text, whatever it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fleetgen import avro
from fleetgen.errors import Finding, Place, Severity
from fleetgen.model import RecordType
from fleetgen.pipeline import Chart, Format, GroupedView, Join, JoinedView, Metric, Pipeline, Role, Source, Stream
from fleetgen.targets import docs
from fleetgen.targets.base import Output
from fleetgen.targets.docs import lineage
from fleetgen.targets.docs.elsewhere import Earlier
from fleetgen.targets.docs.fields import coverage, entries
from fleetgen.targets.docs.pages import rows
from fleetgen.targets.docs.rules import rules
from fleetgen.templating import Templates

HOSTILE = (
    "a | b",
    "`x` ``y``",
    "<script>alert(1)</script>",
    "--> <!--",
    "{{ 1 + 1 }} {% raw %}",
    "${env:HOME}",
    "# not a title",
    "1. no list",
    "- no list",
    "---",
    "===",
    "> no quote",
    "[a](javascript:b) ![c](d)",
    "&lt; &amp; &#60;",
    "back\\slash \\|",
    "*bold* _it_ ~~gone~~",
    "line\nbreak\r\n| --- |",
    "user\u202e \u2066// admin\u2069 \u202a\u202b\u202c\u202d\u2067\u2068",
    "\0\x1b[31m\u2028",
    "end]\n```",
    ":smile: a:b",
    "|",
    "😀 ß",
    "]]-->x",
)


def read(*schemas: dict[str, Any]) -> list[RecordType]:
    files = {f"schemas/{schema['name']}.avsc": json.dumps(schema).encode() for schema in schemas}
    return list(avro.load(files).records)


def field(name: str, type: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type, **more}


def record(name: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def stream(record: RecordType, **more: Any) -> Stream:
    return Stream(record.name, record, record.name, **more)


def outputs(*streams: str, **types: dict[str, str]) -> dict[str, Output]:
    """Every target has every stream."""
    earlier = {name: Output(Templates()) for name in ("kafka", "clickhouse", "connect", "ksql", "preset")}
    for target in ("clickhouse", "connect", "ksql", "preset"):
        earlier[target].types = {name: dict(types.get(target, {})) for name in streams}
    return earlier


def pages(pipeline: Pipeline, earlier: dict[str, Output]) -> dict[str, str]:
    return docs.generate(pipeline, Templates(), earlier).files


def tokens(page: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page)


def plain(token: Token) -> str:
    return "".join(
        "\n" if child.tag == "br" or child.content == "<br>" else child.content for child in token.children or []
    )


def tables(page: str) -> Iterator[list[list[str]]]:
    """Each table as rows of plain text."""
    stack: list[list[list[str]]] = []
    for token in tokens(page):
        match token.type:
            case "table_open":
                stack.append([])
            case "tr_open":
                stack[-1].append([])
            case "inline" if stack and token.level > 1:
                stack[-1][-1].append(plain(token))
            case "table_close":
                yield stack.pop()
            case _:
                pass


def table(page: str, first: str) -> dict[str, list[str]]:
    """The rows of the table whose first head is `first`, by their first cell."""
    found = next(rows for rows in tables(page) if rows[0][0] == first)
    return {row[0]: row for row in found[1:]}


def expected(text: str) -> str:
    """One line, control characters shown as pictures, those of direction spelled."""
    pictures = "".join(chr(0x2400 + ord(c)) if ord(c) < 32 and c not in "\t\n\r" else c for c in text)
    return re.sub("[\u202a-\u202e\u2066-\u2069]", lambda match: f"\\u{ord(match[0]):x}", " ".join(pictures.split()))


VEHICLE = record(
    "vehicle",
    field("id", {"type": "int", "arg.properties": {"range": {"min": 1, "max": 9}}}, doc="The vehicle."),
    field("at", record("spot", field("lat", "double", doc="Degrees north."), field("lon", "double"))),
    field("tags", ["null", {"type": "array", "items": record("tag", field("word", "string"))}], default=None),
    field("load", ["string", record("crate", field("kg", "int"))]),
    field("driver", "string", **{"arg.properties": {"options": ["Ann", "Bo", "Cy", "Di"]}}),
    field("since", {"type": "long", "logicalType": "timestamp-millis"}, default=0),
    doc="What a vehicle reports.",
)


def test_a_field_is_told_through_all_layers() -> None:
    earlier = outputs("vehicle", ksql={"id": "INTEGER", "at": "STRUCT<..>"}, preset={"id": "Int32"})
    [vehicle] = read(VEHICLE)
    pipeline = Pipeline("fleet", (stream(vehicle, key=("id",), time="since", role=Role.DIMENSION),))
    page = pages(pipeline, earlier)["docs/vehicle.md"]
    fields, layers = [found for found in tables(page) if found[0][0] == "Field"][:2]
    about = {row[0]: row[1:] for row in fields}
    assert list(about) == [
        "Field", "id", "at", "at.lat", "at.lon", "tags", "tags[].word", "load", "load(crate).kg", "driver", "since",
    ]  # fmt: skip
    assert about["id"] == ["int", "The vehicle.", "", "no", "key"]
    assert about["since"] == ["timestamp-millis (long)", "", "0", "no", "time"]
    assert about["tags"] == ["union<null, array<record tag>>", "", "null", "yes", ""]
    wire = {row[0]: row[1:] for row in layers}
    assert wire["id"] == ["integer", "Nullable(String)", "id Int32", "INTEGER", "Int32"]
    assert wire["at"][2] == ""
    assert wire["at.lat"][2] == "at_lat Float64"
    assert wire["tags"][2] == "tags_is_set Bool\ntags Array(String)"
    assert wire["tags[].word"][1:] == ["", "", "", ""]
    assert wire["load"][2] == "load_string Nullable(String)\nload_crate_is_set Bool"
    assert wire["load(crate).kg"][2] == "load_crate_kg Nullable(Int32)"
    assert "_ingested_at" in table(page, "Column")


def test_annotations_are_summed_up() -> None:
    [vehicle] = read(VEHICLE)
    page = pages(Pipeline("fleet", (stream(vehicle),)), outputs("vehicle"))["docs/vehicle.md"]
    values = [row for found in tables(page) if found[0][:2] == ["Field", "Rule"] for row in found[1:]]
    assert values == [["id", "range", "from 1 below 9"], ["driver", "options", "4: Ann, Bo, Cy, .."]]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"regex": "[A-Z]{2}"}, [("regex", "[A-Z]{2}")]),
        ({"length": {"min": 1}}, [("length", "from 1")]),
        ({"iteration": {"start": 0, "step": 2}}, [("iteration", '{"start": 0, "step": 2}')]),
        ({"options": {"file": "x"}}, [("options", '{"file": "x"}')]),
        ({"options": []}, [("options", "0: ")]),
        ({"range": {}}, [("range", "{}")]),
        ({"options": ["x" * 200]}, [("options", f"1: {'x' * 78}..")]),
        ([1], [("arg.properties", "[1] (not an object)")]),
    ],
)  # fmt: skip
def test_a_rule_is_said_right_or_wrong(args: Any, said: list[tuple[str, str]]) -> None:
    assert list(rules(args)) == said


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_reads_back_as_plain_text(text: str) -> None:
    schema = record(
        "car",
        field("a", {"type": "string", "arg.properties": {"options": [text], "regex": text}}, doc=text, default=text),
        field("b", "int", doc="the row behind it"),
        doc=text,
    )
    [car] = read(schema)
    pipeline = Pipeline("fleet", (stream(car),), charts=(Chart(text, "bar", "car", Metric("count"), "a"),))
    made = pages(pipeline, outputs("car"))
    for page in made.values():
        raw = [token.content for token in tokens(page) if token.type == "html_block"]
        assert len(raw) == 1, "only the header is HTML"
        assert not any("{{" in line or "{%" in line for line in page.splitlines())
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page), "what turns the direction of text is spelled"
        inline = [child for token in tokens(page) for child in token.children or []]
        assert all(child.content == "<br>" for child in inline if child.type == "html_inline")
        assert not any(child.type in ("image", "em_open", "strong_open") for child in inline)
    page = made["docs/car.md"]
    fields = table(page, "Field")
    assert fields["a"] == ["a", "string", expected(text), expected(json.dumps(text, ensure_ascii=False)), "no", ""]
    assert fields["b"][2] == "the row behind it"
    kinds = [token.type for token in tokens(page)]
    assert kinds[1:4] == ["heading_open", "inline", "heading_close"]
    assert plain(tokens(page)[5]) == expected(text)
    assert "hr" not in kinds
    assert "fence" not in kinds
    charts = table(made["docs/index.md"], "Chart")
    assert list(charts) == [expected(text)]


def test_a_header_says_where_it_comes_from() -> None:
    [car] = read(record("car", field("a", "int")))
    for path, page in pages(Pipeline("fleet", (stream(car),)), outputs("car")).items():
        source = "schemas/car.avsc" if path == "docs/car.md" else "the configuration"
        template = "stream" if path == "docs/car.md" else path.removeprefix("docs/").removesuffix(".md")
        assert page.startswith(
            f"<!-- Generated by fleetgen from {source}: DO NOT EDIT.\n"
            f"Change {'the schema' if template == 'stream' else source} or templates/docs/{template}.md.jinja, "
            "then run: fleetgen render -->\n\n# "
        )
        assert page.endswith("\n")
        assert not page.endswith("\n\n")
        assert "\n\n\n" not in page


def test_coverage_counts_the_fields_inside() -> None:
    [vehicle] = read(VEHICLE)
    found = coverage(entries(vehicle))
    assert (found.documented, found.fields, found.percent) == (2, 10, 20)
    page = pages(Pipeline("fleet", (stream(vehicle),)), outputs("vehicle"))["docs/index.md"]
    assert table(page, "Stream")["vehicle"][-1] == "20 %"
    assert "2 of 10 fields have a `doc`: 20 %." in page


def test_a_stream_left_out_is_said_with_the_reason() -> None:
    car, van = read(record("car", field("a", "int")), record("van", field("a", "int")))
    earlier = outputs("car")
    reason = Finding("FG430", Severity.WARNING, "van.a is no type of ksqlDB", "leave it out", van.fields[0].at)
    other = Finding("FG431", Severity.WARNING, "about another", "", Place("schemas/x.avsc"))
    earlier["ksql"].findings += [reason, other]
    made = pages(Pipeline("fleet", (stream(car), stream(van))), earlier)
    assert "## Notes" not in made["docs/car.md"]
    notes = [row for found in tables(made["docs/van.md"]) if found[0][0] == "Target" for row in found[1:]]
    assert notes == [
        ["clickhouse", "has no such stream, and no reason was given"],
        ["connect", "has no such stream, and no reason was given"],
        ["ksql", "van.a is no type of ksqlDB"],
        ["preset", "there is no dataset, because there is no table in ClickHouse"],
    ]
    assert "about another" not in made["docs/van.md"]


def test_streams_called_like_our_own_pages_keep_a_page() -> None:
    names = ("index", "Lineage", "index_stream", "lineage_stream")
    streams = tuple(stream(found) for name in names for found in read(record(name, field("a", "int"))))
    made = pages(Pipeline("fleet", streams), outputs(*names))
    theirs = {f"docs/{name}.md" for name in ("index-stream", "Lineage-stream", "index_stream", "lineage_stream")}
    assert {"docs/index.md", "docs/lineage.md", *theirs} == set(made)
    assert "index_stream" in made["docs/index_stream.md"]
    assert "index_stream" not in made["docs/index-stream.md"]
    links = re.findall(r"\]\(([\w-]+\.md)\)", made["docs/index.md"])
    assert {f"docs/{link}" for link in links} == set(made) - {"docs/index.md"}


def fleet() -> tuple[Pipeline, dict[str, Output]]:
    records = read(*(record(name, field("id", "int"), field("v", "int")) for name in ("cars", "spots")))
    views = (
        JoinedView("both", "cars", (Join("spots", "latest-before"),), {}),
        GroupedView("counted", "both", ("id",), {"n": Metric("count")}),
    )
    charts = (Chart('Top "10" | [x]', "bar", "counted", Metric("count"), "id"),)
    pipeline = Pipeline("fleet", tuple(stream(found, key=("id",)) for found in records), views, charts)
    earlier = outputs("cars", "spots")
    earlier["connect"].files |= {f"connect/self-managed/cars-{end}.json": "" for end in ("source", "sink")}
    earlier["clickhouse"].files["clickhouse/embedded/landing-kafka/cars.sql"] = ""
    earlier["clickhouse"].files |= {f"clickhouse/embedded/views/{name}.sql": "" for name in ("both", "counted")}
    earlier["ksql"].files["ksql/self-managed/queries/both.sql"] = ""
    earlier["preset"].files |= {f"preset/datasets/fleet/{n}.yaml": "" for n in ("cars", "spots", "both", "counted")}
    return pipeline, earlier


NODE = re.compile(r'    (n\d+)[\[(/]+"([^"\[\](){}|<>]*)"[\])/]+')


def flow(text: str) -> set[tuple[str, str]]:
    """The edges by label; every line must be a node or an edge between two nodes."""
    head, *lines = text.splitlines()
    assert head == "flowchart LR"
    names = {match[1]: match[2] for line in lines if (match := NODE.fullmatch(line))}
    edges = [line.strip().split(" --> ") for line in lines if not NODE.fullmatch(line)]
    return {(names[start], names[end]) for start, end in edges}


def test_lineage_goes_from_the_connector_to_the_chart() -> None:
    pipeline, earlier = fleet()
    [(title, text)] = lineage.flowcharts(pipeline, Earlier(earlier))
    edges = flow(text)
    assert title == ""
    steps = [
        "connector: cars-source",
        "topic: cars",
        "landing: cars_kafka",
        "store: cars",
        "view: both",
        "view: counted",
    ]
    pushed = ["topic: cars", "connector: cars-sink", "landing: cars_push", "store: cars"]
    last = ["dataset: counted", "chart: Top #34;10#34; #124; #91;x#93;"]
    assert {*pairwise(steps), *pairwise(pushed)} <= edges
    assert {(steps[-1], last[0]), (last[0], last[1])} <= edges
    assert ("ksqlDB stream: spots", "ksqlDB query: both") in edges
    assert ("landing: spots_push", "store: spots") in edges
    assert not any("connector" in end or "kafka" in end for start, end in edges if "spots" in start)
    assert not any(start.startswith("connector") and "spots" in start for start, _ in edges)


def test_lineage_calls_things_what_they_are_in_ksqldb() -> None:
    [record_] = read(record("cars", field("id", "int")))
    car = stream(record_, role=Role.DIMENSION, key=("id",))
    view = JoinedView("both", "cars", (Join("cars", "latest"),), {}, ksql_name="all_cars")
    earlier = outputs("cars")
    earlier["clickhouse"].files["clickhouse/embedded/views/both.sql"] = ""
    earlier["ksql"].files["ksql/self-managed/queries/both.sql"] = ""
    [(_, text)] = lineage.flowcharts(Pipeline("fleet", (car,), (view,)), Earlier(earlier))
    assert {("topic: cars", "ksqlDB table: cars"), ("ksqlDB table: cars", "ksqlDB query: all_cars")} <= flow(text)


def test_lineage_splits_before_mermaid_gives_up() -> None:
    records = read(*(record(f"stream_number_{n:03}", field("id", "int")) for n in range(240)))
    pipeline = Pipeline("fleet", tuple(stream(found) for found in records))
    parts = lineage.flowcharts(pipeline, Earlier(outputs(*(found.name for found in records))))
    assert [title for title, _ in parts] == [found.name for found in records]
    for _, text in parts:
        assert len(text) < 50_000
        assert len(flow(text)) < 500


def test_pages_are_the_same_every_time() -> None:
    pipeline, earlier = fleet()
    assert pages(pipeline, earlier) == pages(pipeline, earlier)


def test_nothing_at_all_is_a_page_too() -> None:
    made = pages(Pipeline("fleet", ()), outputs())
    assert set(made) == {"docs/index.md", "docs/lineage.md"}
    assert "0 of 0 fields" in made["docs/index.md"]


@pytest.mark.parametrize(
    ("type", "plain", "registered"),
    [
        ("int", "int", "int"),
        (["null", "string"], "union of null, string", "union of null, string"),
        (["double"], "double", "double"),
        ({"type": "long", "logicalType": "timestamp-millis"}, "long (timestamp-millis)", "long (timestamp-millis)"),
        ({"type": "long", "logicalType": "timestamp-micros"}, "long (timestamp-micros)", "long"),
        ({"type": "string", "logicalType": "uuid"}, "string (uuid)", "string"),
        (
            {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2},
            "bytes (decimal(5, 2))",
            "bytes (decimal(5, 2))",
        ),
        (
            {"type": "array", "items": {"type": "enum", "name": "e", "symbols": ["A"]}},
            "array of enum",
            "array of string, a symbol",
        ),
        (
            {"type": "map", "values": {"type": "fixed", "name": "f", "size": 2}},
            "map of fixed of 2",
            "map of fixed of 2",
        ),
        (record("r", field("a", "int")), "record", "record"),
    ],
)
def test_the_format_avro_tells_what_its_writer_writes(type: Any, plain: str, registered: str) -> None:
    (made,) = read(record("s", field("f", type)))
    for kind, expected in (("none", plain), ("datagen", registered)):
        (row, *_) = rows(stream(made, format=Format.AVRO, source=Source(kind)), Earlier(outputs("s")))
        assert row.wire == expected
