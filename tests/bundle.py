"""What Superset's importer asks of a bundle: its own JSON Schemas, and what it only notices when it is too late."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import yaml

SCHEMAS = Path(__file__).parent / "data" / "superset-import-schemas"
KINDS = {"databases": "database", "datasets": "dataset", "charts": "chart", "dashboards": "dashboard"}
VERSIONS = ("4.1.4", "5.0.0", "6.0.0", "6.1.0")
# What the schemas allow and a bundle must not have: data to load, a password in the file.
FORBIDDEN = {"dataset": {"data", "data_file"}, "database": {"password"}}
NEEDED = {"database": {"extra", "allow_file_upload"}, "chart": {"params"}, "dashboard": {"position"}}

Assets = dict[str, dict[str, Any]]


def load(files: Mapping[str, str]) -> Assets:
    """The bundle's files parsed, paths relative to generated/."""
    return {path: yaml.load(text, yaml.CSafeLoader) for path, text in files.items() if path.startswith("preset/")}


def kind(path: str) -> str:
    parts = PurePosixPath(path).parts
    return "metadata" if parts[1] == "metadata.yaml" else KINDS[parts[1]]


def faults(files: Mapping[str, str]) -> list[str]:
    """Everything that would keep Superset 4.1 to 6.1 from importing and showing this bundle."""
    assets = load(files)
    found = [f"{path}: {fault}" for path, asset in assets.items() for fault in _asset_faults(path, asset)]
    found += [f"{path}: template delimiter" for path, text in files.items() if re.search(r"\{[{%#]", text)]
    return found + list(_reference_faults(assets))


@functools.cache
def _validator(version: str, name: str) -> jsonschema.Draft202012Validator:
    """Of the schemas that tests/services/superset/inside/schemas.py took from an installed Superset."""
    schema = json.loads((SCHEMAS / f"{version}.json").read_text(encoding="utf-8"))[name]
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def _asset_faults(path: str, asset: dict[str, Any]) -> Iterator[str]:
    name = PurePosixPath(path).name
    if name.startswith((".", "_")) or not name.endswith(".yaml"):
        yield "the importer skips this file"
    for version in VERSIONS:
        yield from (f"{version}: {error.message}" for error in _validator(version, kind(path)).iter_errors(asset))
    yield from (f"{key} must not be there" for key in sorted(FORBIDDEN.get(kind(path), set()) & set(asset)))
    yield from (f"{key} is missing" for key in sorted(NEEDED.get(kind(path), set()) - set(asset)))


def _reference_faults(assets: Assets) -> Iterator[str]:
    of = {
        name: [asset for path, asset in assets.items() if kind(path) == name] for name in (*KINDS.values(), "metadata")
    }
    if len(of["metadata"]) != 1 or len(of["database"]) != 1:
        yield "a bundle has one metadata.yaml and one database"
    uuids = [asset["uuid"] for asset in assets.values() if "uuid" in asset]
    yield from (f"uuid {uuid} twice" for uuid in sorted({uuid for uuid in uuids if uuids.count(uuid) > 1}))
    databases = {asset["uuid"] for asset in of["database"]}
    datasets = {asset["uuid"]: asset for asset in of["dataset"]}
    charts = {asset["uuid"]: asset for asset in of["chart"]}
    for dataset in datasets.values():
        yield from (f"{dataset['table_name']}: {fault}" for fault in _dataset_faults(dataset, databases))
    for chart in charts.values():
        yield from (f"{chart['slice_name']}: {fault}" for fault in _chart_faults(chart, datasets))
    for dashboard in of["dashboard"]:
        yield from _dashboard_faults(dashboard, charts)
        yield from _filter_faults(dashboard, datasets)


def _dataset_faults(dataset: dict[str, Any], databases: set[str]) -> Iterator[str]:
    columns = [column["column_name"] for column in dataset["columns"]]
    metrics = [metric["metric_name"] for metric in dataset["metrics"]]
    if dataset["database_uuid"] not in databases:
        yield "no such database"
    if dataset["main_dttm_col"] not in (None, *(c["column_name"] for c in dataset["columns"] if c["is_dttm"])):
        yield "main_dttm_col is no time"
    if len({*columns, *metrics}) < len(columns) + len(metrics):
        yield "a column or metric twice"


def _chart_faults(chart: dict[str, Any], datasets: dict[str, dict[str, Any]]) -> Iterator[str]:
    dataset = datasets.get(chart["dataset_uuid"])
    if dataset is None:
        yield "no such dataset"
        return
    columns = {column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    context = json.loads(chart["query_context"])
    params = chart["params"]
    (query,) = context["queries"]
    if context["form_data"] != params or params["viz_type"] != chart["viz_type"]:
        yield "params and query_context differ"
    asked = [*params.get("metrics", []), *(params[key] for key in ("x", "y", "size") if key in params)]
    if not {each for each in [*asked, *query["metrics"]] if isinstance(each, str)} <= metrics:
        yield "an unknown metric"
    axis = params.get("x_axis", params.get("granularity_sqla", params.get("entity")))
    named = axis["sqlExpression"] if isinstance(axis, dict) else axis
    free = isinstance(axis, dict) and axis["sqlExpression"].startswith("concat(")
    grouped = {each for each in params.get("groupby", []) if isinstance(each, str)}
    used = {
        *([] if named is None or free else [named]),
        *grouped,
        *(each["subject"] for each in params["adhoc_filters"]),
    }
    if not used <= columns:
        yield f"unknown columns {sorted(used - columns)}"
    for each in asked:
        if isinstance(each, dict) and each["label"] in columns:
            yield "a label that ClickHouse takes for a column"
    if isinstance(axis, dict) and axis["label"] in columns | metrics:
        yield "a label that ClickHouse takes for a column"
    if chart["viz_type"] == "cal_heatmap" and params["time_range"] == "No filter":
        yield "an open time range"


def _dashboard_faults(dashboard: dict[str, Any], charts: dict[str, dict[str, Any]]) -> Iterator[str]:
    position = {key: node for key, node in dashboard["position"].items() if key != "DASHBOARD_VERSION_KEY"}
    cells = [node for node in position.values() if node["type"] == "CHART"]
    if sorted(cell["meta"]["uuid"] for cell in cells) != sorted(charts):
        yield "the dashboard's charts are not the bundle's"
    if len({cell["meta"]["chartId"] for cell in cells}) < len(cells):
        yield "a chartId twice"
    for key, node in position.items():
        if node["id"] != key or not set(node.get("children", [])) | set(node.get("parents", [])) <= set(position):
            yield f"{key}: a node that is not there"
        if node["type"] == "ROW" and sum(position[child]["meta"]["width"] for child in node["children"]) != 12:
            yield f"{key}: not twelve columns wide"


def _filter_faults(dashboard: dict[str, Any], datasets: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The importer dies of a filter whose dataset is not in the bundle."""
    filters = dashboard["metadata"]["native_filter_configuration"]
    if len({each["id"] for each in filters}) < len(filters):
        yield "a filter twice"
    for target in (target for each in filters for target in each["targets"] if target):
        dataset = datasets.get(target["datasetUuid"])
        columns = {column["column_name"] for column in dataset["columns"]} if dataset else set()
        if target["column"]["name"] not in columns:
            yield f"a filter of {target['column']['name']}, which is not there"
