"""Every code of the reader is explained, and every explanation has a code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_codes_and_explanations_agree() -> None:
    sources = [path.read_text() for path in (ROOT / "src" / "fleetgen" / "avro").glob("*.py")]
    codes = {code for source in sources for code in re.findall(r'"(FG\d{3})"', source)}
    text = (ROOT / "doc" / "findings" / "schemas.md").read_text()
    explained = re.findall(r"^## (FG\d{3}) \S.*\n\n\S", text, re.MULTILINE)
    assert len(codes) >= 30
    assert explained == sorted(codes)
