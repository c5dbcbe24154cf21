"""How a record becomes columns: the only mapping from Avro to what travels and what is stored."""
