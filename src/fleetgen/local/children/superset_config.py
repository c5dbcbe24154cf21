"""The configuration that Superset reads: its metadata database lies in `SUPERSET_HOME`.

The key that signs cookies and encrypts passwords comes with the environment and is written nowhere.
"""

from __future__ import annotations

import os

SECRET_KEY = os.environ["SUPERSET_KEY"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db?check_same_thread=false"
TALISMAN_ENABLED = False
