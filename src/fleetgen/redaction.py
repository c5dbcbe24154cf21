"""Secrets taken out of a text before anybody sees it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from fleetgen.errors import FleetgenError

_SECRET: Final = re.compile(r"(?:^|[.-])(?:password|secret|token|pem|user-info|login-url)$")
MASK: Final = "(secret)"


def is_secret(key: str) -> bool:
    """Whether a profile's value of that key ("kafka.password", "kafka.options.ssl.key.pem") is a secret."""
    return _SECRET.search(key) is not None


def secrets(values: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets of a profile, as far as they are set, and its logins as Basic authentication has them."""
    found = []
    for key in values:
        if is_secret(key):
            try:
                found.append(values[key])
                found += _login(values, key)
            except FleetgenError:  # a variable that is not set is told when it is needed
                continue
    return tuple(found)


def _login(values: Mapping[str, str], key: str) -> list[str]:
    service, _, part = key.rpartition(".")
    user = f"{service}.user"
    if part != "password" or user not in values:
        return []
    return [base64.b64encode(f"{values[user]}:{values[key]}".encode()).decode()]


def redact(text: str, secrets: Iterable[str]) -> str:
    """Each secret masked, also as JSON, an address, SQL or Basic authentication would write it; "" masks nothing."""
    written = {form for secret in secrets if secret for form in _forms(secret)}
    for form in sorted(written, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (secret.replace("\\", "\\\\").replace("'", "\\'"), secret.replace("'", "''"))
    yield base64.b64encode(secret.encode()).decode()
