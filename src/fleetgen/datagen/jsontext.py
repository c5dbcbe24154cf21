"""JSON text as Connect's JsonConverter writes it, as rows of bytes: a NUL is padding wherever it stands.

JSON text never holds a NUL, so that joining columns is putting matrices side by side and dropping the NULs at the end.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Sequence
from typing import Any, Final, TypeAlias, assert_never

import numpy as np
import orjson
from numpy.typing import NDArray

from fleetgen.datagen import numerals
from fleetgen.datagen.columns import EXACT, Choices, Pool
from fleetgen.model import (
    ArrayType,
    DecimalType,
    EnumType,
    FixedType,
    LogicalType,
    MapType,
    Primitive,
    PrimitiveType,
    RecordType,
    RecursiveType,
    Type,
    UnionType,
    branch_name,
    is_null,
)

STRING: Final = PrimitiveType(Primitive.STRING)
Matrix: TypeAlias = NDArray[np.uint8]


def raw(text: str, size: int) -> Matrix:
    """The same text in every row."""
    data = np.frombuffer(text.encode(errors="replace"), np.uint8)
    return np.broadcast_to(data, (size, len(data)))


def plain(text: str) -> bool:
    """Whether JSON writes the text as it is."""
    return not any(char in '"\\' or char < " " for char in text)


def quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def read(text: str) -> Any:
    return json.loads(text)


def base64(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False)


def decimal(unscaled: int, scale: int) -> str:
    """A number with exactly `scale` digits behind the point."""
    digits = f"{abs(unscaled):0{scale + 1}d}"
    point = len(digits) - scale
    text = f"{digits[:point]}.{digits[point:]}" if scale else digits
    return f"-{text}" if unscaled < 0 else text


def pool(texts: list[str]) -> Pool:
    """Strings of any characters, each its own choice."""
    return Pool(np.arange(len(texts)), Choices(tuple(texts), numerals.rows([quote(text).encode() for text in texts])))


def choices(type: Type, values: Sequence[Any], enclosing: dict[str, RecordType] | None = None) -> Choices:
    return Choices(tuple(values), numerals.rows([write(type, value, enclosing or {}).encode() for value in values]))


def write(type: Type, value: Any, enclosing: dict[str, RecordType]) -> str:
    """The text of one value in the shape that records have."""
    match type:
        case PrimitiveType() | LogicalType() | FixedType() | EnumType():
            return _scalar(type, value)
        case DecimalType():
            return decimal(int(value.scaleb(type.scale, EXACT)), type.scale)
        case ArrayType():
            return f"[{','.join(write(type.items, item, enclosing) for item in value)}]"
        case MapType():
            return _members({key: write(type.values, item, enclosing) for key, item in value.items()})
        case UnionType():
            return _union(type, value, enclosing)
        case RecordType():
            enclosing = {**enclosing, type.fullname: type}
            return _members({field.name: write(field.type, value[field.name], enclosing) for field in type.fields})
        case RecursiveType():
            return write(enclosing[type.fullname], value, enclosing)
        case _:
            assert_never(type)


def _scalar(type: Type, value: Any) -> str:
    if isinstance(value, bytes):
        return f'"{base64(value).decode()}"'
    if isinstance(type, PrimitiveType) and type.kind is Primitive.FLOAT:
        return orjson.dumps(np.float32(value), option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return json.dumps(value, ensure_ascii=False)


def _members(texts: dict[str, str]) -> str:
    return f"{{{','.join(f'{quote(name)}:{text}' for name, text in texts.items())}}}"


def _union(type: UnionType, value: Any, enclosing: dict[str, RecordType]) -> str:
    branches = [branch for branch in type.branches if not is_null(branch)]
    if value is None or not branches:
        return "null"
    if len(branches) == 1:
        return write(branches[0], value, enclosing)
    texts = {branch_name(branch): "null" for branch in branches}
    for branch in branches:
        if branch_name(branch) == value[0]:
            texts[value[0]] = write(branch, value[1], enclosing)
    return _members(texts)
