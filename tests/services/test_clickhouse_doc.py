"""The SQL of doc/targets/clickhouse.md, run as it stands: a message is refused, mended and sent again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from fleetgen import sql
from fleetgen.commands.services import clickhouse_files
from fleetgen.targets import clickhouse
from services.served import served
from streams import BUNDLED, ROOT, fleet

PAGE = ROOT / "doc/targets/clickhouse.md"


def test_a_letter_is_mended_and_sent_again(tmp_path: Path) -> None:
    blocks = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    insert, look, take, drop = (block for block in blocks if "FORMAT Avro" not in block and "GRANT" not in block)
    head = insert[: insert.index("{")]
    of = replace(fleet(), platforms={"clickhouse": ("server",)})
    files = clickhouse_files(clickhouse.generate(of, BUNDLED, {}).files, "server", "push")
    with served(tmp_path) as server:
        for statement in (one for text in files.values() for one in sql.statements(text)):
            server.query(statement)
        server.query(insert)
        assert server.query(look).startswith('average_rpm\t1\t{"vehicle_id": "1005"')
        lines = server.query(take)
        time = server.query("SELECT message_time FROM fleet.dead_letters").strip()
        server.query(head + lines.replace('"fast"', "2500"))
        server.query(drop)
        assert server.query("SELECT count() FROM fleet.dead_letters") == "0\n"
        stored = "SELECT vehicle_id, average_rpm, _topic, _offset, _timestamp FROM fleet.fleet_mgmt_sensors"
        assert server.query(f"{stored} WHERE _offset = 8") == f"1005\t2500\tfleet_mgmt_sensors\t8\t{time}\n"
        assert server.query("SELECT count() FROM fleet.fleet_mgmt_sensors") == "2\n"
