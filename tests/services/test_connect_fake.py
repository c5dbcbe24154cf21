"""The Connect in the process answers as a real worker was recorded, fails as asked, and minds what it is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from services import certificates, faults
from services.connect_fake import INJECTED, MASK, Connect
from services.connect_plugins import APACHE
from services.connect_state import Cloud
from services.rest import running

RECORDED: Final = Path(__file__).parents[1] / "data/connect/exchanges.jsonl"
FILE: Final = "org.apache.kafka.connect.file.FileStream"
SOURCE: Final = {
    "connector.class": f"{FILE}SourceConnector",
    "tasks.max": "1",
    "file": "./data/in.txt",
    "topic": "t-src",
}
ENV: Final = {"FLEET_SECRET": "canary-env-1234", "FLEET_NUM": "abc-canary-77"}
SECRETS: Final = {"./secrets.properties": {"password": "canary-file-5678"}}


def test_recorded_exchanges_are_answered_alike() -> None:
    """Each with its recorded body, in the recorded order; `wait` is how long the recording waited before it."""
    differing = []
    with running(Connect(plugins=APACHE, env=ENV, file=SECRETS, breaks=_broken, pace=1.0)) as connect:
        for line in RECORDED.read_text(encoding="utf-8").splitlines():
            recorded = json.loads(line)
            if recorded["n"] == 51:  # after a POST, which fleetgen never makes
                requests.put(f"{connect.url}/connectors/src1/config", json=SOURCE, timeout=10)
            connect.advance(recorded.get("wait", 0))
            connect.faults = list(_fault(recorded))
            answer = requests.request(
                recorded["method"], connect.url + recorded["path"], json=recorded["body"], timeout=10
            )
            told = answer.json() if answer.content else ""
            expected, given = _normal(recorded["reply"]), _normal(told)
            if (answer.status_code, given) != (recorded["status"], expected):
                what = f"{recorded['n']} {recorded['note']}: {recorded['method']} {recorded['path']}"
                differing.append(
                    f"{what}\n  recorded {recorded['status']} {expected}\n  given {answer.status_code} {given}"
                )
        assert not differing, "\n".join(differing)


def _broken(config: dict[str, str]) -> str | None:
    file = config.get("file", "")
    if config.get("topics", "").startswith("${"):
        return f"org.apache.kafka.common.errors.InvalidTopicException: Invalid topics: [{config['topics']}]"
    if not file.startswith("./nodir/"):
        return None
    what = f"Couldn't find or create file '{file}' for FileStreamSinkTask"
    return f"org.apache.kafka.connect.errors.ConnectException: {what}"


def _fault(recorded: dict[str, Any]) -> Iterator[faults.Fault]:
    """What a worker says by chance, or without its broker, is asked for."""
    message = recorded["reply"]["message"] if recorded["status"] in (409, 500) else ""
    if message.startswith("Cannot complete request momentarily"):
        yield faults.stale(".*")
    elif recorded["note"].startswith("broker is down") and recorded["status"] == 500:
        yield faults.Fault(".*", status=500, text=json.dumps(recorded["reply"]))


def _normal(reply: Any) -> Any:
    """Without what is the server's own: its address, its build, its cluster, the plug-ins that it lists in an error."""
    if isinstance(reply, list):
        return [_normal(part) for part in reply]
    if isinstance(reply, str):
        return re.sub(r"(available connectors are: ).*", r"\1...", reply, flags=re.DOTALL)
    if not isinstance(reply, dict):
        return reply
    if isinstance(reply.get("configs"), list):
        values = (config["value"] for config in reply["configs"])
        reply = {**reply, "configs": {value["name"]: [value["value"], value["errors"]] for value in values}}
    own = ("worker_id", "commit", "kafka_cluster_id")
    return {key: "..." if key in own else _normal(value) for key, value in reply.items()}


def put(connect: Connect, name: str = "x", **changes: str) -> requests.Response:
    return requests.put(f"{connect.url}/connectors/{name}/config", json={**SOURCE, **changes}, timeout=5)


def get(connect: Connect, path: str, **more: Any) -> requests.Response:
    return requests.get(connect.url + path, timeout=5, allow_redirects=False, **more)


@pytest.mark.parametrize(
    ("fault", "status", "type"),
    [
        (faults.status("/connectors", 403), 403, "application/json"),
        (faults.html("/connectors", 404), 404, "text/html;charset=ISO-8859-1"),
        (faults.broken_json("/connectors"), 200, "application/json"),
        (faults.redirect("/connectors", "http://127.0.0.1:1/"), 302, None),
        (faults.too_many("/connectors", 7), 429, None),
        (faults.stale("/connectors"), 409, "application/json"),
        (faults.slow("/connectors", 0.01), 200, "application/json"),
    ],
)
def test_a_fault_happens_as_often_as_asked(fault: faults.Fault, status: int, type: str | None) -> None:
    with running(Connect()) as connect:
        connect.faults = [fault]
        answer = get(connect, "/connectors")
        assert (answer.status_code, answer.headers.get("Content-Type")) == (status, type)
        assert get(connect, "/connectors").json() == []
    assert connect.asked("GET") == ["/connectors", "/connectors"]


@pytest.mark.parametrize("fault", [faults.reset("/connectors"), faults.cut_off("/connectors")])
def test_a_connection_breaks(fault: faults.Fault) -> None:
    with running(Connect()) as connect:
        connect.faults = [fault]
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            get(connect, "/connectors")
        assert get(connect, "/connectors").json() == []


@pytest.mark.parametrize(("carried_out", "later"), [(faults.NEVER, []), (faults.AT_ONCE, ["x"]), (5.0, ["x"])])
def test_what_timed_out_may_be_carried_out_all_the_same(carried_out: float, later: list[str]) -> None:
    with running(Connect()) as connect:
        connect.faults = [faults.timed_out("/connectors/x/config", carried_out)]
        assert put(connect).status_code == 500
        connect.advance(2)
        assert get(connect, "/connectors").json() == (later if carried_out == faults.AT_ONCE else [])
        connect.advance(5)
        assert get(connect, "/connectors").json() == later


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/nosuch", None),
        ("POST", "/connectors", {"name": "x", "config": {}}),
        ("GET", "/connectors?expand=all", None),
        ("GET", "/connectors/x/status?verbose=1", None),
        ("PUT", "/connectors/x/pause", {}),
        ("PUT", "/connectors/x/config", {**SOURCE, "tasks.max": 1}),
        ("PUT", "/connectors/x/config", {**SOURCE, "file": MASK}),
        ("PUT", "/connectors/a%2Fb/config", SOURCE),
        ("PUT", "/connector-plugins/FileStreamSource/config/validate", SOURCE),
    ],
)
def test_a_call_that_is_none_of_ours_fails_the_test(method: str, path: str, body: Any) -> None:
    connect = Connect()
    with pytest.raises(AssertionError, match="calls that should never be made"), running(connect):
        assert requests.request(method, connect.url + path, json=body, timeout=5).status_code == 501


def test_a_stopped_worker_keeps_what_it_knows_and_its_port() -> None:
    with running(Connect()) as connect:
        assert put(connect).status_code == 201
        connect.stop()
        with pytest.raises(requests.ConnectionError):
            get(connect, "/connectors")
        connect.start()
        assert get(connect, "/connectors").json() == ["x"]


def test_a_login_is_asked_for() -> None:
    with running(Connect(login=("fleet", "secret"))) as connect:
        assert get(connect, "/connectors").status_code == 401
        assert get(connect, "/connectors", auth=("fleet", "secret")).status_code == 200


def test_confluent_cloud_masks_injects_and_provisions() -> None:
    cloud = Cloud()
    config = {
        "connector.class": "DatagenSource", "tasks.max": "1", "kafka.topic": "t", "kafka.api.key": "KEY",
        "kafka.api.secret": "canary",
    }  # fmt: skip
    with running(Connect(cloud=cloud)) as connect:
        assert get(connect, "/connectors").status_code == 401
        session = requests.Session()
        session.auth = (cloud.key, cloud.secret)
        where = f"{connect.url}/connectors/x"
        assert session.put(f"{where}/config", json=config, timeout=5).status_code == 201
        told = session.get(f"{where}/config", timeout=5).json()
        assert told == {**config, **INJECTED, "name": "x", "kafka.api.key": MASK, "kafka.api.secret": MASK}
        assert session.get(f"{where}/status", timeout=5).json()["connector"]["state"] == "PROVISIONING"
        connect.advance(1)
        expanded = session.get(f"{connect.url}/connectors?expand=info,status,id", timeout=5).json()["x"]
        assert [task["state"] for task in expanded["status"]["tasks"]] == ["RUNNING"]
        assert expanded["id"] == {"id": "lcc-x", "id_type": "ID"}
        check = f"{connect.url}/connector-plugins/DatagenSource/config/validate"
        checked = session.put(check, json={**config, "name": "x"}, timeout=5)
        assert (checked.json()["error_count"], "canary" in checked.text) == (0, False)
        deleted = session.delete(where, timeout=5)
        assert (deleted.status_code, deleted.json()) == (200, {"error": None})


def test_a_configuration_that_names_confluents_converter_is_validated() -> None:
    with running(Connect()) as connect:
        assert put(connect, **{"value.converter": "io.confluent.connect.avro.AvroConverter"}).status_code == 201
        assert "could not be found" in put(connect, "y", **{"value.converter": "io.confluent.None"}).json()["message"]


def test_over_tls_only_who_trusts_the_certificate_gets_an_answer(tmp_path: Path) -> None:
    connect = Connect()
    connect.tls, certificate = certificates.self_signed(tmp_path)
    with running(connect):
        assert get(connect, "/connectors", verify=str(certificate)).json() == []
        with pytest.raises(requests.exceptions.SSLError):
            get(connect, "/connectors")


def test_a_certificate_of_another_name_is_told_apart(tmp_path: Path) -> None:
    connect = Connect()
    connect.tls, certificate = certificates.self_signed(tmp_path, "DNS:elsewhere")
    with running(connect), pytest.raises(requests.exceptions.SSLError, match="mismatch"):
        get(connect, "/connectors", verify=str(certificate))


def test_a_failure_of_its_own_is_a_complaint() -> None:
    connect = Connect(breaks=lambda config: str(1 / 0))
    with pytest.raises(AssertionError, match="ZeroDivisionError"), running(connect):
        provoke(connect)


def provoke(connect: Connect) -> None:
    put(connect)
    connect.advance(1)
    with pytest.raises(requests.ConnectionError):
        get(connect, "/connectors")
