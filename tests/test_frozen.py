"""A frozen class is what the standard library's decorator would make of it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from fleetgen.frozen import frozen


@frozen
class Base:
    at: str = field(default="", kw_only=True, compare=False, repr=False)


@frozen
class Point(Base):
    """A point."""

    x: int
    set: int = 0
    tags: Mapping[str, int] = field(default_factory=dict, compare=False)


@frozen
class Twin(Base):
    x: int
    set: int = 0


@frozen
class Self:
    __eq__ = object.__eq__
    __hash__ = object.__hash__
    x: int


@frozen
class Empty:
    pass


@frozen
class Remembering:
    x: int
    memory: dict[str, int] = field(default_factory=dict, init=False, compare=False)


@dataclass(frozen=True, slots=True)
class _StandardBase:
    at: str = field(default="", kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Standard(_StandardBase):
    """A point."""

    x: int
    set: int = 0
    tags: Mapping[str, int] = field(default_factory=dict, compare=False)


@pytest.mark.parametrize("cls", [Point, Standard])
def test_values_are_as_given(cls: Any) -> None:
    point = cls(1, set=2, at="here")
    assert (point.x, point.set, point.tags, point.at) == (1, 2, {}, "here")
    assert repr(point) == f"{cls.__name__}(x=1, set=2, tags={{}})"
    assert [each.name for each in fields(cls)] == ["at", "x", "set", "tags"]
    assert cls.__match_args__ == ("x", "set", "tags")
    assert cls(1).tags is not cls(1).tags
    assert cls(1, tags=None).tags is None


@pytest.mark.parametrize("cls", [Point, Standard])
def test_equal_in_what_is_compared_and_of_one_class(cls: Any) -> None:
    assert cls(1, at="here") == cls(1, at="there")
    assert hash(cls(1, at="here")) == hash(cls(1, at="there"))
    assert cls(1) != cls(2)
    assert cls(1) != 1
    assert cls(1) != Twin(1)


@pytest.mark.parametrize("cls", [Point, Standard])
def test_copies_are_equal_and_changes_make_another(cls: Any) -> None:
    point = cls(1, 2, {"a": 1}, at="here")
    for other in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point)), replace(point)):
        assert other is not point
        assert (other, other.tags, other.at) == (point, point.tags, point.at)
    assert (replace(point, x=3).x, replace(point, x=3).at) == (3, "here")


@pytest.mark.parametrize("cls", [Point, Standard])
def test_nothing_can_be_set(cls: Any) -> None:
    point = cls(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    assert not hasattr(point, "__dict__")


@pytest.mark.parametrize("cls", [Point, Standard])
@pytest.mark.parametrize(("args", "kwargs"), [((), {}), ((1, 2, {}, "here"), {}), ((1,), {"y": 1}), ((1,), {"x": 1})])
def test_wrong_arguments_are_refused(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="argument"):
        cls(*args, **kwargs)


def test_a_class_may_have_methods_of_its_own() -> None:
    assert Self(1) != Self(1)
    assert len({Self(1), Self(1)}) == 2
    assert Empty() == Empty()


def test_what_is_no_argument_begins_anew() -> None:
    first = Remembering(1)
    first.memory["a"] = 1
    assert replace(first, x=1) == first
    assert replace(first).memory == {}
    with pytest.raises(TypeError, match="argument"):
        Remembering(1, memory={})  # type: ignore[call-arg]


def test_patterns_see_the_fields() -> None:
    match Point(1, 2):
        case Point(x, set=y):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("the pattern does not match")
