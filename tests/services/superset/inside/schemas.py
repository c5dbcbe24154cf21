"""Runs inside an environment of any Superset since 4.1: writes its import schemas, by kind, as JSON Schemas to a file.

What Superset checks in Python beyond types, lengths and choices is lost.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from marshmallow import Schema, fields, validate
from superset.app import create_app

UUID: Final = "^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$"
# The importer takes what older exports call it, and renames it before it validates.
ALIASES: Final = {"ImportV1DatabaseSchema": {"allow_file_upload": {"type": "boolean"}}}
SCALARS: Final[tuple[tuple[type[Any], dict[str, Any]], ...]] = (
    (fields.UUID, {"type": "string", "format": "uuid", "pattern": UUID}),
    (fields.DateTime, {"type": "string", "format": "date-time"}),
    (fields.URL, {"type": "string"}),
    (fields.String, {"type": "string"}),
    (fields.Boolean, {"type": "boolean"}),
    (fields.Integer, {"type": "integer"}),
    (fields.Float, {"type": "number"}),
)


def schema(of: Schema, defined: dict[str, Any], above: tuple[type[Schema], ...] = ()) -> dict[str, Any]:
    properties = {name: value(field, defined, (*above, type(of))) for name, field in of.fields.items()}
    properties |= ALIASES.get(type(of).__name__, {})
    required = sorted(name for name, field in of.fields.items() if field.required)
    made = {"type": "object", "additionalProperties": False, "properties": properties}
    return made | ({"required": required} if required else {})


def value(field: Any, defined: dict[str, Any], above: tuple[type[Schema], ...]) -> dict[str, Any]:
    made = bare(field, defined, above)
    for check in field.validators:
        made |= checked(check)
    if field.allow_none and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def bare(field: Any, defined: dict[str, Any], above: tuple[type[Schema], ...]) -> dict[str, Any]:
    if isinstance(field, fields.Nested):
        return nested(field, defined, above)
    if isinstance(field, fields.List):
        return {"type": "array", "items": value(field.inner, defined, above)}
    if isinstance(field, fields.Dict):
        values = value(field.value_field, defined, above) if field.value_field else None
        return {"type": "object"} | ({} if values is None else {"additionalProperties": values})
    return next((dict(made) for kind, made in SCALARS if isinstance(field, kind)), {})


def nested(field: Any, defined: dict[str, Any], above: tuple[type[Schema], ...]) -> dict[str, Any]:
    name = type(field.schema).__name__
    if type(field.schema) in above:
        made: dict[str, Any] = {"$ref": f"#/$defs/{name}"}
    elif any(
        isinstance(each, fields.List)
        and isinstance(each.inner, fields.Nested)
        and type(each.inner.schema) is type(field.schema)
        for each in field.schema.fields.values()
    ):
        defined.setdefault(name, {})
        defined[name] = schema(field.schema, defined, above)
        made = {"$ref": f"#/$defs/{name}"}
    else:
        made = schema(field.schema, defined, above)
    return {"type": "array", "items": made} if field.many else made


def checked(check: Any) -> dict[str, Any]:
    if isinstance(check, validate.OneOf):
        return {"enum": list(check.choices)}
    if isinstance(check, validate.Equal):
        return {"const": check.comparable}
    if isinstance(check, validate.Length):
        bounds = {"minLength": check.min, "maxLength": check.max}
        return {name: bound for name, bound in bounds.items() if bound is not None}
    return {}


def main() -> None:
    with create_app().app_context():
        from superset.charts.schemas import ImportV1ChartSchema
        from superset.commands.importers.v1.utils import MetadataSchema
        from superset.dashboards.schemas import ImportV1DashboardSchema
        from superset.databases.schemas import ImportV1DatabaseSchema
        from superset.datasets.schemas import ImportV1DatasetSchema

        kinds = {
            "chart": ImportV1ChartSchema, "dashboard": ImportV1DashboardSchema, "database": ImportV1DatabaseSchema,
            "dataset": ImportV1DatasetSchema, "metadata": MetadataSchema,
        }  # fmt: skip
        dumped = {}
        for kind, made in kinds.items():
            defined: dict[str, Any] = {}
            dumped[kind] = schema(made(), defined) | ({"$defs": defined} if defined else {})
    release = version("apache-superset")
    text = json.dumps({"superset": release, **dumped}, indent=1, sort_keys=True)
    Path(sys.argv[1]).write_text(f"{text}\n", encoding="utf-8")


main()
