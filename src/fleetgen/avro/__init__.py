"""Avro schema files to the model: as strict as Java's parser, and stricter where Java is silent and data would suffer.

The only place that knows how Avro is written. Knows no positions: findings carry JSON pointers.
"""

from fleetgen.avro.loading import Loaded, load

__all__ = ["Loaded", "load"]
