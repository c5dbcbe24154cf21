"""Compiled templates, kept between runs in the user's cache folder: compiling them is most of a cold start."""

from __future__ import annotations

import os

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from fleetgen import places


class Bytecode(BytecodeCache):
    """A cache that only ever helps: a folder that cannot be read or written is a cache that is empty.

    Jinja's own FileSystemBytecodeCache raises where the folder cannot be made, and has one place for all templates of a
    name: those of several projects and versions would take it from each other. `part` names the kind of environment:
    what one kind compiles does not run in another. It is code: what a commit brings along is never taken for it.
    """

    def __init__(self, part: str) -> None:
        self._folder = places.private(f"templates/{part}", os.getcwd())

    def load_bytecode(self, bucket: Bucket) -> None:
        if self._folder is None:
            return
        try:
            with open(self._file(bucket), "rb") as file:
                bucket.load_bytecode(file)
        except OSError:
            return

    def dump_bytecode(self, bucket: Bucket) -> None:
        if self._folder is None:
            return
        target = self._file(bucket)
        partial = f"{target}.{os.getpid()}"
        try:
            os.makedirs(self._folder, exist_ok=True)
            with open(partial, "wb") as file:
                bucket.write_bytecode(file)
            os.replace(partial, target)
        except OSError:
            return

    def _file(self, bucket: Bucket) -> str:
        return f"{self._folder}/{bucket.key}-{bucket.checksum}"
