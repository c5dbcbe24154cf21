"""The ksql target."""

from fleetgen.targets.ksql.generate import generate

__all__ = ["generate"]
