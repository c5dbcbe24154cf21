"""Runs inside Superset's environment: answers on a free port, which it writes to the file `port`, until stdin ends."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from superset.app import create_app
from werkzeug.serving import WSGIRequestHandler, make_server


class Handler(WSGIRequestHandler):  # type: ignore[misc]
    protocol_version = "HTTP/1.1"


def end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
server = make_server("127.0.0.1", int(sys.argv[1]), create_app(), threaded=True, request_handler=Handler)
Path("port").write_text(f"{server.server_port}\n", encoding="utf-8")
server.serve_forever()
