"""Servers on this machine, for as long as the process that started them lives: ClickHouse, and Superset."""
