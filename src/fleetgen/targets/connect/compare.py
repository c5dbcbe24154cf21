"""Two configurations of one connector: what differs, without a value that could be a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from fleetgen import connecting

STATE: Final = "state"
RUNNING: Final = "running"
_CONFIG: Final = "config "


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
    return {f"{_CONFIG}{key}": connecting.fact(key, desired.get(key), text, value) for key, text in kept.items()}


def same(filled: Mapping[str, str], found: Mapping[str, str], *, managed: bool) -> bool:
    """Whether a configuration that is there is the one that is to be sent, as far as can be seen."""
    if not managed and found.keys() - filled.keys():
        return False
    return all(key in found and connecting.equal(text, found[key]) for key, text in filled.items())
