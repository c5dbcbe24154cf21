"""A large project's schemas, made up but realistic: the same for the same seed.

    python tests/benchmarks/schemas.py FOLDER [--count 1000] [--seed 0]

writes FOLDER/schemas/*.avsc, about 3.5 kB each, as people write them: indented, documented, partly annotated, with
nested records, enums, unions, arrays, maps, decimals, times, defaults and aliases.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any


def _words(text: str) -> list[str]:
    return text.split()


_SUBJECTS: Final = _words("""
    account address alarm battery booking cargo contract customer delivery depot device driver engine event fault
    fleet fuel invoice item journey location maintenance meter order parcel payment pump refund rental route sensor
    session shift shipment station stock tank ticket tyre user vehicle visit warehouse zone
""")
_HAPPENINGS: Final = _words("""
    accepted added assigned cancelled changed checked closed completed confirmed created delayed detected ended
    entered expired failed finished issued left loaded measured moved opened paid planned recorded refused rejected
    removed reported requested resumed scheduled sent started stopped transferred updated verified
""")
_PARTS: Final = _words("""
    amount average balance capacity category channel class code comment cost count country currency description
    direction distance duration grade height humidity id index kind label latitude length level limit longitude mass
    mode model name number origin owner phase position power pressure price priority quantity range rate reason
    reference region result score sequence side size source speed state status step target temperature total type
    unit value version voltage volume weight width
""")
_STATES: Final = _words("""
    NEW OPEN ACTIVE IDLE PAUSED BLOCKED CLOSED EXPIRED FAILED UNKNOWN PENDING DONE
""")
_SENTENCES: Final = (
    "The {0} {1} as the {2} reports it.",
    "The {1} of the {0}, in the unit of the {2}.",
    "How the {2} knows the {0}; the {1} never changes once it was sent.",
    "Which {1} the {0} had when the message was sent. Empty while the {2} is not known.",
    "Set by the {2} only: the {1} of a {0} that is not yet confirmed.",
)
_LOGICAL: Final[tuple[tuple[str, str], ...]] = (
    ("long", "timestamp-millis"),
    ("long", "timestamp-micros"),
    ("int", "date"),
    ("int", "time-millis"),
    ("long", "time-micros"),
    ("string", "uuid"),
    ("long", "local-timestamp-millis"),
)
_DEEPEST: Final = 3


class Author:
    """Writes schemas one after the other."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._named = 0

    def schema(self, number: int) -> Json:
        """A record of 6 to 17 fields; its name is its own."""
        subject, happening = self._pick(_SUBJECTS), self._pick(_HAPPENINGS)
        record: dict[str, Json] = {
            "type": "record",
            "name": f"{subject}_{happening}_{number:04}",
            "namespace": f"com.example.{subject}.v{self._random.randint(1, 3)}",
            "doc": self._sentence(),
        }
        if self._chance(0.1):
            record["aliases"] = [f"{subject}_{happening}_old"]
        key = {"name": f"{subject}_id", "type": self._annotated("long", {"range": {"min": 1, "max": 99_999}})}
        when = {"name": "happened_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
        names = self._random.sample(_PARTS, self._random.randint(4, 15))
        return {**record, "fields": [key, when, *(self._field(name, 0) for name in names)]}

    def _field(self, name: str, depth: int) -> Json:
        field: dict[str, Json] = {"name": name, "type": self._type(name, depth)}
        if self._chance(0.8):
            field["doc"] = self._sentence()
        if self._chance(0.3) and not isinstance(field["type"], list):
            field["type"], field["default"] = ["null", field["type"]], None
        return field

    def _type(self, name: str, depth: int) -> Json:
        kinds: list[tuple[Callable[[str, int], Json], int]] = [
            (self._plain, 46),
            (self._number, 14),
            (self._options, 8),
            (self._logical, 10),
            (self._decimal, 4),
            (self._enum, 7),
            (self._fixed, 1),
        ]
        if depth < _DEEPEST:
            kinds += [(self._array, 5), (self._map, 2), (self._record, 6)]
        if depth == 0:
            kinds.append((self._union, 2))
        write = self._random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        return write(name, depth)

    def _plain(self, name: str, depth: int) -> Json:
        return self._pick(("string", "string", "string", "int", "long", "double", "double", "boolean", "float"))

    def _number(self, name: str, depth: int) -> Json:
        low = self._random.randint(-100, 100)
        return self._annotated(
            self._pick(("int", "long", "double")), {"range": {"min": low, "max": low + self._random.randint(1, 9_999)}}
        )

    def _options(self, name: str, depth: int) -> Json:
        options = [f"{name}_{number}" for number in range(1, self._random.randint(3, 9))]
        return self._annotated("string", {"options": options})

    def _logical(self, name: str, depth: int) -> Json:
        base, logical = self._pick(_LOGICAL)
        return {"type": base, "logicalType": logical}

    def _decimal(self, name: str, depth: int) -> Json:
        precision = self._random.randint(6, 20)
        scale = self._random.randint(0, 4)
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}

    def _enum(self, name: str, depth: int) -> Json:
        symbols = self._random.sample(_STATES, self._random.randint(2, 7))
        return {"type": "enum", "name": self._own(name), "symbols": symbols, "default": symbols[0]}

    def _fixed(self, name: str, depth: int) -> Json:
        return {"type": "fixed", "name": self._own(name), "size": self._pick((4, 8, 16, 32))}

    def _array(self, name: str, depth: int) -> Json:
        return {"type": "array", "items": self._type(name, depth + 1)}

    def _map(self, name: str, depth: int) -> Json:
        return {"type": "map", "values": self._type(name, depth + 1)}

    def _record(self, name: str, depth: int) -> Json:
        names = self._random.sample(_PARTS, self._random.randint(2, 5))
        fields = [self._field(each, depth + 1) for each in names]
        return {"type": "record", "name": self._own(name), "doc": self._sentence(), "fields": fields}

    def _union(self, name: str, depth: int) -> Json:
        return ["null", *self._random.sample(("string", "long", "double", "boolean"), 2)]

    def _annotated(self, type: str, meaning: dict[str, Json]) -> Json:
        return {"type": type, "arg.properties": meaning}

    def _own(self, name: str) -> str:
        self._named += 1
        return f"{name.capitalize()}{self._named}"

    def _sentence(self) -> str:
        words = (self._pick(_SUBJECTS), self._pick(_PARTS), self._pick(_SUBJECTS))
        return str(self._pick(_SENTENCES)).format(*words)

    def _pick(self, choices: Any) -> Any:
        return self._random.choice(choices)

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability


def write(folder: Path, count: int = 1000, seed: int = 0) -> int:
    """The schemas as files below folder/schemas. Returns their size in bytes."""
    author = Author(seed)
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    size = 0
    for number in range(count):
        schema = author.schema(number)
        text = json.dumps(schema, indent=2) + "\n"
        (folder / "schemas" / f"{schema['name']}.avsc").write_text(text)
        size += len(text)
    return size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{write(options.folder, options.count, options.seed):,} bytes in {options.count} schemas")
