"""`render --profile P --to DIR`: the files of one profile, filled in, readable for nobody else."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from fleetgen import files, filling
from fleetgen.cli import main
from fleetgen.targets.clickhouse.engine import Engine
from fleetgen.targets.ksql.tokens import Kind, tokens
from repository import schema

CONFIGURATION = """\
database = "garage"

[streams.car]
key = ["wheels"]

[[views]]
name = "b_newest"
from = "car"
latest = ["wheels"]

[[views]]
name = "a_many"
from = "car"
group = ["wheels"]
metrics = { cars = "count()" }

[profiles.prod]
ingest = "connect"
kafka = { bootstrap = "${env:BOOTSTRAP}", user = "me", password = "${env:KAFKA_PASSWORD}" }
connect = { url = "${env:CONNECT_URL}", via = "rest" }
ksql = { url = "${env:KSQL_URL}" }
clickhouse = { url = "${env:CLICKHOUSE_URL}", user = "a@b", password = "${env:CLICKHOUSE_PASSWORD}" }
preset = { url = "${env:SUPERSET_URL}", user = "admin", password = "${env:SUPERSET_PASSWORD}" }

[profiles.cloud]
ingest = "kafka"
kafka = { bootstrap = "${env:BOOTSTRAP}", user = "key", password = "${env:KAFKA_PASSWORD}" }
connect = { platform = "confluent-cloud", url = "https://c.org", user = "x", password = "${env:API}", via = "ksql" }
ksql = { platform = "confluent-cloud", url = "https://ksql.example" }
clickhouse = { url = "${env:CLICKHOUSE_URL}", user = "u", password = "${env:CLICKHOUSE_PASSWORD}" }
"""
SECRET = 'it\'s "q" \\ \n ${env:HOME} ${profile:kafka.bootstrap} {{ x }} é'
ENVIRON = {
    "BOOTSTRAP": "kafka:9092",
    "CLICKHOUSE_URL": "https://ch.example:8443",
    "CLICKHOUSE_PASSWORD": SECRET,
    "KAFKA_PASSWORD": SECRET,
}


@pytest.fixture
def garage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "garage"
    (folder / "schemas").mkdir(parents=True)
    (folder / "schemas/car.avsc").write_text(schema("car", "wheels"))
    (folder / "fleetgen.toml").write_text(CONFIGURATION)
    monkeypatch.chdir(folder)
    done = run("render")
    assert done.exit_code == 0, done.output
    return folder


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env={**ENVIRON, **environ}, catch_exceptions=False)


def fill(*arguments: str, profile: str = "prod", to: str = "out", **environ: str) -> Result:
    return run("render", "--profile", profile, "--to", to, *arguments, **environ)


def held(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_profile_gets_its_services_its_landing_and_one_text_of_each_connector(garage: Path) -> None:
    assert fill().exit_code == 0
    out = garage / "out"
    order = (out / "order.txt").read_text().splitlines()
    assert held(out).keys() == {*order, "order.txt", "manifest.txt", ".gitignore"}
    assert [path for path in order if not path.startswith("preset/")] == [
        "kafka/car.json",
        "clickhouse/server/database.sql",
        "clickhouse/server/tables/car.sql",
        "clickhouse/server/landing-push/car.sql",
        "clickhouse/server/views/b_newest.sql",
        "clickhouse/server/views/a_many.sql",
        "ksql/self-managed/streams/car.sql",
        "connect/self-managed/car-sink.json",
        "connect/self-managed/car-source.json",
        "ksql/self-managed/queries/a_many.sql",
    ]
    assert {path for path in order if path.startswith("preset/")} == {
        path.relative_to(garage / "generated").as_posix() for path in (garage / "generated/preset").rglob("*.yaml")
    }
    assert files.manifest(held(out)) == (out / "manifest.txt").read_text()
    sink = json.loads((out / "connect/self-managed/car-sink.json").read_text())["config"]
    assert (sink["hostname"], sink["port"], sink["ssl"]) == ("ch.example", "8443", "true")
    assert (sink["username"], sink["password"]) == ("a@b", SECRET)
    database = yaml.safe_load((out / "preset/databases/garage.yaml").read_text())
    assert database["sqlalchemy_uri"] == "clickhousedb://a%40b:XXXXXXXXXX@ch.example:8443/garage?secure=true"


def test_connectors_of_ksqldb_get_their_secrets_in_define(garage: Path) -> None:
    assert fill(profile="cloud").exit_code == 0
    out = garage / "out"
    order = (out / "order.txt").read_text().splitlines()
    assert not any(path.startswith(("connect/", "preset/")) for path in order)
    assert "clickhouse/server/landing-kafka/car.sql" in order
    connector = out / "ksql/confluent-cloud/connectors/car.sql"
    assert SECRET in [each.value for each in tokens(connector.read_text()) if each.kind is Kind.STRING]
    assert mode(connector) == 0o600
    assert "kafka_broker_list = 'kafka:9092'," in (out / "clickhouse/server/landing-kafka/car.sql").read_text()


def test_who_may_read_it(garage: Path) -> None:
    old = os.umask(0)
    try:
        assert fill(to="made/here").exit_code == 0
    finally:
        os.umask(old)
    out = garage / "made/here"
    assert {mode(path) for path in [garage / "made", out, *out.rglob("*")] if path.is_dir()} == {0o700}
    private = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file() and mode(path) == 0o600}
    assert private == {"connect/self-managed/car-sink.json", "manifest.txt"}
    assert {mode(path) for path in out.rglob("*") if path.is_file()} == {0o600, 0o644}


def test_a_file_with_a_secret_is_never_open_to_others(garage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    create = os.open

    def watched(path: str, flags: int, mode: int = 0o777, **rest: int) -> int:
        descriptor = create(path, flags, mode, **rest)
        if ".staging" in str(path):
            seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            assert os.fstat(descriptor).st_size == 0
        return descriptor

    monkeypatch.setattr(os, "open", watched)
    assert fill().exit_code == 0
    assert 0o600 in seen
    assert set(seen) <= {0o600, 0o644}


def test_no_secret_is_told(garage: Path) -> None:
    for done in (fill("-v"), fill("-v", CLICKHOUSE_PASSWORD="hunter2"), fill(CLICKHOUSE_URL="hunter2://x")):
        assert "it's" not in done.output
        assert "hunter2" not in done.output


def test_again_leaves_what_is_the_same(garage: Path) -> None:
    fill()
    out = garage / "out"
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert fill("--exit-code").exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before
    done = fill("-v", "--exit-code", CLICKHOUSE_PASSWORD="other")
    assert (done.exit_code, done.stdout) == (1, "wrote connect/self-managed/car-sink.json\nwrote manifest.txt\n")
    (out / "connect/self-managed/car-sink.json").chmod(0o644)
    assert fill(CLICKHOUSE_PASSWORD="other").exit_code == 0
    assert mode(out / "connect/self-managed/car-sink.json") == 0o600


def test_another_profile_takes_the_folder_over(garage: Path) -> None:
    fill()
    assert fill(profile="cloud").exit_code == 0
    assert not (garage / "out/preset").exists()
    assert files.manifest(held(garage / "out")) == (garage / "out/manifest.txt").read_text()


def test_every_missing_variable_is_named_with_its_place(garage: Path) -> None:
    done = CliRunner().invoke(main, ["render", "--profile", "prod", "--to", "out"], env={})
    assert done.exit_code == 2
    assert "fleetgen.toml:22:22: FG308 error: the environment variable CLICKHOUSE_URL is not set" in done.stderr
    assert "FG308 error: the environment variable CLICKHOUSE_PASSWORD is not set" in done.stderr
    assert "SUPERSET" not in done.stderr
    assert not (garage / "out").exists()


def test_a_value_that_is_no_text_is_refused(garage: Path) -> None:
    done = fill(CLICKHOUSE_PASSWORD="\udcff")
    assert (done.exit_code, "FG842" in done.stderr) == (2, True)
    assert not (garage / "out").exists()


def test_a_key_that_the_profile_lacks_is_refused(garage: Path) -> None:
    lines = (garage / "fleetgen.toml").read_text().splitlines(keepends=True)
    (garage / "fleetgen.toml").write_text("".join(line for line in lines if 'user = "a@b"' not in line))
    done = fill()
    assert (done.exit_code, "FG842 error: the profile 'prod' has no clickhouse.host" in done.stderr) == (2, True)
    assert not (garage / "out").exists()


@pytest.mark.parametrize("to", ["generated", "generated/x", "schemas/x", "templates/../schemas", ".", "link/x"])
def test_a_place_of_the_project_is_refused(garage: Path, to: str) -> None:
    (garage / "templates").mkdir()
    (garage / "link").symlink_to("generated")
    before = held(garage)
    done = fill(to=to)
    assert (done.exit_code, "FG840" in done.stderr) == (2, True)
    assert held(garage) == before


def test_a_folder_in_use_an_edit_and_a_link_block(garage: Path) -> None:
    (garage / "used").mkdir()
    (garage / "used/mine").write_text("mine")
    done = fill(to="used")
    assert (done.exit_code, "FG841" in done.stderr) == (4, True)
    assert held(garage / "used") == {"mine": "mine"}
    fill()
    topic = garage / "out/kafka/car.json"
    topic.write_text("edited")
    assert fill(profile="prod").exit_code == 4
    assert topic.read_text() == "edited"
    assert fill("--force").exit_code == 0
    outside = garage.parent / "outside"
    (garage / "out/kafka").rename(outside)
    (garage / "out/kafka").symlink_to(outside)
    (outside / "car.json").write_text("edited")
    done = fill("--force")
    assert (done.exit_code, "FG804" in done.stderr) == (4, True)
    assert (outside / "car.json").read_text() == "edited"


def test_what_was_not_reviewed_is_not_filled_in(garage: Path) -> None:
    (garage / "generated/kafka/car.json").write_text("{}")
    done = fill()
    assert (done.exit_code, "FG704" in done.stderr) == (4, True)
    assert not (garage / "out").exists()


def test_a_killed_run_is_gone_on_from(garage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    replace, left = Path.replace, [2]

    def dying(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", dying)
    assert fill(profile="cloud").exit_code == 2
    monkeypatch.undo()
    os.chdir(garage)
    assert fill(profile="cloud").exit_code == 0
    assert files.manifest(held(garage / "out")) == (garage / "out/manifest.txt").read_text()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.just(SECRET)


@given(TEXTS)
def test_json_reads_back(value: str) -> None:
    text = '{"a": "${profile:k.v}", "b": "x ${profile:k.v}", "c": "\\"${profile:k.v}\\""}'
    read = json.loads(filling.json(text, lambda key: value))
    assert read == {"a": value, "b": "x ${profile:k.v}", "c": '"${profile:k.v}"'}


@given(TEXTS)
def test_yaml_reads_back(value: str) -> None:
    text = '# "${profile:k.v}"\na: "${profile:k.v}"\nb: "x ${profile:k.v}"\n'
    filled = filling.yaml(text, lambda key: value)
    assert yaml.safe_load(filled) == {"a": value, "b": "x ${profile:k.v}"}
    uri = filling.database_uri('a: 1\nsqlalchemy_uri: "x"\nb: 2\n', value)
    assert yaml.safe_load(uri) == {"a": 1, "sqlalchemy_uri": value, "b": 2}


@given(TEXTS)
def test_ksqldb_reads_back(value: str) -> None:
    text = "-- '${profile:k.v}'\nDEFINE a = '${profile:k.v}'; PRINT `'${profile:k.v}'` '''${profile:k.v}''';"
    filled = filling.ksql(text, lambda key: value)
    found = [each.value for each in tokens(filled) if each.kind in (Kind.STRING, Kind.QUOTED)]
    assert filled.startswith("-- '${profile:k.v}'\n")
    # `$${name}` is how ksqlDB writes ${name}.
    assert found[0].replace("$${", "${") == value.replace("$${", "${")
    assert found[1:] == ["'${profile:k.v}'", "'${profile:k.v}'"]


@pytest.mark.parametrize("value", [SECRET, "'; DROP DATABASE x; --", "\\", "\\'", "\t\r\n\x01", "${profile:k.v}", ""])
def test_clickhouse_reads_back(engine: Engine, value: str) -> None:
    text = "-- '${profile:k.v}'\nSELECT '${profile:k.v}' AS `'${profile:k.v}'`, 'x ${profile:k.v}', '\\'${profile:k.v}'"
    (row,) = engine.rows(filling.clickhouse(text, lambda key: value))
    assert tuple(row) == (value, "x ${profile:k.v}", "'${profile:k.v}")


def test_a_comment_that_looks_like_a_reference_stays_one() -> None:
    text = "CREATE TABLE t (a Int8 COMMENT '${profile:k.v}') ENGINE = Null COMMENT '${profile:k.v}'"
    assert filling.clickhouse(text, lambda key: "secret") == text
