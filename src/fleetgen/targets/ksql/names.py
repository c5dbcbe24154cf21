"""Names as ksqlDB reads them: unquoted and folded to upper case, unless that would lose something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from fleetgen.quoting import ksql_quoted

RESERVED: Final = frozenset(
    """
    advance all and as at beginning between by case cast catalog connector connectors create days decimal delete
    describe distinct drop else end exists export extended false from full group having hopping hours in inner insert
    into is join left like limit list load materialized millisecond milliseconds minutes months namespace not null on
    or outer pause print properties queries query rename resume retention right run sample script seconds select size
    stream streams table terminate then to topic topics true tumbling unset values view when where window with within
    years
    """.upper().split()
)
"""Every word that is no identifier without quotes; all others are, also date, key, map, type and the like."""

PSEUDO: Final = frozenset({"ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND"})
"""No column may be called so, in backticks neither; in lower case and in backticks it may."""

_PLAIN: Final = r"[0-9]*[A-Z_][A-Z0-9_@]*"


def spell(names: Iterable[str]) -> dict[str, str]:
    """Each name of one scope as it is written there.

    A reserved word is quoted in upper case, so that JSON in any case still meets it; names that differ by case alone
    are quoted as they are.
    """
    names = list(names)
    folded = Counter(name.upper() for name in set(names))
    return {name: ksql_quoted(name) if folded[name.upper()] > 1 else word(name) for name in names}


def word(name: str) -> str:
    """One name, in a scope where no other one folds to the same."""
    folded = name.upper()
    if folded in PSEUDO or not (name.isascii() and name.isidentifier()):
        return ksql_quoted(name)
    return ksql_quoted(folded) if folded in RESERVED else name


def printed(name: str) -> str:
    """A name as a server has it, written so that it reads the same one."""
    return name if re.fullmatch(_PLAIN, name) and name not in RESERVED else f"`{name.replace('`', '``')}`"


def is_source(name: str) -> bool:
    """Whether a stream or table may be called so, in backticks or not."""
    return name.isascii() and (name.replace("_", "a").replace("-", "a")).isalnum()
