"""The report is parsed as XML, so nothing in it is left open or unescaped, and read back."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from fleetgen import report
from fleetgen.errors import FleetgenError
from fleetgen.pipeline import Chart, Metric
from fleetgen.report import AnswerFacts, ChartFacts, Facts, FieldFacts, StreamFacts, drawing, specs, words
from fleetgen.templating import Templates

COUNT = Metric("count")
HOSTILE = "</title><script>alert('x')</script> \" & &lt; ]]> {{ 1 }} \\1 \\g<0> \0\x1b\x85 \ud800 \uffff \u202e 😀"
DAYS = tuple((date(2026, 10, 26) + timedelta(n), 1000 + n) for n in range(31))


def facts(**more: Any) -> Facts:
    vehicles = StreamFacts(
        "vehicles",
        "fleet.vehicles",
        "dimension",
        sent=100_000,
        stored=99_988,
        refused=12,
        kept=9000,
        key=("id",),
        fields=(FieldFacts("id", "int", "Int32", "The vehicle."),),
    )
    whole = Facts(
        "fleet",
        "ClickHouse 26.9.2, embedded",
        (vehicles, StreamFacts("spots", "spots", "event", 5, 5, 0)),
        (
            ChartFacts(Chart("Per day", "time-bar", "spots", COUNT), DAYS),
            ChartFacts(Chart("Top", "bar", "spots", COUNT, "driver"), (("Ann", 3), ("Bo", 2), (None, 1))),
            ChartFacts(Chart("Calendar", "calendar", "spots", COUNT), tuple((str(x), y) for x, y in DAYS)),
        ),
        (AnswerFacts("last", "Last", ("id", "at", "km"), ((1000, datetime(2026, 11, 1, 2), 1.5),), 42),),
    )
    return replace(whole, **more)


def page(shown: Facts) -> Element:
    """The page as a tree; the head's CSS is text like any other."""
    return ElementTree.fromstring(report.render(shown, Templates()))


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def figures(root: Element) -> Iterator[tuple[str, str]]:
    for pair in root.iterfind(".//dl/div"):
        yield text(pair[0]), text(pair[1])


def test_the_page_is_one_file_that_loads_and_runs_nothing() -> None:
    shown = report.render(facts(), Templates())
    root = ElementTree.fromstring(shown)
    assert shown.startswith("<!DOCTYPE html>\n")
    assert shown.endswith("</html>\n")
    assert not {"script", "link", "img", "iframe", "object", "use", "image"} & {element.tag for element in root.iter()}
    references = {"href", "src", "srcset", "data", "action", "{http://www.w3.org/1999/xlink}href"}
    assert not any(
        references & set(element.attrib) or any(n.startswith("on") for n in element.attrib) for element in root.iter()
    )
    assert "http" not in shown
    assert not re.search(r"url\(|@import|@font-face", shown)


def test_every_chart_is_one_image_that_can_be_read_aloud() -> None:
    root = page(facts())
    charts = root.findall(".//figure/svg")
    assert [chart.attrib["role"] for chart in charts] == ["img"] * 3
    assert [chart.attrib["aria-label"] for chart in charts] == [
        "Per day: 31 values, the largest is Wed 25 Nov 2026 with 1,030",
        "Top: 3 values, the largest is Ann with 3",
        "Calendar: 31 values, the largest is Wed 25 Nov 2026 with 1,030",
    ]
    assert all(chart.attrib["width"] == "100%" and "height" not in chart.attrib for chart in charts)
    titles = [[text(title) for title in chart.iter("title")] for chart in charts]
    assert titles[0][0] == "Mon 26 Oct 2026: 1,000"
    assert titles[1] == ["Ann: 3", "Bo: 2", "–: 1"]
    assert "Wed 25 Nov 2026: 1,030" in titles[2]
    assert [len(part) for part in titles] == [31, 3, 35]


def test_charts_take_their_colours_from_the_page() -> None:
    root = page(facts())
    style = root.findtext(".//style") or ""
    for element in (element for chart in root.iterfind(".//svg") for element in chart.iter()):
        for colour in (element.get("fill"), element.get("stroke")):
            assert colour in (None, "none") or colour.startswith("var(--"), ElementTree.tostring(element)
            if colour not in (None, "none"):
                assert style.count(f"{colour[4:-1]}:") == 2, "in the light and in the dark"


def test_the_bars_are_as_long_as_the_figures() -> None:
    chart = page(facts()).findall(".//figure/svg")[1]
    bars = [path.attrib["d"] for path in chart.iter("path") if path.find("title") is not None]
    lengths = [float(bar.split("h")[1].split("v")[0]) for bar in bars]
    assert lengths == pytest.approx([specs.WIDTH, specs.WIDTH * 2 / 3, specs.WIDTH / 3], abs=0.1)


def test_the_figures_of_each_stream_are_there() -> None:
    said = list(figures(page(facts())))
    assert said[:4] == [("streams", "2"), ("messages sent", "100,005"), ("stored", "99,993"), ("refused", "12")]
    assert said[4:8] == [("sent", "100,000"), ("stored", "99,988"), ("refused", "12"), ("kept", "9,000")]
    assert said[8:] == [("sent", "5"), ("stored", "5"), ("refused", "0")]
    bad = [text(div) for div in page(facts()).iterfind(".//div[@class='bad']")]
    assert bad == ["refused12", "refused12"]


def test_fields_show_what_is_known_of_them() -> None:
    [table] = page(facts()).findall(".//section[@aria-labelledby='streams']//table")
    assert [text(cell) for cell in table.iter("th")] == ["field", "Avro", "ClickHouse"]
    assert [text(cell) for cell in table.iter("td")] == ["idThe vehicle.", "int", "Int32"]
    bare = StreamFacts("spots", "spots", "event", 5, 5, 0, fields=(FieldFacts("id", "", "Int32"),))
    [table] = page(facts(streams=(bare,))).findall(".//section[@aria-labelledby='streams']//table")
    assert [text(cell) for cell in table.iter("th")] == ["field", "ClickHouse"]


def test_the_answers_are_tables_that_say_how_much_is_left_out() -> None:
    article = page(facts()).findall(".//section[@aria-labelledby='answers']//article")[0]
    assert [text(cell) for cell in article.iter("th")] == ["id", "at", "km"]
    assert [text(cell) for cell in article.iter("td")] == ["1000", "2026-11-01 02:00:00", "1.5"]
    assert [cell.get("class") for cell in article.iter("td")] == [None, None, "n"]
    assert "1 of 42 rows" in text(article)


def test_each_chart_has_its_data_as_a_table() -> None:
    tables = page(facts()).findall(".//figure/details//table")
    assert [len(table.findall("tbody/tr")) for table in tables] == [31, 3, 31]
    assert [text(cell) for cell in tables[1].iter("td")] == ["Ann", "3", "Bo", "2", "–", "1"]


@pytest.mark.parametrize("rows", [(), ((date(2026, 1, 1), None),), ((None, 5),), ((date(2026, 1, 1), float("nan")),)])
@pytest.mark.parametrize("kind", ["time-bar", "calendar"])
def test_nothing_to_draw_is_said(kind: str, rows: tuple[tuple[object, object], ...]) -> None:
    root = page(facts(charts=(ChartFacts(Chart("Per day", kind, "spots", COUNT), rows),)))
    assert root.find(".//svg") is None
    assert [text(found) for found in root.iterfind(".//figure/p")] == ["No data yet."]


def test_no_rows_of_an_answer_are_said() -> None:
    root = page(facts(charts=(), answers=(AnswerFacts("last", "Last", ("id",), (), 0),)))
    assert [text(found) for found in root.iterfind(".//article/p[@class='empty']")] == ["No data yet."]
    assert root.find(".//h2[@id='charts']") is None


def test_hostile_text_stays_text() -> None:
    shown = facts(
        database=HOSTILE,
        engine=HOSTILE,
        origin=HOSTILE,
        streams=(
            StreamFacts(
                HOSTILE, HOSTILE, HOSTILE, 1, 1, 0, key=(HOSTILE,), doc=HOSTILE, fields=(FieldFacts(*[HOSTILE] * 4),)
            ),
        ),
        charts=(
            ChartFacts(Chart(HOSTILE, "bar", HOSTILE, Metric(HOSTILE, (HOSTILE,)), HOSTILE), ((HOSTILE, 2), ("", 1))),
            ChartFacts(Chart(HOSTILE, "time-bar", HOSTILE, COUNT, time=HOSTILE), DAYS),
        ),
        answers=(AnswerFacts(HOSTILE, HOSTILE, (HOSTILE,), ((HOSTILE,),), 1),),
    )
    root = page(shown)
    tame = HOSTILE.replace("\0", "␀").replace("\x1b", "␛").replace("\u202e", r"\u202e")
    for broken in "\x85\ud800\uffff":
        tame = tame.replace(broken, "\ufffd")
    assert text(root.findall(".//h1")[0]) == tame
    assert text(root.findall(".//title")[0]).startswith(tame)
    assert root.findall(".//svg")[0].attrib["aria-label"] == f"{tame}: 2 values, the largest is {tame} with 2"
    assert next(text(title) for title in root.findall(".//svg")[0].iter("title")) == f"{tame}: 2"
    assert not list(root.iter("script"))
    assert text(root.findall(".//section[@aria-labelledby='answers']//td")[0]) == tame


def test_the_same_facts_give_the_same_bytes() -> None:
    assert report.render(facts(), Templates()) == report.render(facts(), Templates())


def test_ids_are_unique_and_labels_name_them() -> None:
    root = page(facts())
    ids = Counter(element.attrib["id"] for element in root.iter() if "id" in element.attrib)
    assert all(count == 1 for count in ids.values())
    assert {element.attrib["aria-labelledby"] for element in root.iter() if "aria-labelledby" in element.attrib} <= set(
        ids
    )


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(FleetgenError, match=re.escape("pip install 'fleetgen[local]'")):
        report.render(facts(), Templates())
    assert "No data yet." in report.render(facts(charts=(ChartFacts(Chart("c", "bar", "v", COUNT), ()),)), Templates())


@pytest.mark.parametrize(
    "days",
    [
        [date(2026, 2, 28)],
        [date(1, 1, 1), date(9999, 12, 31)],
        [date(9999, 12, 31)],
        [date(2020, 1, 1) + timedelta(n) for n in range(2000)],
        [date(2000 + n, 2, 28) for n in range(20)],
    ],
    ids=["one", "all-of-time", "the-last", "six-years", "far-apart"],
)
@pytest.mark.parametrize("kind", ["time-bar", "calendar"])
def test_any_days_can_be_drawn(kind: str, days: list[date]) -> None:
    chart = Chart("Days", kind, "spots", COUNT)
    points = drawing.drawable(chart, [(day, 1) for day in reversed(days)])
    svg = ElementTree.fromstring(drawing.draw(chart, points))
    assert points[-1][0] == days[-1]
    assert len(list(svg.iter("title"))) <= specs.MOST_DAYS
    assert any(text(title) == f"{words.long_day(days[-1])}: 1" for title in svg.iter("title"))
    box = [float(part) for part in svg.attrib["viewBox"].split()]
    assert box[2] < 500, "a chart is as wide as a phone can show"


def test_many_values_are_cut_in_the_chart_and_kept_in_the_table() -> None:
    rows = tuple((f"driver {n}", 2000 - n) for n in range(2000))
    root = page(facts(charts=(ChartFacts(Chart("Top", "bar", "spots", COUNT, "driver"), rows),)))
    assert len(list(root.findall(".//svg")[0].iter("title"))) == specs.MOST_BARS
    assert "1,000 of 2,000 rows" in text(root.findall(".//figure")[0])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (True, "true"),
        (1000, "1000"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), "nan"),
        (Decimal("1.50"), "1.50"),
        (b"\0\xff", "00 ff"),
        ([1, "a"], "[1, 'a']"),
    ],
)
def test_a_cell_shows_any_value(value: object, shown: str) -> None:
    assert words.cell(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(1234567, "1,234,567"), (1500.0, "1,500"), (1234.5678, "1,234.57"), (0.000012, "1.2e-05")]
)
def test_a_figure_has_separators(value: float, shown: str) -> None:
    assert words.count(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (999, "999"), (1000, "1.0k"), (34_560, "34.6k"), (2.5e8, "250M")]
)
def test_a_calendar_cell_is_short(value: float, shown: str) -> None:
    assert words.compact(value) == shown
