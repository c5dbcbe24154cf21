"""Runs inside Superset's environment: answers on a free port, which it writes to the file `port`, until stdin ends.

`SUPERSET_PASSWORD` becomes the password of the user admin.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any, Final

# Superset's pages count their visitors at scarf.sh, by a picture, and can be put into a frame by anybody.
CONFINED: Final = "img-src 'self' blob: data:; connect-src 'self'; frame-ancestors 'self'"


def end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def confine(response: Any) -> Any:
    """A browser asks nobody but this server."""
    response.headers["Content-Security-Policy"] = CONFINED
    return response


def serve() -> None:
    from superset.app import create_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):  # type: ignore[misc]
        protocol_version = "HTTP/1.1"

    app = create_app()
    app.after_request(confine)
    with app.app_context():
        from superset.extensions import security_manager

        security_manager.reset_password(security_manager.find_user("admin").id, os.environ["SUPERSET_PASSWORD"])
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    Path("port").write_text(f"{server.server_port}\n", encoding="utf-8")
    server.serve_forever()


# Before Superset is imported, which takes seconds.
threading.Thread(target=end_with_parent, daemon=True).start()
serve()
