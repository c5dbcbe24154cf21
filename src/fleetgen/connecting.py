"""What a connector's configuration tells, whoever owns it: which values are secret or hidden, and whose it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from fleetgen import filling
from fleetgen.redaction import MASK

CLASS: Final = "connector.class"
ANOTHER: Final = "(another value)"
_SIGNS: Final = ("kafka.topic", "topics", "topic2TableMap", "schema.string")
_MASKED: Final = re.compile(r"\*{2,}|[•●]+")
_SECRET: Final = re.compile(
    r"pass(?:word|phrase|wd)|\bpwd\b|secret|token|credential|jaas|user[._-]?info|private|(?:api|access|account|ssl)[._-]?key"
    r"|keystore\.key|keystore\.certificate|sas[._-]?key",
    re.IGNORECASE,
)
_PLAIN: Final = re.compile(r"\.(?:class|source|mode|enabled?|type|location|algorithm|provider|name)$")
_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def equal(wanted: str, found: str) -> bool:
    """A mask hides any value."""
    return wanted == found or is_masked(found)


def is_masked(text: str) -> bool:
    return _MASKED.fullmatch(text) is not None


def is_secret(key: str) -> bool:
    """Whether a connector's property of that name is not to be shown."""
    return _SECRET.search(key) is not None and _PLAIN.search(key) is None


def secrets(found: Mapping[str, str]) -> Collection[str]:
    """The values of a configuration that are not to be shown, in whatever text they turn up."""
    secret = (text for key, text in found.items() if is_secret(key))
    return [text for text in secret if text.lower() not in ("", "true", "false") and not is_masked(text)]


def fact(key: str, wanted: str | None, found: str, value: Callable[[str], str]) -> str:
    """What is found, without a secret; as it is wanted where it says the same. `value` resolves a reference's key."""
    if wanted is not None:
        reference = filling.reference(wanted)
        if equal(wanted if reference is None else value(reference), found):
            return wanted
        if reference is not None:
            return ANOTHER
    return MASK if is_secret(key) else _LOGIN.sub(MASK, found)


def is_ours(wanted: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether one of the same name is of the same class and about the same stream: one sign of it is enough."""
    if found.get(CLASS) != wanted.get(CLASS):
        return False
    signs = [sign for sign in _SIGNS if sign in wanted]
    about = record(wanted)
    same = any(found.get(sign) == wanted[sign] for sign in signs)
    return not signs or same or (about is not None and about == record(found))


def record(config: Mapping[str, str]) -> tuple[str, str] | None:
    """Namespace and name of the schema that a source sends."""
    try:
        tree: Any = json.loads(config["schema.string"])
        inside, _, name = str(tree["name"]).rpartition(".")
        return inside or str(tree.get("namespace") or ""), name
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
