"""fleetgen: Avro schemas are the only source; everything downstream of them is generated, checked and proved."""

__version__ = "0.1.0"
