"""The clickhouse target."""

from fleetgen.targets.clickhouse.generate import generate

__all__ = ["generate"]
