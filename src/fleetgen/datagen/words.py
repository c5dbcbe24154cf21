"""Words for strings that nothing is said about: two of them, so that a column of them looks like names."""

from __future__ import annotations

from typing import Final

_FIRST: Final = (
    "amber azure brisk calm clear coral crisp dusty early fresh gentle golden grand green hidden jolly"
    " keen light lucky mellow misty noble plain quick quiet rapid silver snowy solid sunny swift warm"
)
_SECOND: Final = (
    "arch bay bridge brook canyon cape cliff coast creek dale delta field fjord forest garden grove"
    " harbor hill island lake meadow mesa moor park pass peak plaza point ridge river shore valley"
)

WORDS: Final = tuple(f"{first} {second}" for first in _FIRST.split() for second in _SECOND.split())
