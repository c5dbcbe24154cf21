"""What the worker says of a configuration before it is sent: every error, and no value that was filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from fleetgen import connecting, filling
from fleetgen.connecting import CLASS
from fleetgen.errors import FleetgenError
from fleetgen.http import HttpError
from fleetgen.redaction import redact
from fleetgen.targets.connect.connector import Connector
from fleetgen.targets.connect.rest import Worker

Fill: TypeAlias = Callable[[Connector], dict[str, str]]
HIDDEN: Final = "(hidden)"
_VALUE: Final = re.compile(r"(?<=Invalid value )(.*?)(?= for configuration ([\w.-]+))", re.DOTALL)


def validate(worker: Worker, connectors: list[Connector], fill: Fill) -> None:
    """Raises FleetgenError with every error of every connector."""
    lines = [line for each in connectors for line in _errors(worker, each, fill(each))]
    if lines:
        raise FleetgenError("\n".join(lines))


def hide(text: str, connector: Connector, filled: Mapping[str, str]) -> str:
    """An error of the worker without the values that were filled in, or that the worker resolved itself.

    It repeats the value that it does not like: shown is what stands in the file.
    """

    def shown(found: re.Match[str]) -> str:
        key = _full(found[2], connector.config)
        return HIDDEN if connecting.is_secret(key) else connector.config.get(key, HIDDEN)

    secret = [filled[key] for key in filled if connecting.is_secret(key)]
    return redact(_VALUE.sub(shown, text), secret)


def hide_any(text: str) -> str:
    """The same of a trace, which does not say what it is about."""
    return _VALUE.sub(HIDDEN, text)


def _full(key: str, config: Mapping[str, str]) -> str:
    """A converter tells of its properties without their prefix."""
    return next((each for each in config if each == key or each.endswith(f".{key}")), key)


def _errors(worker: Worker, connector: Connector, filled: dict[str, str]) -> Iterator[str]:
    kind = connector.config.get(CLASS, "")
    try:
        answer = worker.validate(kind, {"name": connector.name, **filled})
    except HttpError as error:
        if error.status in (400, 404, 500) and kind not in (there := worker.plugins()):
            yield _unknown(connector, kind, there)
            return
        error.args = (hide(str(error), connector, filled),)
        raise
    for each in answer.get("configs") or ():
        yield from _lines(connector, filled, each.get("value") or {})


def _lines(connector: Connector, filled: Mapping[str, str], value: Mapping[str, Any]) -> Iterator[str]:
    key = str(value.get("name"))
    for error in value.get("errors") or ():
        text = hide(str(error), connector, filled)
        wanted = connector.config.get(key, "")
        if filling.reference(wanted) is not None and len(filled[key]) > 1:
            text = text.replace(filled[key], wanted)
        yield (
            f"FG733 error: Kafka Connect refuses connector {connector.name}: {key}: {' '.join(text.split())}\n"
            "  help: nothing was sent; mend the configuration, the profile or the template, and render again"
        )


def _unknown(connector: Connector, kind: str, there: list[str]) -> str:
    return (
        f"FG734 error: Kafka Connect has no connector class {kind}, which {connector.name} needs; it has "
        f"{', '.join(there) or 'none'}\n"
        "  help: nothing was sent; install the plug-in on every worker, as doc/targets/connect.md says"
    )
