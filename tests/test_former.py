"""What a store's columns were called while their fields bore an alias, and what the generated file says of it."""

from __future__ import annotations

from engine import load, stream
from fleetgen.mapping import former, store
from fleetgen.model import Json
from fleetgen.quoting import ch_mark
from fleetgen.targets.clickhouse.changes import former as told
from fleetgen.targets.clickhouse.changes import former_tables
from fleetgen.targets.clickhouse.objects import Object


def _former(*fields: Json) -> dict[str, tuple[str, ...]]:
    columns = store.columns(stream(load({"type": "record", "name": "r", "fields": list(fields)})))
    return {column.name: column.former for column in columns if column.former}


def _point(**x: Json) -> Json:
    return {"type": "record", "name": "p", "fields": [{"name": "x", "type": "int", **x}, {"name": "y", "type": "int"}]}


def test_a_field_without_aliases_has_no_other_names() -> None:
    assert _former({"name": "a", "type": "int"}, {"name": "p", "type": _point()}) == {}


def test_every_column_of_a_field_is_renamed_with_it() -> None:
    assert _former({"name": "p", "aliases": ["q"], "type": ["null", _point()]}) == {
        "p_is_set": ("q_is_set",),
        "p_x": ("q_x",),
        "p_y": ("q_y",),
    }


def test_a_field_inside_a_record_is_renamed_alone() -> None:
    assert _former({"name": "p", "type": ["int", _point(aliases=["z", "w"])]}) == {"p_p_x": ("p_p_z", "p_p_w")}


def test_inside_an_array_there_are_no_columns() -> None:
    assert _former({"name": "p", "type": {"type": "array", "items": _point(aliases=["z"])}}) == {}


def test_a_name_that_another_field_has_now_is_no_former_one() -> None:
    assert _former({"name": "a", "type": "int", "aliases": ["b"]}, {"name": "b", "type": "int"}) == {}


def test_a_streams_former_names_are_the_last_parts_of_its_aliases() -> None:
    record = load(
        {"type": "record", "name": "r", "namespace": "n", "aliases": ["m.s", "o.r", "t", "x.s"], "fields": []}
    )
    assert former.streams(record) == ("s", "t")


def test_the_comments_of_a_statement_are_read_and_nothing_else() -> None:
    statement = (
        "CREATE TABLE IF NOT EXISTS `d`.`t`\n( -- was `s`, `u`\n"
        "    `a` Int32 COMMENT 'x -- was `no`', -- was `b`, `c`\n"
        "    `d` Int32 COMMENT ' -- was `no`',\n"
        "    `e` Int32 -- was `f`\n)\nENGINE = MergeTree ORDER BY `a`"
    )
    assert told(statement) == {"a": ["b", "c"], "e": ["f"]}
    assert former_tables(Object("table", "d", "t", statement)) == ["d.s", "d.u"]


def test_a_mark_ends_the_comment() -> None:
    assert (ch_mark(""), ch_mark("it's")) == ("'[fleetgen]'", "'it\\'s [fleetgen]'")
