"""explain."""

from __future__ import annotations

import click

from fleetgen import explanations
from fleetgen.cli import options, show


@click.command()
@click.argument("code", required=False)
@options.output("text", "json")
@options.common
def explain(*, code: str | None, output: str, profile: str, quiet: bool, verbose: bool, no_input: bool) -> None:
    """What the finding CODE means and how to mend it. Without CODE: all of them by title."""
    known = explanations.load()
    if code is None and output == "json":
        show.data([{"code": each.code, "title": each.title} for each in known.values()])
    elif code is None:
        for each in known.values():
            click.echo(f"{each.code} {each.title}")
    else:
        _explain(known[_choose(code, known)], output)


def _explain(entry: explanations.Explanation, output: str) -> None:
    if output == "json":
        show.data({"code": entry.code, "title": entry.title, "text": entry.text})
    else:
        click.echo(f"{entry.code} {entry.title}\n\n{entry.text}")


def _choose(code: str, known: dict[str, explanations.Explanation]) -> str:
    """The code as it is spelt; `fg203` and `203` will do. Raises UsageError with the nearest for an unknown one."""
    spelt = code.upper()
    spelt = spelt if spelt.startswith("FG") else f"FG{spelt}"
    if spelt in known:
        return spelt
    raise click.UsageError(
        f"there is no finding {code!r}. Did you mean {_nearest(spelt, known)}? `fleetgen explain` lists them all."
    )


def _nearest(spelt: str, known: dict[str, explanations.Explanation]) -> str:
    number = spelt.removeprefix("FG").translate(str.maketrans("OIL", "011"))
    if number.isascii() and number.isdigit():
        return min(known, key=lambda code: abs(int(code[2:]) - int(number[:9])))
    from difflib import get_close_matches

    return get_close_matches(spelt, known, 1, cutoff=0)[0]
