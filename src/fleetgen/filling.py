"""`${profile:KEY}` in a generated text replaced by the profile's value, written as the text's own language writes it.

A reference is always a whole value; the same characters in a comment or inside a longer text belong to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from fleetgen.quoting import ch_string, ksql_string, to_json, to_yaml

Value: TypeAlias = Callable[[str], str]
"""The value of a key; it raises what it will for a key without one."""

_REFERENCE: Final = re.compile(r"\$\{profile:([^{}'\"\\\s]+)\}")
_JSON: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_KSQL: Final = re.compile(r"""--[^\r\n]*|/\*.*?\*/|`(?:[^`]|``)*`|"(?:[^"]|"")*"|'((?:[^']|'')*)'""", re.DOTALL)
# The literal behind COMMENT is what people wrote in a schema.
_CLICKHOUSE: Final = re.compile(
    r"""--[^\n]*|\#[ !][^\n]*|/\*.*?\*/|`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"
    |\bCOMMENT\s+'(?:[^'\\]|\\.|'')*'|'((?:[^'\\]|\\.|'')*)'""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_YAML: Final = re.compile(r'^(?:#.*|([\w-]+: )"(.*)")$', re.MULTILINE)
_URI: Final = re.compile(r"^sqlalchemy_uri: .*$", re.MULTILINE)


def reference(text: str) -> str | None:
    """The key, if the whole text is a reference."""
    found = _REFERENCE.fullmatch(text)
    return found[1] if found else None


def json(text: str, value: Value) -> str:
    return _fill(_JSON, text, lambda key: to_json(value(key)))


def ksql(text: str, value: Value) -> str:
    """Also in DEFINE, whose value ksqlDB reads as it reads any literal."""
    return _fill(_KSQL, text, lambda key: ksql_string(value(key)))


def clickhouse(text: str, value: Value) -> str:
    return _fill(_CLICKHOUSE, text, lambda key: ch_string(value(key)))


def yaml(text: str, value: Value) -> str:
    """The scalars of a block mapping, as the templates write them: `key: "value"`."""

    def replace(match: re.Match[str]) -> str:
        found = _REFERENCE.fullmatch(match[2] or "")
        return f"{match[1]}{to_yaml(value(found[1]))}" if found else match[0]

    return _YAML.sub(replace, text)


def database_uri(text: str, uri: str) -> str:
    """The file of a database in Superset's bundle, with another address.

    Raises ValueError if it has none to replace.
    """
    filled, times = _URI.subn(lambda _: f"sqlalchemy_uri: {to_yaml(uri)}", text)
    if times != 1:
        raise ValueError("there is not one line `sqlalchemy_uri: ..`")
    return filled


def _fill(tokens: re.Pattern[str], text: str, quoted: Value) -> str:
    """`tokens` matches whatever could hide a literal, with a group for a literal's inside."""

    def replace(match: re.Match[str]) -> str:
        found = _REFERENCE.fullmatch(match[1] or "")
        return quoted(found[1]) if found else match[0]

    return tokens.sub(replace, text)
