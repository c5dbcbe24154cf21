"""The configuration: read from TOML, checked against its grammar, then against the schemas."""
