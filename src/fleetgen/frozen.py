"""Frozen dataclasses that are cheap to define.

The standard decorator compiles six methods for each class, more than half a millisecond: for all values of a run that
was a third of a cold `check`. Here the methods are shared, and __init__ is compiled for a class that is used often.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from typing import Any, Final, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")

_set = object.__setattr__
_FEW: Final = 32
"""Instances of a class that cost less than compiling its __init__."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """As `dataclass(frozen=True, slots=True)`: `fields`, `replace`, `match` and copies work on it."""
    namespace = {name: value for name, value in cls.__dict__.items() if name not in ("__dict__", "__weakref__")}
    own = {name: _field(namespace.pop(name, MISSING)) for name in namespace.get("__annotations__", ())}
    inherited = {name: each for base in reversed(cls.__mro__) for name, each in getattr(base, "_fields", {}).items()}
    every = {**inherited, **own}
    namespace |= {
        **{name: method for name, method in _SHARED.items() if name not in namespace},
        "__slots__": tuple(own),
        "__match_args__": tuple(name for name, each in every.items() if each.init and each.kw_only is not True),
        "__dataclass_fields__": _StandardFields(),
        "_fields": every,
        "_before": 0,
        "_compared": tuple(name for name, each in every.items() if each.compare),
    }
    kind: Any = type(cls)
    made = kind(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    return made  # type: ignore[no-any-return]


def _field(value: Any) -> Field[Any]:
    return value if isinstance(value, Field) else field(default=value)


class _StandardFields:
    """What the standard library knows a dataclass by: it works it out itself, once it asks."""

    def __get__(self, instance: object, cls: Any) -> dict[str, Field[Any]]:
        namespace = {**cls._fields, "__annotations__": dict.fromkeys(cls._fields, Any), "__module__": cls.__module__}
        namespace["__doc__"] = cls.__doc__ or cls.__name__  # without one it would be made from the signature: slowly
        standard: Any = dataclass(init=False, repr=False, eq=False)(type(cls.__name__, (), namespace))
        cls.__dataclass_fields__ = standard.__dataclass_fields__
        return standard.__dataclass_fields__  # type: ignore[no-any-return]


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    """For the first few instances; the compiled __init__ also says what is wrong with arguments."""
    cls = self.__class__
    cls._before += 1
    values = {**dict(zip(cls.__match_args__, args, strict=False)), **kwargs}
    if cls._before > _FEW or len(values) < len(args) + len(kwargs) or not _assign(self, cls._fields, values):
        cls.__init__ = _initializer(cls._fields)
        cls.__init__(self, *args, **kwargs)


def _assign(self: object, fields: dict[str, Field[Any]], values: dict[str, Any]) -> bool:
    """Whether these are the values of the fields, no more and no less."""
    used = 0
    for name, each in fields.items():
        if each.init and name in values:
            value = values[name]
            used += 1
        elif each.default_factory is not MISSING:
            value = each.default_factory()
        elif each.default is not MISSING:
            value = each.default
        else:
            return False
        _set(self, name, value)
    return used == len(values)


def _initializer(fields: dict[str, Field[Any]]) -> Any:
    """The __init__ that sets each field. No field's name begins with an underscore, as those that the text needs do."""
    known: dict[str, Any] = {"_set": _set, "_missing": MISSING}
    parameters, body = [], []
    for name, each in sorted(fields.items(), key=lambda named: named[1].kw_only is True):
        value = name
        if each.kw_only is True and each.init and "*" not in parameters:
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
    shown = (f"{name}={getattr(self, name)!r}" for name, each in self._fields.items() if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self._fields]


def _restore(self: Any, state: list[Any]) -> None:
    for name, value in zip(self._fields, state, strict=True):
        _set(self, name, value)


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
