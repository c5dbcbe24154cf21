"""Edits of JSON text with comments: only what an edit is about changes, layout and comments stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from fleetgen import positions

_BLANK: Final = " \t"


class Edit(NamedTuple):
    """Replaces text[start:stop]."""

    start: int
    stop: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Edits never overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.stop :]
    return text


def rename(text: str, pointer: str, name: str) -> list[Edit]:
    """Gives the member at a pointer another key; nothing where there is none."""
    span = positions.span(text, pointer)
    if span is None or text[span.key] != '"':
        return []
    stop = positions.literal_end(text, span.key)
    return [Edit(span.key, stop, positions.encode(name))]


def move(text: str, pointer: str, target: str) -> list[Edit]:
    """Takes a member out of its object, and gives it to the type at `target`: an object, or the name of one that
    becomes {"type": name}."""
    member, host = positions.span(text, pointer), positions.span(text, target)
    if member is None or host is None:
        return []
    moved = text[member.key : member.stop]
    if text[host.value] == '"':
        written = f'{{"type": {text[host.value : host.stop]}, {moved}}}'
        return [*_remove(text, pointer), Edit(host.value, host.stop, written)]
    if text[host.value] != "{":
        return []
    return [*_remove(text, pointer), *_append(text, target, moved, _indentation(text, member.key))]


def _append(text: str, target: str, moved: str, before: str) -> list[Edit]:
    """A member after the last one: on a line of its own if that has one, then after a comment that is about it."""
    last = positions.spans(text, target)[-1]
    indentation = _indentation(text, last.key)
    written = _shifted(moved, before, indentation)
    if not _is_first(text, last.key):
        return [Edit(last.stop, last.stop, f", {written}")]
    written = f"{_newline(text)}{indentation}{written}"
    stop = _line_end(text, last.stop)
    at = len(text[:stop].rstrip("\r"))
    closes = positions.blank_comments(text)[last.stop : stop].strip()
    if closes or at <= last.stop or positions.in_comment(text, at):
        return [Edit(last.stop, last.stop, f",{written}")]
    return [Edit(last.stop, last.stop, ","), Edit(at, at, written)]


def _remove(text: str, pointer: str) -> list[Edit]:
    """A member with its comma; with its line or lines if nothing else stands there."""
    blank = positions.blank_comments(text)
    member = positions.span(text, pointer)
    assert member is not None
    siblings = list(positions.spans(text, pointer.rpartition("/")[0]))
    number = next(number for number, each in enumerate(siblings) if each.key == member.key)
    edits, stop = [], member.stop
    if number + 1 < len(siblings):
        comma = blank.index(",", member.stop)
        if text[member.stop : comma].strip():
            edits.append(Edit(comma, comma + 1, ""))  # a comment stands before it
        else:
            stop = comma + 1
    elif number:
        comma = blank.index(",", siblings[number - 1].stop)
        edits.append(Edit(comma, comma + 1, ""))
    return [*edits, _cut(text, member.key, stop, last=number + 1 == len(siblings), comma=edits)]


def _cut(text: str, start: int, stop: int, *, last: bool, comma: list[Edit]) -> Edit:
    line, end = text.rfind("\n", 0, start) + 1, _line_end(text, stop)
    if not text[line:start].strip() and not text[stop:end].strip() and line and end < len(text):
        return Edit(line, end + 1, "")
    if last:
        floor = max((edit.stop for edit in comma), default=0)
        while start > floor and text[start - 1] in _BLANK:
            start -= 1
    else:
        while text[stop : stop + 1] in (" ", "\t"):
            stop += 1
    return Edit(start, stop, "")


def _shifted(value: str, before: str, after: str) -> str:
    """The lines after the first, from one indentation to another."""
    first, *others = value.split("\n")
    return "\n".join([first, *(after + each.removeprefix(before) if each.startswith(before) else each
                               for each in others)])  # fmt: skip


def _indentation(text: str, offset: int) -> str:
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return line[: len(line) - len(line.lstrip(_BLANK))]


def _is_first(text: str, offset: int) -> bool:
    """Whether nothing stands before it on its line."""
    return not text[text.rfind("\n", 0, offset) + 1 : offset].strip()


def _line_end(text: str, offset: int) -> int:
    stop = text.find("\n", offset)
    return len(text) if stop < 0 else stop


def _newline(text: str) -> str:
    stop = text.find("\n")
    return "\r\n" if stop > 0 and text[stop - 1] == "\r" else "\n"
