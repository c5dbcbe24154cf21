"""What a cluster's files say; tests/services/test_cluster.py runs them on several engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleetgen import project, sql
from fleetgen.commands import services
from fleetgen.errors import FleetgenError
from fleetgen.files import Disk
from fleetgen.pipeline import Pipeline
from fleetgen.targets import clickhouse
from fleetgen.targets.base import Output
from fleetgen.targets.clickhouse.compile import compile
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.clickhouse.standalone import standalone
from streams import BUNDLED, ROOT, fleet, record, stream

ON_CLUSTER = "ON CLUSTER '{cluster}'"


def generate(of: Pipeline, *platforms: str) -> Output:
    return clickhouse.generate(replace(of, platforms={"clickhouse": platforms}), BUNDLED, {})


def test_every_object_is_made_everywhere_on_a_cluster_and_nowhere_else() -> None:
    output = generate(fleet(), "embedded", "server", "cluster")
    for path, text in output.files.items():
        for statement in sql.statements(text):
            assert statement.splitlines()[0].count(ON_CLUSTER) == ("/cluster/" in path), path
    mentions = [path for path, text in output.files.items() if "Replicated" in text or "Distributed" in text]
    assert mentions == [f"clickhouse/cluster/{name}.sql" for name in ("database", *(
        f"tables/{each.name}" for each in fleet().streams))]  # fmt: skip


def test_a_cluster_changes_nothing_on_other_platforms() -> None:
    alone, beside = generate(fleet(), "server"), generate(fleet(), "server", "cluster")
    assert alone.files.items() <= beside.files.items()


@pytest.mark.parametrize(
    ("schema", "settings", "key"),
    [
        (record("r", a="int"), {"key": ("a",)}, "`a`"),
        (record("r", b="string", a="int"), {"key": ("a", "b")}, "`a`, `b`"),
        (record("r", a="float"), {"key": ("a",)}, "`a` + 0"),
        (record("r", a="int"), {}, "`_topic`, `_partition`, `_offset`, `_timestamp`"),
        (record("r", _offset="int"), {}, "`_topic`, `_partition`, `__offset`, `_timestamp`"),
        (record("r", _offset="int"), {"key": ("_offset",)}, "`_offset`"),
        (record("r", a={"type": "int", "logicalType": "date"}), {"key": ("a",)}, "`a`"),
        (record("r", a={"type": "fixed", "name": "f", "size": 3}), {"key": ("a",)}, "`a`"),
        (record("r", a={"type": "enum", "name": "e", "symbols": ["A"]}), {"key": ("a",)}, "`a`"),
        (record("r", a={"type": "bytes", "logicalType": "decimal", "precision": 70}), {"key": ("a",)}, "`a`"),
        (record("r", a={"type": "string", "logicalType": "uuid"}), {"key": ("a",)}, "`a`"),
        (record("r", a="boolean"), {"key": ("a",)}, "`a`"),
    ],
)
def test_the_sharding_key_is_the_streams(
    schema: dict[str, Any], settings: dict[str, Any], key: str, engine: Engine
) -> None:
    output = generate(Pipeline("d", (stream(schema, **settings),)), "cluster")
    text = output.files["clickhouse/cluster/tables/r.sql"]
    assert f"Distributed('{{cluster}}', 'd', 'r_local', cityHash64({key}))" in text
    assert compile(output.files, output.origins, engine) == []


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("cityHash64(`vehicle_id`)", "cityHash64(`vehicle`)", "Missing columns: 'vehicle'"),
        ("cityHash64(`vehicle_id`)", "toString(`vehicle_id`)", "Sharding expression has type String"),
        ("ENGINE = Distributed(", "ENGINE = Distribution(", "Unknown table engine Distribution"),
        (f"_sensors_local` {ON_CLUSTER}", "_sensors_local` ON CLUSTER", "Syntax error"),
        ("'fleet_mgmt_sensors_local'", "'fleet_mgmt_sensor_local'", "does not exist"),
        ("'{replica}', `_timestamp`", "'{replica}', `arrival`", "arrival"),
        ("GLOBAL ASOF LEFT", "GLOBAL ASOV LEFT", "Syntax error"),
    ],
)
def test_compile_finds_what_a_cluster_would_refuse(right: str, wrong: str, reason: str, engine: Engine) -> None:
    output = generate(fleet(), "cluster")
    assert any(right in text for text in output.files.values())
    files = {path: text.replace(right, wrong) for path, text in output.files.items()}
    findings = compile(files, output.origins, engine)
    assert findings
    assert any(reason in finding.message for finding in findings), findings


def test_no_literal_is_taken_for_what_only_a_cluster_has() -> None:
    doc = f" {ON_CLUSTER} ENGINE = ReplicatedMergeTree('a', 'b') AS `a`.`b` ENGINE = Distributed('{{cluster}}', 'd')"
    output = generate(Pipeline("d", (stream({**record("r", a="int"), "doc": doc}),)), "cluster", "server")
    (server,) = sql.statements(output.files["clickhouse/server/tables/r.sql"])
    local, _ = sql.statements(output.files["clickhouse/cluster/tables/r.sql"])
    assert standalone(local).replace("r_local", "r").replace("MergeTree()", "MergeTree") == server


def test_a_cluster_is_rendered_and_not_yet_applied(tmp_path: Any) -> None:
    (tmp_path / "schemas").symlink_to(ROOT / "schemas")
    profile = '[profiles.prod]\nclickhouse = { platform = "cluster", url = "https://ch:8443" }\n'
    (tmp_path / "fleetgen.toml").write_text(profile)
    loaded = project.load(Disk(tmp_path), {})
    assert loaded.pipeline.platforms["clickhouse"] == ("embedded", "cluster")
    with pytest.raises(FleetgenError, match=r"FG705 .*'prod' names a ClickHouse cluster, which is rendered"):
        services.profile(loaded, "prod")
