"""How a connector writes and reads a message's value: the properties that depend on the stream's format."""

from __future__ import annotations

from typing import Final, TypeAlias

from fleetgen.pipeline import Format, Pipeline, Stream

Properties: TypeAlias = tuple[tuple[str, str], ...]

_JSON: Final = (("value.converter.schemas.enable", "false"), ("value.converter.decimal.format", "NUMERIC"))
_STRICT: Final = (
    "input_format_skip_unknown_fields=0,input_format_json_ignore_unknown_keys_in_named_tuple=0,"
    "input_format_column_name_matching_mode=match_case"
)
_LOGIN: Final = (
    ("value.converter.basic.auth.credentials.source", "USER_INFO"),
    ("value.converter.basic.auth.user.info", "${profile:kafka.registry.user-info}"),
)


def converter(stream: Stream, pipeline: Pipeline) -> Properties:
    """For a worker that runs connectors of any kind."""
    match stream.format:
        case Format.JSON:
            return (("value.converter", "org.apache.kafka.connect.json.JsonConverter"), *_JSON)
        case Format.AVRO:
            return (
                ("value.converter", "io.confluent.connect.avro.AvroConverter"),
                ("value.converter.schema.registry.url", "${profile:kafka.registry.url}"),
                *(_LOGIN if pipeline.registry_login else ()),
            )


def managed(stream: Stream, setting: str) -> Properties:
    """For a managed connector, which knows the registry beside it; `setting` is its name for the format."""
    match stream.format:
        case Format.JSON:
            return ((setting, "JSON"), *_JSON)
        case Format.AVRO:
            return ((setting, "AVRO"),)


def settings(stream: Stream) -> Properties:
    """What makes ClickHouse's reader strict, where it is the one that reads JSON."""
    match stream.format:
        case Format.JSON:
            return (("clickhouseSettings", _STRICT),)
        case Format.AVRO:
            return ()
