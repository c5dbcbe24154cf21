"""ClickHouse text taken apart: statements of a file, and the same text for another database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from fleetgen.quoting import ch_ident

# Whatever is none of these is one character of punctuation. Heredocs ($tag$..$tag$) are ClickHouse's too.
_TOKEN: Final = re.compile(
    r"""(?P<comment>--[^\n]*|\#[ !][^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    |(?P<name>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"|[A-Za-z_]\w*)
    |(?P<space>\s+)
    |(?P<other>\d\w*|.)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(.)|``", re.DOTALL)
# ClickHouse's defaults for one query: 262,144 characters, 50,000 elements of syntax (about 5 characters each, or more).
_MOST_CHARACTERS: Final = 200_000


def statements(text: str) -> list[str]:
    """The statements of a file, without the comments in front of each and without the semicolons."""
    found, current = [], ""
    for kind, token in _tokens(text):
        if token == ";" and kind == "other":
            found.append(current.rstrip())
            current = ""
        elif current or kind not in ("comment", "space"):
            current += token
    found.append(current.rstrip())
    return [statement for statement in found if statement]


def qualify(text: str, database: str, other: str) -> str:
    """The text with `other` wherever it names the database: in front of a dot, or behind CREATE or DROP DATABASE."""
    tokens = list(_tokens(text))
    for number, (kind, token) in enumerate(tokens):
        if kind == "name" and _bare(token) == database and _is_database(tokens, number):
            tokens[number] = (kind, ch_ident(other))
    return "".join(token for _, token in tokens)


def limits(statement: str) -> dict[str, int]:
    """The settings to send with a statement that is longer than ClickHouse takes by default."""
    size = len(statement.encode())
    return {"max_query_size": 2 * size, "max_ast_elements": size} if size > _MOST_CHARACTERS else {}


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        yield ("string" if kind == "tag" else kind), match[0]


def _bare(name: str) -> str:
    quoted = name[0] in '`"'
    return _ESCAPE.sub(lambda match: match[1] or "`", name[1:-1]) if quoted else name


def _is_database(tokens: list[tuple[str, str]], number: int) -> bool:
    before = [token for kind, token in tokens[max(0, number - 12) : number] if kind not in ("space", "comment")]
    after = next((token for kind, token in tokens[number + 1 :] if kind not in ("space", "comment")), "")
    if before[-1:] == ["."]:
        return False
    words = [token.upper() for token in before]
    return (
        after == "."
        or words[-1:] == ["DATABASE"]
        or words[-4:] == ["DATABASE", "IF", "NOT", "EXISTS"]
        or (words[-3:] == ["DATABASE", "IF", "EXISTS"])
    )


def clauses(text: str, words: Iterable[str]) -> dict[str, str]:
    """What follows each of the words (in capitals), outside of parentheses; under "" what comes before the first."""
    found, current, depth = {"": ""}, "", 0
    wanted = set(words)
    for kind, token in _tokens(text):
        depth += {"(": 1, ")": -1}.get(token, 0) if kind == "other" else 0
        if depth == 0 and kind == "name" and token.upper() in wanted:
            current = token.upper()
            found[current] = ""
        else:
            found[current] += token
    return {word: part.strip() for word, part in found.items()}


def items(text: str) -> list[str]:
    """The parts of a list, split at the commas outside of brackets."""
    found, depth = [""], 0
    for kind, token in _tokens(text):
        if kind == "other":
            depth += (token in "([{") - (token in ")]}")
        if token == "," and depth == 0 and kind == "other":
            found.append("")
        else:
            found[-1] += token
    return [part.strip() for part in found if part.strip()]


def words(text: str) -> list[str]:
    """Every token but spaces, comments and parentheses: what is left of two texts that differ in grouping alone."""
    return [token for kind, token in _tokens(text) if kind not in ("space", "comment") and token not in "()"]


def names(text: str) -> list[str]:
    """The names in the text, as they are called, without what quotes them."""
    return [_bare(token) for kind, token in _tokens(text) if kind == "name"]


@lru_cache(1 << 10)
def qualified(text: str) -> tuple[tuple[str, str], ...]:
    """Each `database.table` in the text; also an alias and its column. A plan asks for each statement several times."""
    tokens = [(kind, token) for kind, token in _tokens(text) if kind not in ("space", "comment")]
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return tuple((_bare(a[1]), _bare(b[1])) for a, dot, b in triples if dot[1] == "." and a[0] == b[0] == "name")


def cut(text: str, mark: str) -> tuple[str, str, str]:
    """As str.partition, at the first such punctuation outside of names, literals and comments."""
    tokens = list(_tokens(text))
    at = next((n for n, (kind, token) in enumerate(tokens) if kind == "other" and token == mark), len(tokens))
    before, after = ("".join(token for _, token in part) for part in (tokens[:at], tokens[at + 1 :]))
    return before, mark if at < len(tokens) else "", after
