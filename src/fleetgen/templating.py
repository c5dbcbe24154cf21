"""The one Jinja environment. Templates place what Python decided; values enter only through the filters of `quoting`."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import jinja2

from fleetgen import quoting
from fleetgen.bytecode import Bytecode
from fleetgen.errors import FleetgenError


def bundled() -> Path:
    """A wheel carries templates/ inside the package; a checkout has it at its root."""
    here = Path(__file__).parent
    packaged = here / "templates"
    return packaged if packaged.is_dir() else here.parents[1] / "templates"


# What an expression in a template can raise; anything else is a bug of ours and keeps its traceback.
_FAILURES = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Templates:
    """Renders templates by name: the project's own first, then the bundled ones, file by file."""

    def __init__(self, project: Path | None = None) -> None:
        folders = [folder for folder in (project, bundled()) if folder is not None and folder.is_dir()]
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701 -- the outputs are not HTML; the report escapes through its own filter
            bytecode_cache=Bytecode(),
            auto_reload=False,
        )
        self._environment.filters.update(quoting.FILTERS)

    def render(self, name: str, /, **context: Any) -> str:
        """The text of a template.

        Raises FleetgenError with template and line for a syntax error, an undefined name or a failing expression.
        """
        try:
            return self._environment.get_template(name).render(context)
        except jinja2.TemplateNotFound as error:
            raise FleetgenError(f"templates/{name}: FG601 error: there is no template {error.name!r}") from error
        except jinja2.TemplateSyntaxError as error:
            where = error.name or name
            raise FleetgenError(f"templates/{where}:{error.lineno}: FG602 error: {error.message}") from error
        except _FAILURES as error:
            raise FleetgenError(f"{_where(error, name)}: FG603 error: {_reason(error)}") from error


def _where(error: Exception, name: str) -> str:
    """The innermost template frame of a traceback, as templates/NAME:LINE."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".jinja")]
    if not frames:
        return f"templates/{name}"
    path = Path(frames[-1].filename)
    return f"templates/{'/'.join(path.parts[path.parts.index('templates') + 1 :])}:{frames[-1].lineno}"


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, jinja2.UndefinedError) else f"{type(error).__name__}: {error}"


