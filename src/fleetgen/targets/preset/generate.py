"""Pipeline -> generated/preset, which is the bundle that Superset and Preset import.

Only keys that Superset 4.1, 5.0, 6.0 and 6.1 all accept, and each of them, null included: the importer patches, so an
absent key would keep what somebody clicked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fleetgen.mapping import describe, expressible
from fleetgen.pipeline import Pipeline
from fleetgen.targets.base import Output
from fleetgen.targets.preset import extras, filters, ids, paths, selection
from fleetgen.targets.preset.charts import ChartFile, chart_file
from fleetgen.targets.preset.dashboards import position
from fleetgen.targets.preset.datasets import CONFIGURATION, Dataset, dataset
from fleetgen.templating import Templates


def generate(pipeline: Pipeline, templates: Templates, earlier: Mapping[str, Output]) -> Output:
    """A dataset for each table that ClickHouse has, a chart for each that can be drawn, one dashboard."""
    output = Output(templates)
    held, _ = expressible.reduce(pipeline)
    output.findings += selection.absent(pipeline, held)
    tables = [dataset(held, table) for table in (*held.streams, *held.views)]
    datasets = {table.name: table for table in tables if selection.fits(table, output.findings)}
    drawn = list(selection.charts(pipeline, datasets, output.findings))
    charts = [chart_file(chart, table, pipeline.database) for chart, table in drawn]
    offered = filters.configuration((table, chart.dimension) for chart, table in drawn)
    if charts:
        refused = extras.dead_letters(pipeline.database)
        datasets[refused.name] = refused
        charts += extras.charts(held, datasets, {chart.name for chart in charts})
    _add_database(output, pipeline.database)
    for table in datasets.values():
        _add_dataset(output, pipeline.database, table)
    for name, chart in zip(paths.slugs(chart.name for chart in charts), charts, strict=True):
        path = f"preset/charts/{name}.yaml"
        output.add(path, "preset/chart.yaml.jinja", source=CONFIGURATION, chart=chart)
    if charts:  # Superset keeps a broken link for a dashboard without charts
        _add_dashboard(output, pipeline.database, charts, offered)
    output.types |= {stream.name: describe.store_types(stream) for stream in held.streams if stream.name in datasets}
    return output


def _add_database(output: Output, database: str) -> None:
    output.add("preset/metadata.yaml", "preset/metadata.yaml.jinja", source=CONFIGURATION)
    output.add(
        f"preset/databases/{paths.visible(database)}.yaml",
        "preset/database.yaml.jinja",
        source=CONFIGURATION,
        name=database,
        uri=f"clickhousedb://fleetgen:XXXXXXXXXX@clickhouse:8123/{database}",
        uuid=ids.asset("database", database, database),
    )


def _add_dataset(output: Output, database: str, table: Dataset) -> None:
    output.add(
        f"preset/datasets/{database}/{paths.visible(table.name)}.yaml",
        "preset/dataset.yaml.jinja",
        dataset=table,
        database=database,
        database_uuid=ids.asset("database", database, database),
    )


def _add_dashboard(
    output: Output, database: str, charts: Sequence[ChartFile], offered: Sequence[Mapping[str, Any]]
) -> None:
    title = database.replace("_", " ").strip().capitalize() or database
    output.add(
        f"preset/dashboards/{paths.visible(database)}.yaml",
        "preset/dashboard.yaml.jinja",
        source=CONFIGURATION,
        title=title,
        slug=f"fleetgen-{database}",  # the importer takes over whatever dashboard has this slug
        position=position(title, charts),
        filters=offered,
        uuid=ids.asset("dashboard", database, database),
    )
