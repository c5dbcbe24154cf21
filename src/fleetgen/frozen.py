"""Frozen dataclasses that are cheap to define.

The standard decorator compiles six methods for each class, more than half a millisecond: for all values of a run that
was a fifth of a cold `check`. Here the methods are shared, and __init__ is compiled when a class is first used.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, Final, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")

_set = object.__setattr__


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """As `dataclass(frozen=True, slots=True)`: `fields`, `replace`, `match` and copies work on it."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # without one the standard library would compose a signature
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    for name, method in _SHARED.items():
        if name not in cls.__dict__:
            setattr(made, name, method)
    made._compared = tuple(each.name for each in fields(made) if each.compare)
    return made  # type: ignore[no-any-return]


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    cls = self.__class__
    cls.__init__ = _initializer(cls)
    cls.__init__(self, *args, **kwargs)


def _initializer(cls: Any) -> Any:
    """The __init__ that sets each field. No field's name begins with an underscore, as those that the text needs do."""
    known: dict[str, Any] = {"_set": _set, "_missing": MISSING}
    parameters, body = [], []
    for each in sorted(fields(cls), key=lambda each: bool(each.kw_only)):
        name = value = each.name
        if each.kw_only and each.init and "*" not in parameters:
            parameters.append("*")
        if each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}()"
            if each.init:
                parameters.append(f"{name}=_missing")
                value += f" if {name} is _missing else {name}"
        elif each.default is not MISSING:
            known[f"_default_{name}"] = each.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        body.append(f"  _set(self, {name!r}, {value})")
    exec("\n".join([f"def __init__(self, {', '.join(parameters)}):", *body, "  pass"]), known)
    return known["__init__"]


def _equal(self: Any, other: Any) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented  # type: ignore[no-any-return]
    return all(getattr(self, name) == getattr(other, name) for name in self._compared)


def _hash(self: Any) -> int:
    return hash(tuple([getattr(self, name) for name in self._compared]))


def _text(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        _set(self, each.name, value)


_SHARED: Final[dict[str, Any]] = {
    "__init__": _init,
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _text,
    "__setattr__": _refuse_set,
    "__delattr__": _refuse_delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}
