"""An error as the server tells it."""

from __future__ import annotations

from typing import Any


class Failure(Exception):
    """`text` is the statement that it repeats; None for a generic error, which names none."""

    def __init__(self, http: int, code: int, message: str, text: str | None = None) -> None:
        super().__init__(message)
        self.http, self.code, self.message, self.text = http, code, message, text

    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"error_code": self.code, "message": self.message}
        if self.text is None:
            return {"@type": "generic_error", **told}
        return {"@type": "statement_error", **told, "statementText": self.text, "entities": []}


def bad_statement(message: str, text: str) -> Failure:
    return Failure(400, 40001, message, text)
