"""What can go wrong on the way: one clear line each, nothing taken for success, no secret in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from fleetgen import http
from fleetgen.errors import FleetgenError
from fleetgen.targets.preset import address, client, live
from services.served import Server
from services.superset.applying import FILES, Project, lines
from services.superset.double import LOGIN_PAGE, TO_LOGIN, Answer, Double, double

OPAQUE: Final = Answer(500, {"errors": [{"message": "Import failed for an unknown reason", "extra": {}}]})
SECRET: Final = "canary-clickhouse"
LOGIN: Final = "POST /api/v1/security/login"
CSRF: Final = "GET /api/v1/security/csrf_token/"
CHARTS: Final = "GET /api/v1/chart/"
LOOK: Final = "POST /api/v1/dashboard/import/"
IMPORT: Final = "POST /api/v1/assets/import/"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_wait", lambda *_: 0.0)


@pytest.fixture
def fake() -> Iterator[Double]:
    with double() as made:
        yield made


@pytest.fixture
def project(fake: Double, tmp_path: Path) -> Project:
    return Project(fake.url, Server(1, 1, "reader", SECRET), tmp_path)


def run(project: Project) -> None:
    """Plan and apply, without the look afterwards."""
    project.apply(look=False)


def test_without_a_fault_the_bundle_arrives_with_the_password_in_its_field(project: Project, fake: Double) -> None:
    run(project)
    assert fake.imported
    (call,) = fake.said("POST", "/api/v1/assets/import/")
    before, _, form = call.content.partition(b'name="passwords"')
    assert form.count(SECRET.encode()) == 1 or before.count(SECRET.encode()) == 1
    assert call.content.count(SECRET.encode()) == 1
    assert all(SECRET.encode() not in each.content for each in fake.calls if "import" not in each.path)


@pytest.mark.parametrize(
    ("where", "answers", "said"),
    [
        (LOGIN, [Answer(401, {"message": "Not authorized"})], "FG751 error: Superset does not let"),
        (LOGIN, [LOGIN_PAGE], "login: answers 200 with text/html that is no JSON"),
        (LOGIN, [Answer(200, {})], "FG750 error: Superset: the answer of Superset has no access_token"),
        (LOGIN, [TO_LOGIN], "redirects to /login/: the address is not that of the API"),
        (LOGIN, [Answer(404, b"<html>")], "answers 404: a page of HTML"),
        (CSRF, [Answer(500, {"message": "down"})], "csrf_token/ answers 500: down"),
        (CHARTS, [Answer(403, {"message": "Forbidden"})], "answers 403: Forbidden"),
        (CHARTS, [LOGIN_PAGE], "text/html that is no JSON"),
        (CHARTS, [Answer(401, {"msg": "Token has expired"})] * 2, "answers 401: Token has expired"),
        (CHARTS, [Answer(422, {"msg": "Signature verification failed"})], "Signature verification failed"),
        (LOOK, [TO_LOGIN] * 2, "FG752 error: Superset sends POST /api/v1/dashboard/import/ to its"),
        (LOOK, [Answer(200, {"message": "OK"})], "FG754 error: Superset took a bundle that was only"),
        (LOOK, [Answer(500, {"errors": [{"message": "cannot access local variable 'config'"}]})],
         "cannot access local variable 'config'"),
        (LOOK, [Answer(422, {"errors": [{"extra": {"metadata.yaml": {"timestamp": ["Not a valid "
         "datetime."]}}}]})], "FG753 error: Superset cannot read the bundle: it gives no reason"),
        (LOOK, [Answer(422, {"errors": [{"extra": {"metadata.yaml": {"type": ["x"]},
         "charts/a.yaml": {"params": {"0": ["Not a valid mapping."]}}}}]})],
         "FG753 error: Superset refuses the bundle: charts/a.yaml: params.0: Not a valid mapping."),
        (IMPORT, [TO_LOGIN] * 2, "FG752 error"),
        (IMPORT, [OPAQUE], "FG754 error: Superset does not import the bundle, and does not say why"),
        (IMPORT, [LOGIN_PAGE], "text/html that is no JSON"),
        (IMPORT, [Answer(200, {"message": "queued"})], "FG754 error: Superset does not say that"),
        (IMPORT, [Answer(200)], "FG754 error: Superset does not say that"),
        (IMPORT, [Answer(413, b"<html>too large</html>")], "answers 413: a page of HTML"),
        (IMPORT, [Answer(503, b"<html>")] * 9, "answers 503: a page of HTML"),
        (IMPORT, [Answer(0)] * 9, "the connection broke"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_that_says_what_to_do(
    project: Project, fake: Double, where: str, answers: list[Answer | None], said: str
) -> None:
    fake.faults[where] = list(answers)
    with pytest.raises(FleetgenError) as raised:
        run(project)
    text = str(raised.value)
    assert said in text
    assert "\n  help: " in text
    assert len(text.splitlines()) <= 3
    assert not fake.imported
    assert SECRET not in text
    assert "canary" not in text


@pytest.mark.parametrize(
    ("where", "answers"),
    [
        (CHARTS, [Answer(401, {"msg": "Token has expired"})]),
        (IMPORT, [Answer(401, {"msg": "Token has expired"})]),
        (IMPORT, [TO_LOGIN]),
        (IMPORT, [Answer(429, {"message": "slow down"}, (("Retry-After", "1"),)), Answer(503, b"")]),
        ("GET /api/v1/dashboard/", [Answer(502, b"<html>bad gateway</html>")]),
        (CSRF, [Answer(503, b"starting")]),
    ],
)  # fmt: skip
def test_what_passes_is_waited_out(project: Project, fake: Double, where: str, answers: list[Answer | None]) -> None:
    """A token that expires in the middle, a CSRF token that is refused, a server that is busy."""
    fake.faults[where] = list(answers)
    run(project)
    assert fake.imported
    assert fake.faults[where] == []


def test_a_server_that_repeats_what_it_was_sent_gives_no_secret_away(project: Project, fake: Double) -> None:
    said = [f"clickhousedb://reader:{SECRET}@h:1/fleet is not reachable"]
    extra = {"metadata.yaml": {"type": ["x"]}, "databases/fleet.yaml": {"sqlalchemy_uri": said}}
    fake.faults[LOOK] = [Answer(422, {"errors": [{"extra": extra}]})]
    with pytest.raises(FleetgenError, match="FG753 error") as raised:
        run(project)
    assert "clickhousedb://reader:(secret)@h:1/fleet" in str(raised.value)
    fake.faults[IMPORT] = [Answer(500, {"message": said[0]})]
    with pytest.raises(FleetgenError, match="answers 500: clickhousedb") as raised:
        run(project)
    assert SECRET not in str(raised.value)


def test_a_wrong_csrf_token_changes_nothing(project: Project, fake: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    """Superset answers with its login page, which looks like success where it is followed."""
    monkeypatch.setattr(client.Session, "_csrf", lambda _: "wrong")
    with pytest.raises(FleetgenError, match="FG752 error"):
        run(project)
    assert not fake.imported
    assert not fake.said("GET", "/login/")


def test_an_opaque_failure_takes_back_the_row_that_it_left(project: Project, fake: Double) -> None:
    fake.faults["POST /api/v1/assets/import/"] = [OPAQUE]
    uuid = next(line for line in FILES["preset/databases/fleet.yaml"].splitlines() if line.startswith("uuid: "))
    left = {"id": 7, "uuid": uuid.split('"')[1], "database_name": "fleet"}

    real = live.Preset.run

    def leave(self: live.Preset, step: object) -> None:
        fake.databases = [left]
        real(self, step)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live.Preset, "run", leave)
        with pytest.raises(FleetgenError, match="FG754"):
            run(project)
    assert fake.databases == []
    assert [call.path for call in fake.said("DELETE", "/")] == ["/api/v1/database/7"]


def test_a_slow_server_is_given_up(fake: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.faults["POST /api/v1/security/login"] = [Answer(200, {}, delay=2.0)] * 9
    made = http.client
    monkeypatch.setattr(http, "client", lambda *a, **k: made(*a, **{**k, "timeout": 0.2}))
    monkeypatch.setattr(client, "ENTERING", 0.2)
    with pytest.raises(FleetgenError, match=r"FG750 error: Superset: POST .*: no answer within 0.2 s"):
        client.superset(fake.url, "admin", "admin")


def test_a_server_that_is_down(tmp_path: Path) -> None:
    with double() as gone:
        pass
    with pytest.raises(FleetgenError, match=r"FG750 error: Superset: POST /api/v1/security/login: cannot be reached"):
        Project(gone.url, Server(1, 1, "reader", SECRET), tmp_path).plan()


@pytest.mark.parametrize("url", ["", "superset.example", "ftp://x", "http://", "http://[::1"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(FleetgenError, match=r"FG750 error: Superset: preset\.url of the profile is no address"):
        client.superset(url, "admin", "admin")


def test_a_database_without_a_password_is_told_before_anything_is_done(project: Project, fake: Double) -> None:
    project.clickhouse = Server(1, 1, "reader", "")
    project.files["preset/databases/fleet.yaml"] = FILES["preset/databases/fleet.yaml"]
    run(project)  # a user without a password has an address without the mask
    profile = {"preset.clickhouse-url": "clickhousedb://reader:@h:1/fleet"}
    assert address.login(profile, "fleet") == address.Login("clickhousedb://reader@h:1/fleet", "")


@pytest.mark.parametrize(
    ("values", "uri", "password"),
    [
        ({"preset.clickhouse-url": "clickhousedb://u:p@s:w/d@h:1/db"}, "clickhousedb://u:XXXXXXXXXX@h:1/db", "p@s:w/d"),
        ({"preset.clickhouse-url": "clickhousedb://u:p@h:1"}, "clickhousedb://u:XXXXXXXXXX@h:1/fleet", "p"),
        ({"preset.clickhouse-url": "https://h", "clickhouse.user": "a b", "clickhouse.password": "p"},
         "clickhousedb://a%20b:XXXXXXXXXX@h/fleet?secure=true", "p"),
        ({"preset.clickhouse-url": "http://h:1/", "clickhouse.user": "u", "clickhouse.password": ""},
         "clickhousedb://u@h:1/fleet", ""),
        ({"clickhouse.url": "x", "clickhouse.host": "::1", "clickhouse.port": "8443", "clickhouse.ssl": "true",
          "clickhouse.user": "u", "clickhouse.password": "p"},
         "clickhousedb://u:XXXXXXXXXX@[::1]:8443/fleet?secure=true", "p"),
    ],
)  # fmt: skip
def test_the_address_of_clickhouse(values: dict[str, str], uri: str, password: str) -> None:
    assert address.login(values, "fleet") == address.Login(uri, password)


@pytest.mark.parametrize("written", ["h:1/canary", "clickhousedb://u:canary@", "clickhousedb://u:canary@[::1/db"])
def test_an_address_of_clickhouse_that_is_none_is_not_repeated(written: str) -> None:
    with pytest.raises(FleetgenError, match="FG756 error") as raised:
        address.login({"preset.clickhouse-url": written}, "fleet")
    assert "canary" not in str(raised.value)


def test_an_embedded_clickhouse_has_no_address() -> None:
    assert address.login({"clickhouse.path": "x"}, "fleet") is None


def test_a_backup_that_cannot_be_written_stops_the_apply(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from fleetgen.targets.preset import assets, backup

    (project.root / ".fleetgen").mkdir()
    (project.root / ".fleetgen/superset-backups").write_text("in the way")
    with pytest.raises(FleetgenError, match=r"FG757 error: the backup \.fleetgen/superset-backups/\w+\.zip cannot"):
        backup.write(project.root, assets.load(FILES))


def test_the_plan_is_named(project: Project, fake: Double) -> None:
    assert lines(project.plan())[0] == "+ preset database fleet: missing"
    assert not fake.imported


def exported() -> bytes:
    """What the double's database would be exported as."""
    from fleetgen.targets.preset import assets

    return assets.pack(asset for asset in assets.load(FILES) if asset.kind == "database")


def there(fake: Double) -> None:
    uuid = next(line for line in FILES["preset/databases/fleet.yaml"].splitlines() if line.startswith("uuid: "))
    fake.databases = [{"id": 1, "uuid": uuid.split('"')[1], "database_name": "fleet"}]


EXPORT: Final = "GET /api/v1/database/export/"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(403, {"message": "Forbidden"}), "answers 403, and with no ZIP\n  help: the user needs the right"),
        (LOGIN_PAGE, "answers 200, and with no ZIP"),
        (Answer(200, b"PK of something else"), "the export of databases is no ZIP"),
        (Answer(0), "the export broke off"),
    ],
)  # fmt: skip
def test_an_export_that_is_none_is_not_taken_for_nothing(
    project: Project, fake: Double, answer: Answer, said: str
) -> None:
    there(fake)
    fake.faults[EXPORT] = [answer] * 2
    with pytest.raises(FleetgenError) as raised:
        project.plan()
    assert said in str(raised.value)


def test_a_token_that_expires_before_an_export(project: Project, fake: Double) -> None:
    there(fake)
    fake.faults[EXPORT] = [Answer(401, {"msg": "Token has expired"}), Answer(200, exported())]
    keys = [change.key for change in project.plan().changes]
    assert "preset database fleet" in keys  # another address, by hand or from another profile
    assert fake.faults[EXPORT] == []
