"""Runs inside Superset's environment: makes the metadata database in `SUPERSET_HOME`, with a user admin.

The password that admin gets here is forgotten: each start sets one.
"""

from __future__ import annotations

import secrets
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
    role, password = security_manager.find_role("Admin"), secrets.token_urlsafe()
    if not security_manager.add_user("admin", "A", "Admin", "admin@example.com", role, password=password):
        sys.exit("the user admin could not be made")
