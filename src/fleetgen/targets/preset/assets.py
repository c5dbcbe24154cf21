"""A bundle's assets as data: read from generated files or from an export, packed for the import."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final, TypeAlias

from fleetgen.errors import FleetgenError
from fleetgen.frozen import frozen
from fleetgen.quoting import to_yaml

Data: TypeAlias = Mapping[str, Any]

KINDS: Final = ("database", "dataset", "chart", "dashboard")
"""In the order in which they rest on each other."""
NAMES: Final = {
    "database": "database_name",
    "dataset": "table_name",
    "chart": "slice_name",
    "dashboard": "dashboard_title",
}
MASK: Final = "XXXXXXXXXX"
_METADATA: Final = {"version": "1.0.0", "type": "assets"}
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can hold


@frozen
class Asset:
    """`path` is relative to the bundle: "charts/top_10.yaml"."""

    kind: str
    path: str
    data: Data

    @property
    def uuid(self) -> str:
        return str(self.data["uuid"])

    @property
    def name(self) -> str:
        return str(self.data[NAMES[self.kind]])


def load(files: Mapping[str, str]) -> list[Asset]:
    """The assets of generated files ("preset/charts/x.yaml"), those that others rest on first.

    Raises FleetgenError for a file that is no asset: somebody's template wrote it.
    """
    found = [_asset(path.removeprefix("preset/"), text) for path, text in files.items() if "metadata.yaml" not in path]
    return sorted(found, key=lambda asset: (KINDS.index(asset.kind), asset.path))


def unpack(content: bytes) -> list[Asset]:
    """The assets of an export. Raises zipfile.BadZipFile for what is none."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            path = name.partition("/")[2]
            if kind(path):
                found.append(_asset(path, packed.read(name).decode()))
    return found


def pack(assets: Iterable[Asset]) -> bytes:
    """The ZIP that the import takes: the same assets give the same bytes."""
    texts = {asset.path: to_yaml(asset.data) for asset in assets} | {"metadata.yaml": to_yaml(_METADATA)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(texts):
            opened.writestr(zipfile.ZipInfo(f"bundle/{path}", _EPOCH), f"{texts[path]}\n")
    return packed.getvalue()


def kind(path: str) -> str:
    """Of an asset's path; empty for what is no asset."""
    parts = PurePosixPath(path).parts
    found = parts[0].removesuffix("s") if len(parts) > 1 else ""
    return found if found in KINDS else ""


def faults(assets: Iterable[Asset]) -> Iterator[tuple[str, str]]:
    """What the importer answers with "unknown reason", or with nothing at all: (path, what is wrong)."""
    found = list(assets)
    uuids = {of: {asset.uuid for asset in found if asset.kind == of} for of in KINDS}
    if len(uuids["database"]) != 1:
        yield "databases/", "a bundle has one database"
    for asset in found:
        for key, of in (("database_uuid", "database"), ("dataset_uuid", "dataset")):
            if key in asset.data and asset.data[key] not in uuids[of]:
                yield asset.path, f"its {key} is that of no {of} of the bundle"
        for key in _NEEDED[asset.kind]:
            if not isinstance(asset.data.get(key), Mapping):
                yield asset.path, f"{key} is missing"
        if asset.kind == "dashboard":
            yield from ((asset.path, f"its chart {each} is not in the bundle") for each in _foreign(asset, uuids))


_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "database": ("extra",),
    "dataset": (),
    "chart": ("params",),
    "dashboard": ("position", "metadata"),
}


def _foreign(dashboard: Asset, uuids: Mapping[str, set[str]]) -> Iterator[str]:
    nodes = (node for node in dict(dashboard.data.get("position") or {}).values() if isinstance(node, Mapping))
    named = {node["meta"]["uuid"] for node in nodes if node.get("type") == "CHART" and "uuid" in node.get("meta", {})}
    yield from sorted(named - uuids["chart"])


def _asset(path: str, text: str) -> Asset:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(text, loader)
    except yaml.YAMLError as error:
        raise _broken(path, f"is no YAML: {' '.join(str(error).split())}") from error
    of = kind(path)
    missing = [key for key in ("uuid", NAMES.get(of, "uuid")) if not isinstance(data, dict) or key not in data]
    if not of or missing:
        raise _broken(path, f"has no {missing[0]}" if of else "is in no folder of a bundle")
    return Asset(of, path, data)


def _broken(path: str, reason: str) -> FleetgenError:
    return FleetgenError(
        f"preset/{path}: FG753 error: {reason}\n  help: mend the template that wrote it, or leave the file out"
    )
