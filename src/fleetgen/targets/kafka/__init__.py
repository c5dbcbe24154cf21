"""The kafka target."""

from fleetgen.targets.kafka.generate import generate

__all__ = ["generate"]
