"""What a worker finds wrong with a configuration, in its own words and order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.connect_plugins import CONVERTERS, PREDICATES, RECORDED, TRANSFORMS, VERSION, Definition, Plugin

_WHOLE: Final = frozenset({"INT", "LONG", "SHORT"})
_REFERENCE: Final = re.compile(r"\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}")


class Broken(Exception):
    """What a worker answers instead of a validation."""

    def __init__(self, status: int, message: str, *, missing_file: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.missing_file = missing_file


@dataclass(slots=True)
class Value:
    definition: Definition
    value: str | None
    errors: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        name = self.definition["name"]
        shown = self.value if self.definition["type"] != "PASSWORD" or self.value is None else "[hidden]"
        value = {"name": name, "value": shown, "recommended_values": [], "errors": self.errors, "visible": True}
        return {"definition": {**self.definition, "documentation": ""}, "value": value}


@dataclass(frozen=True, slots=True)
class Providers:
    """What references give: `${env:NAME}` and `${file:PATH:KEY}`, as far as the worker was told."""

    env: Mapping[str, str]
    file: Mapping[str, Mapping[str, str]]

    def resolve(self, text: str) -> str:
        """What no provider knows stays as it is. Raises Broken for a file that is not there."""
        return _REFERENCE.sub(self._one, text)

    def _one(self, found: re.Match[str]) -> str:
        provider, path, key = found[1], found[3], found[4]
        if provider == "env" and path is None:
            return self.env.get(key, found[0])
        if provider != "file":
            return found[0]
        if path not in self.file:
            raise Broken(500, f"Could not read properties from file {path}", missing_file=True)
        return self.file[path].get(key, found[0])


def find(plugins: Sequence[Plugin], config: Mapping[str, str]) -> Plugin:
    """The connector's class. Raises Broken if the configuration names none that is known."""
    name = config.get("connector.class")
    if name is None:
        whole = ", ".join(f"{key}={value}" for key, value in config.items())
        raise Broken(400, f"Connector config {{{whole}}} contains no connector type")
    for plugin in plugins:
        if name in plugin.names:
            return plugin
    known = ", ".join(f"PluginDesc{{klass=class {plugin.name}}}" for plugin in plugins)
    message = f"Failed to find any class that implements Connector and which name matches {name}, available connectors"
    raise Broken(400, f"{message} are: {known}")


def validate(plugin: Plugin, sent: Mapping[str, str], providers: Providers) -> list[Value]:
    """Every defined key with its value and what is wrong with it. Raises Broken for a file that is not there."""
    config = {key: providers.resolve(value) for key, value in sent.items()}
    common = () if plugin.managed else RECORDED[plugin.type]
    values = [_value(definition, config) for definition in (*common, *plugin.definitions)]
    by_name = {value.definition["name"]: value for value in values}
    if not plugin.managed:
        values += _steps("transforms", TRANSFORMS, config)
        values += _steps("predicates", PREDICATES, config)
        values += _converter("key.converter", config, by_name)
        values += _converter("value.converter", config, by_name)
        for rule in (*_RULES[plugin.type], *([_datagen] if "schema.string" in by_name else [])):
            rule(config, by_name)
    return values


def groups(values: Sequence[Value]) -> list[str]:
    return list(dict.fromkeys(value.definition["group"] for value in values if value.definition["group"] is not None))


def _value(definition: Definition, config: Mapping[str, str], prefix: str = "") -> Value:
    key = definition["name"]
    own = key.removeprefix(prefix)
    if key not in config:
        missing = [f'Missing required configuration "{key}" which has no default value.']
        return Value(definition, definition["default_value"], missing if definition["required"] else [])
    text = config[key]
    if definition["type"] in _WHOLE and not re.fullmatch(r"\s*[+-]?\d+\s*", text):
        return Value(
            definition,
            None,
            [f"Invalid value {text} for configuration {own}: Not a number of type {definition['type']}"],
        )
    if definition["type"] == "BOOLEAN" and text.lower() not in ("true", "false"):
        return Value(
            definition,
            None,
            [f"Invalid value {text} for configuration {own}: Expected value to be either true or false"],
        )
    return Value(definition, text)


def _steps(kind: str, known: Mapping[str, Sequence[Definition]], config: Mapping[str, str]) -> Iterator[Value]:
    """The definitions that transforms or predicates bring along: a step's class first, then what the class takes."""
    for alias in filter(None, (part.strip() for part in config.get(kind, "").split(","))):
        prefix = f"{kind}.{alias}."
        group = f"{kind.capitalize()}: {alias}"
        named = config.get(f"{prefix}type")
        found = known.get(named or "")
        for definition in RECORDED["transform"]:
            value = _value(_prefixed(definition, prefix, group), config)
            if definition["name"] == "plugin.version":
                value.value = None if found is None else VERSION
                value.definition = {**value.definition, "default_value": value.value}
            elif found is None and named is not None:
                value.value = None
                value.errors.append(_not_found(named, value.definition["name"]))
            yield value
        for definition in found or ():
            value = _value(_prefixed(definition, prefix, group), config)
            if definition["name"] == "spec" and value.value is None:
                value.errors.append("Must specify at least one field to cast.")
            yield value


def _prefixed(definition: Definition, prefix: str, group: str | None) -> Definition:
    return {**definition, "name": prefix + definition["name"], "group": group}


def _not_found(name: str, key: str) -> str:
    return f"Invalid value {name} for configuration {key}: Class {name} could not be found."


def _converter(key: str, config: Mapping[str, str], by_name: Mapping[str, Value]) -> Iterator[Value]:
    """Only a converter that the connector names itself brings its definitions along."""
    if key not in config:
        return
    found = CONVERTERS.get(config[key])
    if found is None:
        by_name[key].value = None
        by_name[key].errors.append(_not_found(config[key], key))
        by_name[f"{key}.plugin.version"].value = None
        return
    kind = key.partition(".")[0]
    asked = {**config, f"{key}.converter.type": kind}
    for definition in found:
        yield _value(_prefixed(definition, f"{key}.", definition["group"]), asked, f"{key}.")


def _tasks(config: Mapping[str, str], by_name: Mapping[str, Value]) -> None:
    tasks = by_name["tasks.max"]
    if tasks.value is None:
        tasks.errors.append("Invalid value null for configuration tasks.max: Value must be non-null")
    elif int(tasks.value) < 1:
        tasks.errors.append(f"Invalid value {tasks.value} for configuration tasks.max: Value must be at least 1")


def _tolerance(config: Mapping[str, str], by_name: Mapping[str, Value]) -> None:
    tolerance = by_name["errors.tolerance"]
    if tolerance.value not in ("all", "none"):
        what = f"Invalid value {tolerance.value} for configuration errors.tolerance"
        tolerance.errors.append(f"{what}: String must be one of: none, all")


def _topics(config: Mapping[str, str], by_name: Mapping[str, Value]) -> None:
    topics, pattern = config.get("topics", ""), config.get("topics.regex", "")
    wrong: str | None = None
    if topics and pattern:
        wrong = "topics and topics.regex are mutually exclusive options, but both are set."
    elif not topics and not pattern:
        wrong = "Must configure one of topics or topics.regex"
    if wrong:
        by_name["topics"].errors.append(wrong)
        by_name["topics.regex"].errors.append(wrong)
    letters = config.get("errors.deadletterqueue.topic.name")
    if letters and letters in (listed := [topic.strip() for topic in topics.split(",")]):
        names = ", ".join(listed)
        what = f"The DLQ topic '{letters}' may not be included in the list of topics ('topics=[{names}]')"
        by_name["topics"].errors.append(f"{what} consumed by the connector")


def _datagen(config: Mapping[str, str], by_name: Mapping[str, Value]) -> None:
    """What Datagen asks of its schema, which may come from one of three keys."""
    sources = ("schema.string", "schema.filename", "quickstart")
    if sum(config.get(source, "") != "" for source in sources) != 1:
        for source in sources:
            by_name[source].errors.append(f"Must set exactly one of {', '.join(sources)}")
    if config.get("schema.filename"):
        by_name["schema.filename"].errors.append("Unable to parse the provided schema")
    if text := config.get("schema.string"):
        fields = _fields(text)
        if fields is None:
            by_name["schema.string"].errors.append("Unable to parse the provided schema")
        elif (key := config.get("schema.keyfield")) and key not in fields:
            what = "The schema does not contain the field provided in 'schema.keyfield'"
            by_name["schema.keyfield"].errors.append(what)


def _fields(text: str) -> list[str] | None:
    """The names of a record's fields; None if the text is no record."""
    try:
        return [field["name"] for field in json.loads(text)["fields"]]
    except (ValueError, KeyError, TypeError):
        return None


_Rule = Callable[[Mapping[str, str], Mapping[str, Value]], None]
_RULES: Final[Mapping[str, tuple[_Rule, ...]]] = {
    "source": (_tasks, _tolerance),
    "sink": (_tasks, _tolerance, _topics),
}
