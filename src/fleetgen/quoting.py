"""How a value enters each language: every name, literal and comment in generated text goes through one of these."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final


def ch_ident(name: str) -> str:
    r"""A ClickHouse identifier, always in backticks, as SHOW CREATE prints it; backslash escapes inside."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


_CH_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def ch_string(text: str) -> str:
    """A ClickHouse string literal."""
    return "'" + "".join(_CH_ESCAPES.get(char, char) for char in text) + "'"


def sql_comment(text: str) -> str:
    """Text behind `-- `: each line of it a comment of its own, whatever ends the line."""
    return "\n".join(f"-- {line}".rstrip() for line in (text.splitlines() or [""]))


def to_json(value: Any) -> str:
    """One line of JSON in ASCII, object members in the order given."""
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "), allow_nan=False)


_SURROGATES: Final = re.compile(r"\\u(d[89ab]..)\\u(d[c-f]..)")


def to_yaml(value: Any) -> str:
    """A scalar, list or object as JSON that YAML reads the same: characters beyond U+FFFF are written with \\U.

    YAML decodes a surrogate pair into two broken characters.
    """

    def join(match: re.Match[str]) -> str:
        high, low = int(match[1], 16), int(match[2], 16)
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"

    return _SURROGATES.sub(join, json.dumps(value, ensure_ascii=True, allow_nan=False))


def markdown(text: str) -> str:
    """Text inside a Markdown table cell: one line, no markup, no HTML, no Mermaid or Jinja braces."""
    text = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~$])", lambda match: f"&#{ord(match[1])};", text)


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "ch_ident": ch_ident,
    "ch_string": ch_string,
    "sql_comment": sql_comment,
    "json": to_json,
    "yaml": to_yaml,
    "markdown": markdown,
}
