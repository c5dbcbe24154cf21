"""Line and column of a value, looked up in the file's text only when there is something to say about it."""

from __future__ import annotations


def locate(text: str, pointer: str) -> tuple[int, int]:
    """Line and column (from 1) of the value at a JSON pointer in JSON text with // comments; of the object it is missing in."""
    raise NotImplementedError


def locate_toml(text: str, pointer: str) -> tuple[int, int]:
    """The same for a key or table in TOML text, `pointer` counted from the document's root."""
    raise NotImplementedError
