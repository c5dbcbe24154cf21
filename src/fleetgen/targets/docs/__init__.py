"""The docs target."""

from fleetgen.targets.docs.generate import generate

__all__ = ["generate"]
