"""How a value enters each language: every name, literal and comment in generated text goes through one of these."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final

_MOST: Final = 1 << 15
"""How many texts of each kind are remembered."""


def ch_ident(name: str) -> str:
    r"""A ClickHouse identifier, always in backticks, as SHOW CREATE prints it; backslash escapes inside."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


# What turns the direction of text: a line with it can read as another than it is, to whoever reviews it.
_TURNING: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))


def _ch_bytes(code: int) -> str:
    return "".join(f"\\x{byte:02X}" for byte in chr(code).encode())


_CH_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
    | {chr(code): _ch_bytes(code) for code in _TURNING}
)


def ch_string(text: str) -> str:
    """A ClickHouse string literal; what turns the direction of text is seen as its bytes."""
    return f"'{text if text.isidentifier() else text.translate(_CH_ESCAPES)}'"


CH_MARK: Final = "[fleetgen]"
"""Ends the COMMENT of each table and view that we make: what does not bear it is not ours to change or to drop."""


def ch_mark(comment: str) -> str:
    """The literal behind COMMENT of a table or view that is ours."""
    return ch_string(f"{comment} {CH_MARK}" if comment else CH_MARK)


# The words that ClickHouse itself puts in backticks when it prints a type: any other spelling is another type's name.
_CH_QUOTED: Final = frozenset(
    {"all", "distinct", "false", "from", "inf", "infinity", "nan"}
    | {"null", "select", "some", "table", "top", "true", "values"}
)


def ch_type_ident(name: str) -> str:
    """A name inside Tuple(..), spelled as ClickHouse prints it: variantElement compares types by their text."""
    plain = name.isascii() and name.isidentifier() and name.lower() not in _CH_QUOTED
    return name if plain else ch_ident(name)


def ch_element(x: str, name: str) -> str:
    """A part of a tuple; arrays and maps are empty where the tuple is NULL."""
    return f"tupleElement({x}, {ch_string(name)})"


def ch_sql(text: str) -> str:
    """A ClickHouse type, expression or query that the mapping made: it is SQL already."""
    return text


def sql_comment(text: str) -> str:
    """Text behind `-- `: each line of it a comment of its own, whatever ends the line. With a NUL the file would be
    binary to git and to whoever reviews it."""
    return "\n".join(f"-- {printable(line)}".rstrip() for line in (text.splitlines() or [""]))


def _no_json(value: Any) -> Any:
    """Raises TypeError; an undefined name of a template raises what it always raises."""
    raise TypeError(f"{value} is no value for JSON")


_JSON: Final = json.JSONEncoder(allow_nan=False, default=_no_json)


def to_json(value: Any) -> str:
    """One line of JSON in ASCII, object members in the order given."""
    return encode_basestring_ascii(value) if isinstance(value, str) else _JSON.encode(value)


_YAML: Final = r"\\\\|\\u(d[89ab]..)\\u(d[c-f]..)|\{(?=[{%#])|\x7f"


def to_yaml(value: Any) -> str:
    """A scalar, list or object as JSON that YAML and Jinja read the same: no delimiter of a template can occur.

    JSON is nearly YAML: YAML decodes a surrogate pair into two broken characters, and takes no raw U+007F.
    """
    return _word(value) if value is None or isinstance(value, (str, bool)) else _yaml(value)


def _yaml(value: Any) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1]:
            high, low = int(match[1], 16), int(match[2], 16)
            return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"
        # An escaped backslash is consumed whole, so that the `u` behind it is never taken for an escape.
        return match[0] if match[0].startswith("\\") else f"\\u{ord(match[0]):04x}"

    text = to_json(value)
    return re.sub(_YAML, replace, text) if "\\" in text or "{" in text or "\x7f" in text else text


_word: Final = lru_cache(_MOST)(_yaml)


def yaml_comment(text: str) -> str:
    """Text inside one line behind `# `: what could end the line or open a template is escaped."""
    return to_yaml(text)[1:-1].replace('\\"', '"')


_UNPRINTABLE: Final = (
    dict.fromkeys((*range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd")
    | {n: chr(0x2400 + n) for n in range(0x20) if n not in (0x09, 0x0A, 0x0D)}
    | {code: f"\\u{code:04x}" for code in _TURNING}
)


def printable(text: str) -> str:
    """Text without the characters that no HTML or XML may hold: control pictures and U+FFFD stand for them. What turns
    the direction of text is spelled, as in `\\u202e`."""
    return text if text.isprintable() else text.translate(_UNPRINTABLE)


_MARKDOWN: Final = re.compile(
    r"[\\`*{}\[\]#+!|<>~$&]"  # markup, HTML, entities, the bars of a table, braces of Mermaid and Jinja
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # _italic_, but not fleet_mgmt
    r"|:(?=[\w+-]*[a-z][\w+-]*:)"  # :smile:, but not 12:30:00
    r"|^[-=:](?=[-=:\s]|$)|(?<=^)\d(?=\d*[.)](?:\s|$))"  # a list, a rule or an underline at the start of a paragraph
)


def markdown(text: str) -> str:
    """Text of a paragraph, heading or table cell of Markdown: one line that reads back as it is."""
    line = " ".join(printable(text).split())
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", line)


_NO_CODE: Final = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def md_code(text: str) -> str:
    """Text as a code span, so that types and patterns stay legible; where a span cannot hold it, as `markdown`."""
    return f"`{text}`" if _is_code(text) else markdown(text)


def _is_code(text: str) -> bool:
    """Whether a code span shows the text as it is, also in a table and to Jinja."""
    if not text or text != text.strip(" ") or any(mark in text for mark in ("  ", "`", "|", "{{", "{%", "{#")):
        return False
    return text.isprintable() or not re.search(_NO_CODE, text)


def html_comment(text: str) -> str:
    """Text inside <!-- -->, which knows no escapes: what could end it is spelled apart."""
    return " ".join(printable(text).split()).replace("--", "- -").replace(">", "&gt;")


def url(name: str) -> str:
    """A file's name as a relative link."""
    kept = "-._~"
    letters = (chr(byte) for byte in name.encode(errors="replace"))
    return "".join(c if (c.isascii() and c.isalnum()) or c in kept else f"%{ord(c):02X}" for c in letters)


_MERMAID: Final = r"[^\w .,/:-]|[.-](?=\s)|^[\s-]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"


def mermaid(text: str) -> str:
    """A label of a Mermaid diagram, quoted; `#40;` is how it writes a character. It would read Markdown in a label."""
    line = " ".join(printable(text).split()) or " "
    return '"' + re.sub(_MERMAID, lambda match: f"#{ord(match[0])};", line, flags=re.ASCII) + '"'


_MARKUP: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", ord("'"): "&#39;"}


def html(text: str) -> str:
    """Text of an HTML or XML element, or of a quoted attribute."""
    return printable(text).translate(_MARKUP)


def markup(text: str) -> str:
    """HTML, SVG or a diagram that was made elsewhere, with every text in it escaped."""
    return text


def ksql_quoted(name: str) -> str:
    """A ksqlDB identifier in backticks, its case kept.

    Raises ValueError for a name with a backtick: the server takes it and then cannot read its own command log.
    """
    if not name or "`" in name:
        raise ValueError(f"ksqlDB cannot hold the name {name!r}")
    return f"`{name}`"


_KSQL_VARIABLE: Final = r"\$\{(?=\w+\})"


def ksql_string(text: str) -> str:
    """A ksqlDB string literal: quotes doubled, a backslash is itself, and `${name}` is no variable of the session.

    Connect's `${provider:key}` stays: the colon makes it no variable.
    """
    quoted = text.replace("'", "''")
    return "'" + (re.sub(_KSQL_VARIABLE, "$${", quoted) if "${" in quoted else quoted) + "'"


def ksql_variable(name: str) -> str:
    """A literal that is a variable of the session: ksqlDB puts its value there, quotes doubled."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"ksqlDB has no variable {name!r}")
    return f"'${{{name}}}'"


def ksql_literal(value: str | int) -> str:
    """A value of a WITH clause: numbers bare, text as a literal."""
    return str(value) if isinstance(value, int) else ksql_string(value)


_FILTERS: Final[dict[str, Callable[[str], str]]] = {
    "ch_ident": ch_ident,
    "ch_string": ch_string,
    "ch_mark": ch_mark,
    "ksql_quoted": ksql_quoted,
    "ksql_string": ksql_string,
    "ksql_variable": ksql_variable,
    "markdown": markdown,
    "md_code": md_code,
    "mermaid": mermaid,
    "html_comment": html_comment,
    "url": url,
    "yaml_comment": yaml_comment,
}
# The same names and types come again and again.
FILTERS: Final[dict[str, Callable[..., str]]] = {name: lru_cache(_MOST)(each) for name, each in _FILTERS.items()} | {
    "ch_sql": ch_sql,
    "sql_comment": sql_comment,
    "ksql_literal": ksql_literal,
    "json": to_json,
    "yaml": to_yaml,
    "html": html,
    "markup": markup,
}
