"""Hypothesis: projects of Avro schema files, as JSON values, over all types and ways to name and refer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
DEFAULTS: dict[str, list[Any]] = {
    "null": [None],
    "boolean": [True],
    "int": [0, -(2**31)],
    "long": [2**63 - 1],
    "float": [0, 1.5],
    "double": [0, -2, 0.1],
    "bytes": ["", "\xff"],
    "string": ["", "it's ${x}", "\U0001f69a"],
}
LOGICAL: list[dict[str, Any]] = [
    {"type": "int", "logicalType": "date"},
    {"type": "long", "logicalType": "timestamp-micros"},
    {"type": "string", "logicalType": "uuid"},
    {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
]
ARGS: dict[str, Any] = {"options": ["it's", "${env:HOME}", "é"]}


@dataclass
class Drawing:
    """`defined` are the full names so far, `enclosing` the records around; `spaces` the namespaces to choose from."""

    draw: st.DrawFn
    spaces: list[str]
    defined: dict[str, str] = field(default_factory=dict)
    enclosing: list[str] = field(default_factory=list)
    count: int = 0

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in

    def named(self, kind: str, around: str) -> tuple[dict[str, Any], str]:
        """The head of a definition, its namespace written in one of three ways, and the namespace inside it."""
        self.count += 1
        name, space = f"T{self.count}", self.draw(st.sampled_from(self.spaces))
        head: dict[str, Any] = {"type": kind, "name": name}
        if self.chance(2) and around in self.spaces:
            space = around
        elif space and self.chance(2):
            head["name"] = f"{space}.{name}"
        else:
            head["namespace"] = space
        if self.chance(2):
            head["doc"] = "cost: $5, it's `fine`\n"
        self.defined[f"{space}.{name}" if space else name] = kind
        if kind == "record":
            self.enclosing.append(f"{space}.{name}" if space else name)
        return head, space

    def type(self, around: str, depth: int, union: bool = True) -> Any:
        simple = ["primitive", "object", "logical", "enum", "fixed", *["reference"] * 4]
        nested = ["array", "map", "record", *(["union"] if union else [])]
        match self.draw(st.sampled_from(simple + nested if depth else simple)):
            case "object":
                kind = self.draw(st.sampled_from(PRIMITIVES))
                return {"type": kind, "arg.properties": ARGS} if self.chance(2) else {"type": kind}
            case "logical":
                return self.draw(st.sampled_from(LOGICAL))
            case "enum":
                return self.named("enum", around)[0] | {"symbols": ["A", "B"], "default": "B"}
            case "fixed":
                return self.named("fixed", around)[0] | {"size": 3, "x-unknown": [1.0, None]}
            case "reference" if usable := [each for each in self.defined if each not in self.enclosing]:
                return self.draw(st.sampled_from(usable))
            case "array":
                return {"type": "array", "items": self.inner(around, depth)}
            case "map":
                return {"type": "map", "values": self.inner(around, depth)}
            case "record":
                return self.record(around, depth - 1)
            case "union":
                return self.union(around, depth)
            case _:
                pass
        return self.draw(st.sampled_from(PRIMITIVES))

    def inner(self, around: str, depth: int) -> Any:
        """What an array or a map holds may be a record around it."""
        if self.enclosing and self.chance(4):
            return self.draw(st.sampled_from(self.enclosing))
        return self.type(around, depth - 1)

    def union(self, around: str, depth: int) -> Any:
        branches: dict[str, Any] = {}
        for _ in range(self.draw(st.integers(1, 3))):
            before = dict(self.defined)
            branch = self.type(around, depth - 1, union=False)
            kind = branch if isinstance(branch, str) else branch["type"]
            if kind in ("record", "enum", "fixed"):
                kind = branch["name"]
            if branches.setdefault(kind.rpartition(".")[2], branch) is not branch:
                self.defined = before
        if self.enclosing and "null" in branches and self.chance(2):
            branches["recursion"] = self.enclosing[-1]
        return list(branches.values())

    def record(self, around: str, depth: int) -> dict[str, Any]:
        head, space = self.named("record", around)
        fields = []
        for index in range(self.draw(st.integers(1, 4))):
            type = self.type(space, depth)
            written: dict[str, Any] = {"name": f"f{index}", "type": type}
            kind = type["type"] if isinstance(type, dict) else type
            if isinstance(kind, str) and kind in DEFAULTS and "logicalType" not in type and self.chance(3):
                written["default"] = self.draw(st.sampled_from(DEFAULTS[kind]))
            if self.chance(3):
                written["arg.properties"] = ARGS
            fields.append(written)
        self.enclosing.pop()
        return head | {"fields": fields}


@st.composite
def projects(draw: st.DrawFn, spaces: list[list[str]]) -> dict[str, Any]:
    """Files of records; `spaces` are sets of namespaces of which a project uses one. Later files refer to earlier."""
    drawing = Drawing(draw, draw(st.sampled_from(spaces)))
    records = [drawing.record("", 3) for _ in range(draw(st.integers(2, 3)))]
    order = draw(st.permutations(range(len(records))))
    return {f"schemas/{place}.avsc": json for place, json in zip(order, records, strict=True)}
