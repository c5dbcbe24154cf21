"""Two configurations of one connector: what differs, without a value that could be a secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from fleetgen import filling
from fleetgen.redaction import MASK

ANOTHER: Final = "(another value)"
STATE: Final = "state"
RUNNING: Final = "running"
_CONFIG: Final = "config "
_MASKED: Final = re.compile(r"\*{2,}|[•●]+")
_SECRET: Final = re.compile(
    r"pass(?:word|phrase|wd)|\bpwd\b|secret|token|credential|jaas|user[._-]?info|private|(?:api|access|account|ssl)[._-]?key"
    r"|keystore\.key|keystore\.certificate|sas[._-]?key",
    re.IGNORECASE,
)
_PLAIN: Final = re.compile(r"\.(?:class|source|mode|enabled?|type|location|algorithm|provider|name)$")
_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def facts(config: Mapping[str, str]) -> dict[str, str]:
    """Of a desired connector, its references as they are."""
    return {STATE: RUNNING, **{f"{_CONFIG}{key}": value for key, value in config.items()}}


def config(facts: Mapping[str, str]) -> dict[str, str]:
    """The configuration that facts were made from."""
    return {key.removeprefix(_CONFIG): value for key, value in facts.items() if key.startswith(_CONFIG)}


def live(
    desired: Mapping[str, str], found: Mapping[str, str], value: Callable[[str], str], *, managed: bool
) -> dict[str, str]:
    """The facts of a configuration that is there. `value` resolves what a reference stands for.

    Where it says the same as the desired one, in other words or behind a mask, the fact is the desired one. Managed
    services add keys of their own: there only ours count.
    """
    kept = {key: text for key, text in found.items() if key in desired or not managed}
    return {f"{_CONFIG}{key}": _fact(key, desired.get(key), text, value) for key, text in kept.items()}


def same(filled: Mapping[str, str], found: Mapping[str, str], *, managed: bool) -> bool:
    """Whether a configuration that is there is the one that is to be sent, as far as can be seen."""
    if not managed and found.keys() - filled.keys():
        return False
    return all(key in found and equal(text, found[key]) for key, text in filled.items())


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


def _fact(key: str, wanted: str | None, found: str, value: Callable[[str], str]) -> str:
    if wanted is not None:
        reference = filling.reference(wanted)
        if equal(wanted if reference is None else value(reference), found):
            return wanted
        if reference is not None:
            return ANOTHER
    return MASK if is_secret(key) else _LOGIN.sub(MASK, found)
