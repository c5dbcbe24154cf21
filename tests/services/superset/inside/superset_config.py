"""The configuration that Superset reads. `SUPERSET_HOME` is the folder of its metadata database."""

from __future__ import annotations

import os

SECRET_KEY = "only-for-tests-0123456789012345678901234567890123456789"
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db?check_same_thread=false"
TALISMAN_ENABLED = False
