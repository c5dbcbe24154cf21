"""What templates are given: the names, and the shapes of the values, gathered while projects are rendered."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Mapping
from typing import Any

from fleetgen.places import bundled
from fleetgen.templating import Templates


class Recorder(Templates):
    """Notes each name with the types of its values; renders as ever."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, dict[str, set[str]]] = {}
        self.classes: set[type] = set()

    def render(self, name: str, /, **context: Any) -> str:
        names = self.given.setdefault(name, {})
        for key, value in context.items():
            names.setdefault(key, set()).add(self._shape(value))
        return super().render(name, **context)

    def _shape(self, value: Any) -> str:
        match value:
            case None:
                return "none"
            case bool():
                return "true or false"
            case int() | float():
                return "number"
            case str():
                return "text"
            case Mapping():
                return "mapping"
            case list() | tuple():
                inside = sorted({self._shape(each) for each in value} - {"none"})
                return f"list of {' or '.join(inside)}" if inside else "list"
            case _:
                self._open(type(value))
                label = _label(type(value))
                return f"[{type(value).__name__}](#{label.lower().replace('.', '')})"

    def _open(self, cls: type) -> None:
        if cls in self.classes or not dataclasses.is_dataclass(cls):
            return
        self.classes.add(cls)
        for hint in typing.get_type_hints(cls).values():
            for inner in _classes(hint):
                self._open(inner)

    def page(self) -> str:
        """Sections of a Markdown page: the table of templates, then each class with its attributes."""
        parts = ["| Template | Is given |", "| --- | --- |"]
        used = included()
        for path in sorted(bundled().rglob("*.jinja")):
            name = path.relative_to(bundled()).as_posix()
            parts.append(f"| `{name}` | {self._row(name, used)} |")
        for cls in sorted(self.classes, key=_label):
            parts.append(f"\n### {_label(cls)}\n\n{_doc(cls)}| Attribute | Type |\n| --- | --- |")
            parts += [f"| `{each.name}` | `{_hint(_written(cls)[each.name])}` |" for each in dataclasses.fields(cls)]
        return "\n".join(parts) + "\n"

    def _row(self, name: str, used: Mapping[str, set[str]]) -> str:
        given = self.given.get(name)
        if given:
            shapes = {key: " or ".join(sorted(shapes - {"list"} or shapes)) for key, shapes in sorted(given.items())}
            return "; ".join(f"`{key}`: {shape}" for key, shape in shapes.items())
        by = ", ".join(f"`{each}`" for each in sorted(used.get(name, ())))
        return f"part of {by}" if by else ""


def included() -> dict[str, set[str]]:
    """Which templates use which, by include, import or extends."""
    used: dict[str, set[str]] = {}
    for path in sorted(bundled().rglob("*.jinja")):
        for name in re.findall(r"""(?:include|import|from|extends) ["']([^"']+)["']""", path.read_text()):
            used.setdefault(name, set()).add(path.relative_to(bundled()).as_posix())
    return used


def _label(cls: type) -> str:
    """Where the class is, below fleetgen: two may have one name."""
    module = cls.__module__.removeprefix("fleetgen.").removeprefix("targets.")
    return f"{module}.{cls.__name__}"


def _classes(hint: Any) -> list[type]:
    inside = typing.get_args(hint)
    if not inside:
        return [hint] if isinstance(hint, type) else []
    return [cls for inner in inside for cls in _classes(inner)]


def _written(cls: type) -> dict[str, Any]:
    """The annotations as they stand in the class and in those that it is made from."""
    return {
        name: hint for each in reversed(cls.__mro__) for name, hint in vars(each).get("__annotations__", {}).items()
    }


def _hint(hint: Any) -> str:
    return str(hint).replace("|", "\\|")


def _doc(cls: type) -> str:
    doc = " ".join((cls.__doc__ or "").split())
    return "" if doc == cls.__name__ or not doc else f"{doc}\n\n"
