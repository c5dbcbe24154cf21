"""The wire formats: one module each knows how its messages look to ClickHouse, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from fleetgen.mapping import json
from fleetgen.mapping.types import Scalar
from fleetgen.model import Field
from fleetgen.pipeline import Format, Stream

Named = tuple[str, str]
"""A name and a wire type."""


class Dialect(Protocol):
    """How one format writes what ClickHouse reads. Conditions are 1 or 0, never NULL."""

    @property
    def FILE(self) -> str:
        """ClickHouse's name for messages in a file or an insert."""

    @property
    def STREAM(self) -> str:
        """ClickHouse's name for messages in a topic."""

    @property
    def HAS_REGISTRY(self) -> bool:
        """Whether those in a topic name a schema that a registry holds."""

    @property
    def TABLE_SETTINGS(self) -> tuple[str, ...]:
        """What a landing needs to be created: settings as SQL."""

    @property
    def PULL_SETTINGS(self) -> tuple[str, ...]:
        """What a Kafka table needs to read messages."""

    @property
    def VIEW_SETTINGS(self) -> tuple[str, ...]:
        """What the strict views need."""

    @property
    def branches(self) -> Dialect | None:
        """How what is inside a union travels, if that differs."""

    def scalar(self, type: Scalar) -> str:
        """The wire type."""

    def array(self, element: str) -> str:
        """The wire type of an array of that wire type."""

    def map_(self, element: str) -> str:
        """The wire type of a map to that wire type."""

    def record(self, parts: Iterable[Named]) -> str:
        """The wire type of a record."""

    def union(self, parts: Iterable[Named]) -> str:
        """The wire type of a union of two or more branches."""

    def optional(self, wire: str) -> str:
        """The wire type of [null, X] for that of X."""

    def default(self, field: Field, wire: str) -> str:
        """What a top-level field is that was not sent, as SQL; empty for null."""

    def given(self, field: Field, x: str, wire: str) -> str:
        """The value of a top-level field: x, or what it stands for where it was not sent."""

    def member(self, x: str, container: str) -> str:
        """The Array(..) or Map(..) inside x, empty where there is none."""

    def is_container(self, x: str) -> str:
        """Whether x holds an array or a map."""

    def is_empty(self, x: str) -> str:
        """Whether a record without fields is one."""

    def branch(self, x: str, name: str, wire: str) -> str:
        """A union's branch, NULL (an array or a map: empty) where it is not set."""

    def is_branch(self, x: str, name: str, wire: str) -> str:
        """Whether the branch is set."""

    def is_one(self, x: str, parts: Iterable[Named]) -> str:
        """Whether exactly one branch of a union, which is not null, is set."""

    def accept(self, type: Scalar, x: str) -> str:
        """Whether x is exactly a value of the type."""

    def convert(self, type: Scalar, x: str) -> str:
        """The stored value, Nullable. Of a duration its 12 bytes."""

    def text(self, x: str) -> str:
        """A value as JSON for people, never NULL."""

    def unread(self, message: str) -> str:
        """A message that could not be parsed, as text for people."""


def of(stream: Stream) -> Dialect:
    """How the stream's messages look when they are pushed as its schema has them."""
    return dialect(stream.format)


def dialect(format: Format) -> Dialect:
    match format:
        case Format.JSON:
            return json
        case Format.AVRO:
            from fleetgen.mapping import avro  # most projects have no use for it

            return avro.PUSHED


def inside(dialect: Dialect) -> Dialect:
    """How what is inside a union travels."""
    return dialect.branches or dialect
