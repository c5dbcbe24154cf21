"""Hypothesis strategies: record values of a schema, and schemas themselves. Nothing that renders imports this."""

from fleetgen.strategies.files import from_schema
from fleetgen.strategies.schemas import schemas
from fleetgen.strategies.values import records

__all__ = ["from_schema", "records", "schemas"]
