"""The preset target."""

from fleetgen.targets.preset.generate import generate

__all__ = ["generate"]
