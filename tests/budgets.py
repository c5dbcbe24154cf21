"""How much Hypothesis draws: the one place. The profile `thorough` multiplies all of it."""

from __future__ import annotations

import os
from typing import Final

PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "default")
_TIMES: Final = {"default": 1, "thorough": 20}[PROFILE]

DRAWN_SCHEMAS: Final = 200 * _TIMES
"""Schemas over all of Avro, each with up to 4 rows, through the push landing and back."""

AVRO_SCHEMAS: Final = 100 * _TIMES
"""The same in the format avro."""

FLEET_ROWS: Final = 40 * _TIMES
"""Inserts of up to 20 rows for each schema of the fleet."""

DIMENSIONS: Final = 40 * _TIMES
"""Streams of which only the newest row per key counts."""

HOSTILE_SCHEMAS: Final = 60 * _TIMES
"""Schemas of which a valid message is spoiled in HOSTILE_MESSAGES ways."""

HOSTILE_MESSAGES: Final = 12

FLEET_VIEW: Final = 40 * _TIMES
"""Interleavings of the three streams under the fleet's joined view."""

DRAWN_TEXTS: Final = 200 * _TIMES
"""Schemas and values that only pass through Python."""

ACCEPTED_VIEWS: Final = 60 * _TIMES
"""Views and charts that the configuration accepts, run over empty stores."""

HOSTILE_NAMES: Final = 40 * _TIMES
"""Projects of hostile names and texts, on the engine and as a bundle; twice as many as connectors and as pages."""
