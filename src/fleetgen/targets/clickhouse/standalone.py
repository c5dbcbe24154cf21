"""Statements for a cluster, as one engine without macros, ZooKeeper or other servers can run them.

Certain then: columns, types, codecs, keys, TTL, the sharding key, and every view over tables that are read through
Distributed (a table over `remote` is one, here with a single shard). Not tried: what the macros become, the path in
ZooKeeper, and the queue behind ON CLUSTER. A quote inside a literal is escaped, so no literal can look like these.
"""

from __future__ import annotations

import re
from typing import Final

_ON_CLUSTER: Final = re.compile(r"\s+ON\s+CLUSTER\s+'\{cluster\}'")
_REPLICATED: Final = re.compile(r"\bReplicated(\w*MergeTree)\(\s*'[^'\\]*'\s*,\s*'[^'\\]*'\s*(,)?\s*")
_NAME: Final = r"`(?:[^`\\]|\\.)+`"
_DISTRIBUTED: Final = re.compile(rf"(?:\bAS\s+{_NAME}\.{_NAME}\s+)?ENGINE\s*=\s*Distributed\(\s*'\{{cluster\}}'\s*,")


def standalone(statement: str) -> str:
    text = _ON_CLUSTER.sub("", statement)
    text = _REPLICATED.sub(r"\1(", text)
    return _DISTRIBUTED.sub("AS remote('127.0.0.1',", text)
