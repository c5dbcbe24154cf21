"""The one Jinja environment. Templates place what Python decided; values enter through the filters of `quoting`."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, Final, TypeAlias

import jinja2
from jinja2.loaders import split_template_path

from fleetgen import quoting
from fleetgen.bytecode import Bytecode
from fleetgen.errors import FleetgenError
from fleetgen.places import bundled

Read: TypeAlias = Callable[[str], bytes | None]
"""The content of a project's file by its relative path; None if there is none."""

# What an expression in a template can raise; anything else is a bug of ours and keeps its traceback.
_FAILURES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_COMPARE: Final = "compare it with the template of the same name that comes with fleetgen"


class _Environment(jinja2.Environment):
    """Globals as a plain dict: Jinja's own chain of maps is copied, key by key, for each text that is made."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class _Foreign(Exception):
    """A template that did not come with fleetgen is about to run outside the sandbox."""


class Templates:
    """Renders templates by name: the project's own first, then the bundled ones, file by file.

    From the first one on that is other than bundled, all run in Jinja's sandbox: `check` runs on what others propose.
    Importing the sandbox and calling through it costs a sixth of a cold check, which bundled templates need not pay.
    `own`: the names of those used so far that are other than bundled, and what `read` gave for them.
    """

    def __init__(self, read: Read | None = None) -> None:
        self.own: dict[str, bytes] = {}
        self._read = read
        self._environment = self._prepare(_Environment, Bytecode("plain"))

    def render(self, name: str, /, **context: Any) -> str:
        """The text of a template.

        Raises FleetgenError with template and line for a syntax error, an undefined name or a failing expression.
        """
        try:
            return self._render(name, context)
        except jinja2.TemplateNotFound as error:
            message = f"templates/{name}: FG601 error: there is no template {error.name!r}"
            help = "a template is included by its path below templates/, as clickhouse/table.sql.jinja"
            raise FleetgenError(f"{message}\n  help: {help}") from error
        except jinja2.TemplateSyntaxError as error:
            where = error.name or name
            message = f"templates/{where}:{error.lineno}: FG602 error: {error.message}"
            raise FleetgenError(f"{message}\n  help: mend the template's Jinja; {_COMPARE}") from error
        except _FAILURES as error:
            message = f"{_where(error, name)}: FG603 error: {_reason(error)}"
            raise FleetgenError(f"{message}\n  help: {_COMPARE}, which shows the names that there are") from error

    def _render(self, name: str, context: dict[str, Any]) -> str:
        try:
            return self._environment.get_template(name).render(context)
        except _Foreign:
            from jinja2.sandbox import ImmutableSandboxedEnvironment

            self._environment = self._prepare(ImmutableSandboxedEnvironment, Bytecode("sandboxed"))
            return self._environment.get_template(name).render(context)

    def _prepare(self, kind: type[jinja2.Environment], cache: Bytecode) -> jinja2.Environment:
        environment = kind(
            loader=jinja2.FunctionLoader(self._load),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # the outputs are not HTML; the report escapes through its own filter
            bytecode_cache=cache,
            auto_reload=False,
        )
        environment.filters.update(quoting.FILTERS)
        return environment

    def _load(self, name: str) -> tuple[str, str, None] | None:
        below = split_template_path(name)  # refuses `..`, also in an include
        own = self._read(f"templates/{name}") if self._read else None
        original = _content("/".join((str(bundled()), *below)))
        if own is None:
            own = original
        if own is None:
            return None
        if own != original:
            self.own[name] = own
            if not self._environment.sandboxed:
                raise _Foreign
        try:
            return own.decode(), f"templates/{name}", None
        except UnicodeDecodeError as error:
            message = f"templates/{name}: FG604 error: is not UTF-8: {error.reason}"
            raise FleetgenError(f"{message}\n  help: save the template as UTF-8") from error


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return None


def _where(error: Exception, name: str) -> str:
    """The innermost template frame of a traceback, as templates/NAME:LINE."""
    import traceback  # 2 ms that a template which works does not need

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("templates/")]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else f"templates/{name}"


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, jinja2.UndefinedError) else f"{type(error).__name__}: {error}"
