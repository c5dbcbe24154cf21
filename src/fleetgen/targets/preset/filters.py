"""The filters above a dashboard: when, and what has few values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from fleetgen.targets.preset import types
from fleetgen.targets.preset.datasets import Dataset

OURS: Final = "NATIVE_FILTER-fleetgen-"
"""What our filters' ids begin with: those of people begin otherwise."""
_MOST: Final = 8


def configuration(drawn: Iterable[tuple[Dataset, str | None]]) -> list[dict[str, Any]]:
    """`drawn`: the datasets of the charts, each with the column that a chart has a bar for.

    A filter reaches every chart; those whose dataset has no such column leave it aside.
    """
    choices: dict[str, Dataset] = {}
    for dataset, dimension in drawn:
        for column in _few(dataset, dimension):
            choices.setdefault(column, dataset)
    chosen = [_choice(column, dataset) for column, dataset in list(choices.items())[:_MOST]]
    return [_filter("time", "Time", "filter_time", {}, {}), *chosen]


def _few(dataset: Dataset, dimension: str | None) -> Iterator[str]:
    for column in dataset.columns:
        if column.name == dimension or (not column.ours and types.has_few_values(column.type)):
            yield column.name


def _choice(column: str, dataset: Dataset) -> dict[str, Any]:
    target = {"datasetUuid": dataset.uuid, "column": {"name": column}}
    controls = {
        "multiSelect": True,
        "enableEmptyFilter": False,
        "defaultToFirstItem": False,
        "inverseSelection": False,
        "searchAllOptions": True,
    }
    return _filter(column, column, "filter_select", target, controls)


def _filter(id: str, name: str, kind: str, target: dict[str, Any], controls: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{OURS}{id}",
        "type": "NATIVE_FILTER",
        "name": name,
        "description": "",
        "filterType": kind,
        "targets": [target],
        "controlValues": controls,
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
    }
