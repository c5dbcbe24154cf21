"""Something that the Datagen connector cannot send, and where it is."""

from __future__ import annotations

from fleetgen.errors import Place
from fleetgen.frozen import frozen


@frozen
class Obstacle:
    code: str
    path: str
    message: str
    help: str
    at: Place
