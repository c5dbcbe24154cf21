"""The connect target."""

from fleetgen.targets.connect.generate import generate

__all__ = ["generate"]
