"""Records that hold themselves with no way to end: no value of them is finite."""

from __future__ import annotations

from fleetgen.model import RecordType, RecursiveType, Type, UnionType


def find(type: Type, holding: frozenset[str] = frozenset()) -> RecursiveType | None:
    """Where a type comes back to a record that must hold it. Arrays and maps may be empty, unions may choose.

    A shortest finite value never repeats a record along a path, so coming back to one of `holding` is no way out.
    """
    match type:
        case RecursiveType():
            return type if type.fullname in holding else None
        case RecordType():
            holding |= {type.fullname}
            return next((end for field in type.fields if (end := find(field.type, holding))), None)
        case UnionType():
            ends = [find(branch, holding) for branch in type.branches]
            return ends[0] if all(ends) else None
        case _:
            return None
