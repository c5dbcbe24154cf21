"""A real browser, the distribution's Chromium, that looks at a dashboard. It reaches nothing but this machine."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Response, sync_playwright

_FLAGS: Final = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
_SETTLED: Final = """count => document.querySelectorAll('.dashboard-chart').length >= count
  && !document.querySelector(".loading, [data-test='loading-indicator']")"""
_ALERTS: Final = "[...document.querySelectorAll('[role=alert]')].map(each => each.innerText)"
# What a chart is drawn on: a canvas with paint on it, cells of a calendar, a table, or a big number.
_DRAWN: Final = """[...document.querySelectorAll('.dashboard-chart')].filter(chart =>
  [...chart.querySelectorAll('canvas')].some(canvas => canvas.width && canvas.height
    && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(each => each))
  || chart.querySelector('svg rect, table, .header-line')
).map(chart => chart.closest('.dashboard-component-chart-holder').querySelector('.header-title').innerText)"""
_ANIMATION: Final = 1500  # milliseconds


@dataclass(frozen=True, slots=True)
class Seen:
    """The titles of the charts that are drawn, the texts of alerts, and requests of charts that failed."""

    drawn: tuple[str, ...]
    alerts: tuple[str, ...]
    failed: tuple[str, ...]
    filters: tuple[str, ...]


def why_not() -> str | None:
    return None if shutil.which("chromium") else "the browser needs chromium (and playwright)"


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        try:
            yield opened
        finally:
            opened.close()


def look(opened: Browser, url: str, cookie: str, charts: int, picture: Path | None = None, height: int = 1500) -> Seen:
    """Open a dashboard and wait until `charts` charts stand there; the picture is a PNG of the page."""
    failed: list[str] = []

    def note(answer: Response) -> None:
        if answer.status >= 400 and "/api/v1/chart" in answer.url:
            failed.append(f"{answer.status} {answer.url}")

    context = opened.new_context(viewport={"width": 1400, "height": height})
    try:
        context.add_cookies([{"name": "session", "value": cookie, "url": url}])
        page = context.new_page()
        page.on("response", note)
        page.goto(url, wait_until="domcontentloaded")
        page.wait_for_function(_SETTLED, arg=charts, timeout=60_000)
        page.wait_for_timeout(_ANIMATION)
        if picture:
            page.screenshot(path=picture)
        drawn, alerts = page.evaluate(_DRAWN), page.evaluate(_ALERTS)
        filters = page.evaluate(
            "[...document.querySelectorAll('[data-test=filter-control-name]')].map(e => e.innerText)"
        )
        return Seen(tuple(drawn), tuple(alerts), tuple(failed), tuple(filters))
    finally:
        context.close()
