"""How an embedded engine pulls from Kafka: as a member of its groups that stays the same from command to command.

The engine never leaves a group. A member without a name of its own would be waited for, 45 seconds in each command.
"""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path
from typing import Final

from fleetgen.files import state

_CONFIG: Final = """<clickhouse>
<background_message_broker_schedule_pool_size>16</background_message_broker_schedule_pool_size>
<kafka><group_instance_id>fleetgen-{id}</group_instance_id></kafka>
</clickhouse>
"""


def config(root: Path, path: Path) -> Path:
    """The engine's settings, in a file below .fleetgen/. A folder is open in one process only: its name is unique."""
    file = state(root) / "kafka.xml"
    id = hashlib.sha256(f"{socket.gethostname()}:{path.resolve()}".encode()).hexdigest()[:16]
    file.write_text(_CONFIG.format(id=id), encoding="utf-8")
    return file
