"""apply, simulate and smoke on a ClickHouse server that the profile names, as on the embedded engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from services.served import served

SCHEMA = '{"type": "record", "name": "car", "fields": [{"name": "wheels", "type": "int"}]}'
PROFILE = (
    '[profiles.here]\nclickhouse = { platform = "server", url = "${env:CH_URL}", user = "${env:CH_USER}", '
    'password = "${env:CH_PASSWORD}" }\n'
)


def test_a_server_is_converged_filled_and_alive(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "schemas").mkdir(parents=True)
    (project / "schemas/car.avsc").write_text(SCHEMA)
    (project / "fleetgen.toml").write_text(PROFILE)
    with served(tmp_path / "home") as server:
        known = {"CH_URL": server.url, "CH_USER": server.user, "CH_PASSWORD": server.password}

        def fleetgen(*arguments: str, **other: str) -> subprocess.CompletedProcess[str]:
            environ = {**os.environ, **known, **other}
            command = [sys.executable, "-m", "fleetgen", *arguments]
            return subprocess.run(command, cwd=project, capture_output=True, text=True, env=environ)

        assert fleetgen("render").returncode == 0
        first = fleetgen("apply", "--profile", "here")
        assert first.returncode == 0, first.stderr
        assert "+ clickhouse table fleetgen.car: missing" in first.stdout
        assert fleetgen("apply", "--profile", "here").stdout.startswith("Nothing to do.\n")
        assert fleetgen("simulate", "--profile", "here", "--rows", "700").returncode == 0
        assert server.query("SELECT count() FROM fleetgen.car") == "700\n"
        smoke = fleetgen("smoke", "--profile", "here")
        assert (smoke.returncode, "table fleetgen.car: 700 rows" in smoke.stdout) == (0, True), smoke.stdout
        refused = fleetgen("smoke", "--profile", "here", CH_PASSWORD="canary-secret")
        assert refused.returncode == 2
        assert "FG712 error: ClickHouse does not let the user in: " in refused.stderr
        assert "canary-secret" not in refused.stdout + refused.stderr
