"""Secrets are known by their keys, and taken out of texts in every form that a text may have them."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetgen import redaction
from fleetgen.config.values import ProfileValues
from fleetgen.profile import ClickHouse, Connect, Kafka, Ksql, Preset, Profile, Registry
from fleetgen.quoting import ch_string, ksql_string, to_json

SECRETS = st.text(min_size=3).filter(lambda text: text.strip() != "" and text not in redaction.MASK)
EVERYTHING = Profile(
    "all",
    kafka=Kafka(
        "b", "u", "s1", Registry("r", "u", "s2"), {"ssl.key.password": "s3", "ssl.key.pem": "s4", "linger.ms": "5"}
    ),
    connect=Connect("self-managed", "u", "u", "s5"),
    ksql=Ksql("self-managed", "u", "u", "s6"),
    clickhouse=ClickHouse("server", url="http://h", user="u", password="s7"),
    preset=Preset("u", "u", "s8", token="s9", secret="s10"),
)  # fmt: skip


def test_every_secret_of_a_profile_is_known() -> None:
    found = set(redaction.secrets(ProfileValues(EVERYTHING, {})))
    assert {f"s{number}" for number in range(1, 11)} <= found
    assert {"u", "b", "5", "http://h"}.isdisjoint(found)
    assert "u:s2" in found
    assert {base64.b64encode(f"u:s{number}".encode()).decode() for number in (1, 2, 5, 6, 7, 8)} <= found


def test_a_variable_that_is_not_set_is_no_secret_yet() -> None:
    profile = Profile("p", connect=Connect("self-managed", "u", "u", "${env:UNSET}"))
    assert redaction.secrets(ProfileValues(profile, {})) == ()


def test_an_empty_secret_masks_nothing() -> None:
    assert redaction.redact("all of it", ["", ""]) == "all of it"


@pytest.mark.parametrize(
    ("secrets", "text", "told"),
    [
        (["abc"], "an abc here", "an (secret) here"),
        (["abc", "abcdef"], "abcdef abc", "(secret) (secret)"),
        (["a'b"], "PASSWORD 'a\\'b' or 'a''b'", "PASSWORD '(secret)' or '(secret)'"),
    ],
)
def test_secrets_are_masked(secrets: list[str], text: str, told: str) -> None:
    assert redaction.redact(text, secrets) == told


@given(SECRETS.filter(lambda text: not any(0xD800 <= ord(c) <= 0xDFFF for c in text)))
def test_a_secret_is_found_however_it_is_written(secret: str) -> None:
    forms = [
        secret, json.dumps(secret)[1:-1], to_json(secret)[1:-1], quote(secret, safe=""), quote_plus(secret),
        ksql_string(secret)[1:-1], base64.b64encode(secret.encode()).decode(),
    ]  # fmt: skip
    for form in forms:
        assert form not in redaction.redact(f"[{form}]", [secret]).replace(redaction.MASK, "")


@given(SECRETS.filter(str.isprintable))
def test_a_printable_secret_is_found_in_clickhouses_sql(secret: str) -> None:
    form = ch_string(secret)[1:-1]
    assert form not in redaction.redact(f"[{form}]", [secret]).replace(redaction.MASK, "")
