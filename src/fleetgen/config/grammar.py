"""Every key of the configuration and the shape of its value."""

from __future__ import annotations

from typing import Final

from fleetgen.config.shape import Many, Named, Secret, Shape, Switch, Table, Text, Whole, Word
from fleetgen.pipeline import Format, Role
from fleetgen.references import PATTERN as REFERENCE

PLATFORMS: Final = {
    "connect": ("self-managed", "confluent-cloud"),
    "ksql": ("self-managed", "confluent-cloud"),
    "clickhouse": ("embedded", "server", "cluster"),
}
"""The flavours of each service that there are templates for. The first of each is always generated."""

FORMATS: Final = tuple(format.value for format in Format)
"""The formats on the wire, the default first."""

CHARTS: Final = ("time-bar", "bar", "calendar")

_NAME: Final = Text("a name of letters, digits and underscores, no digit first", r"[A-Za-z_][A-Za-z0-9_]*")
_DATABASE: Final = Text(
    "a database's name: letters, digits and underscores, none of ClickHouse's own",
    r"(?!(?:system|information_schema|INFORMATION_SCHEMA)$)[A-Za-z_][A-Za-z0-9_]*",
)
_TITLE: Final = Text(
    "a title of one line, of at most 200 characters", r"(?=[\s\S]*\S)[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{1,200}"
)
_TOPIC: Final = Text(
    "a topic: at most 249 letters, digits, dots, underscores and dashes", r"(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}"
)
_DURATION: Final = Text('a duration such as "7d", "12h", "30m" or "90s"', r"[1-9][0-9]{0,5}[dhms]")
# ClickHouse counts the end of a row's life in a DateTime, which ends in 2106: far more days would expire at once.
_DAYS: Final = Text('whole days such as "90d", at most "9999d"', r"[1-9][0-9]{0,3}d")
_ANY: Final = Text("text")
_COLUMN: Final = Text("the name of a column")
_FIELDS: Final = Many(Text("the name of a field"), 'a list of names such as ["vehicle_id"]')
_COLUMNS: Final = Many(_COLUMN, 'a list of names such as ["vehicle_id"]')
_FORMAT: Final = Word(FORMATS, "a format that is known")
_AGGREGATE: Final = Text('an aggregate such as "count()" or "sum(amount)"')

_SOURCE: Final = Table(
    "a source",
    {
        "kind": Word(("datagen", "none"), "a kind of source"),
        "max-interval": Whole(expects="milliseconds"),
        "iterations": Whole(expects="a whole number"),
        "tasks": Whole(expects="a whole number", most=1000),
    },
)
_STREAM: Final = Table(
    "a stream",
    {
        "role": Word(tuple(role.value for role in Role), "a role"),
        "key": _FIELDS,
        "time": Text("the name of a field"),
        "topic": _TOPIC,
        "format": _FORMAT,
        "partitions": Whole(),
        "retention": _DURATION,
        "ttl": _DAYS,
        "source": _SOURCE,
    },
)
_JOIN: Final = Table(
    "a join",
    {"stream": Text("the name of a stream"), "match": Word(("latest-before", "latest"), "a way to match")},
    ("stream",),
)
_VIEW: Final = Table(
    "a view",
    {
        "name": _NAME,
        "ksql-name": _NAME,
        "from": Text("the name of a stream or view"),
        "join": Many(_JOIN, 'a list of joins such as [{ stream = "..", match = "latest" }]'),
        "rename": Named("a table of columns and their new names", _COLUMN, _NAME),
        "group": _COLUMNS,
        "metrics": Named('a table of aggregates such as { readings = "count()" }', _NAME, _AGGREGATE),
        "having": Text('a condition such as "readings > 1"'),
        "latest": _COLUMNS,
    },
    ("name", "from"),
)
_CHART: Final = Table(
    "a chart",
    {
        "name": _TITLE,
        "kind": Word(CHARTS, "a kind of chart"),
        "view": Text("the name of a stream or view"),
        "dimension": _COLUMN,
        "metric": _AGGREGATE,
        "time": _COLUMN,
        "limit": Whole(most=10_000),
    },
    ("name", "kind", "view"),
)

# A password in an address is a secret in the file: it has a key of its own, or is a reference.
_NO_PASSWORD: Final = r"(?!\S*://[^/@\s]*:(?!\$\{env:)[^/@\s]*@)"
_URL: Final = Text(
    "an address such as https://host:8443, without a password in it",
    rf"{_NO_PASSWORD}(?:https?://|(?={REFERENCE}))[^\s@]+",
    hidden=True,
)
_URI: Final = Text(
    "an address such as clickhousedb://user:${env:NAME}@host:8443/database",
    rf"{_NO_PASSWORD}(?:clickhousedb(?:\+connect)?://|(?={REFERENCE}))\S+",
    hidden=True,
)
_OPEN: Final = Text("text", hidden=True)
_ACCOUNT: Final = Text(
    "a service account such as sa-12abc, or a reference", rf"sa-[A-Za-z0-9]+|{REFERENCE}", hidden=True
)
_SECRET: Final = Secret()
_LOGIN: Final[dict[str, Shape]] = {"url": _URL, "user": _OPEN, "password": _SECRET}

_PROFILE: Final = Table(
    "a profile",
    {
        "ingest": Word(("push", "kafka", "connect"), "a way of ingesting"),
        "protected": Switch(),
        "kafka": Table(
            "kafka",
            {
                "bootstrap": _OPEN,
                "user": _OPEN,
                "password": _SECRET,
                "registry": Table("a registry", _LOGIN, ("url",)),
                "options": Named("a table of librdkafka's options", _ANY, _OPEN),
            },
            ("bootstrap",),
        ),
        "connect": Table(
            "connect",
            {
                "platform": Word(PLATFORMS["connect"], "a platform of Connect"),
                **_LOGIN,
                "via": Word(("rest", "ksql"), "an owner of connectors"),
                "service-account": _ACCOUNT,
            },
            ("url",),
        ),
        "ksql": Table("ksql", {"platform": Word(PLATFORMS["ksql"], "a platform of ksqlDB"), **_LOGIN}, ("url",)),
        "clickhouse": Table(
            "clickhouse",
            {
                "platform": Word(PLATFORMS["clickhouse"], "a platform of ClickHouse"),
                "path": Text("a folder", hidden=True),
                **_LOGIN,
            },
        ),
        "preset": Table(
            "preset",
            {
                **_LOGIN,
                "team": _OPEN,
                "workspace": _OPEN,
                "token": _SECRET,
                "secret": _SECRET,
                "clickhouse-url": _URI,
            },
        ),
    },
)

SEVERITIES: Final = ("off", "warning", "error")

_CODE: Final = Text("the code of a finding, such as FG209", r"FG[0-9]{3}")
_IGNORE: Final = Table(
    "an ignore",
    {
        "code": _CODE,
        "path": Text('a path such as "schemas/x.avsc"; * stands for anything'),
        "field": Text('a field such as "stream.field", or a stream'),
        "reason": Text("a reason of at least a few letters", r"(?=(?:[\s\S]*\S){3})[\s\S]{3,1000}"),
    },
    ("code", "reason"),
)

CONFIGURATION: Final = Table(
    "the configuration",
    {
        "database": _DATABASE,
        "format": _FORMAT,
        "streams": Named("a table of streams ([streams.NAME])", _ANY, _STREAM),
        "views": Many(_VIEW, "a list of views ([[views]])", least=0),
        "charts": Many(_CHART, "a list of charts ([[charts]])", least=0),
        "profiles": Named(
            "a table of profiles ([profiles.NAME])",
            Text("a profile's name: letters, digits, - and _", r"[A-Za-z0-9_-]+"),
            _PROFILE,
        ),
        "lint": Named("a table of codes, each off, warning or error", _CODE, Word(SEVERITIES, "a severity")),
        "ignore": Many(_IGNORE, "a list of ignores ([[ignore]])", least=0),
    },
)
