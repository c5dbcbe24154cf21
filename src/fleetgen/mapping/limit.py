"""Something that ClickHouse cannot hold, and where it is in the schema."""

from __future__ import annotations

from fleetgen.errors import Place
from fleetgen.frozen import frozen


@frozen
class Limit:
    at: Place
    message: str
    help: str
