"""Runs inside Superset's environment: makes the metadata database in `SUPERSET_HOME`, with a user admin."""

from __future__ import annotations

import sys
from pathlib import Path

import superset
from flask_migrate import upgrade
from superset.app import create_app

with create_app().app_context():
    from superset.extensions import appbuilder, security_manager

    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    role = security_manager.find_role("Admin")
    if not security_manager.add_user("admin", "A", "Admin", "admin@example.com", role, password="admin"):
        sys.exit("the user admin could not be made")
