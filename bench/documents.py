"""The files of the repository that a recorded run updates."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from bench import pipeline, prices, results, targets
from bench.deployments import SOURCES
from bench.picture import draw
from hookline.operate.estimates.measurements import Work

ROOT = SOURCES.parent
SNAPSHOT = SOURCES / "results.json"
PICTURE = ROOT / "docs" / "bench.svg"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
MEASURED = ROOT / "src" / "hookline" / "operate" / "estimates" / "measured.json"
"""The measurements of hookline, which `hookline cost` and `hookline capacity` use."""


def record(found: dict[str, Any]) -> None:
    """Write the snapshot, the measurements of hookline, the picture, and the tables of the document.

    Args:
        found: all results.
    """
    results.write(SNAPSHOT, found)
    own = found["variants"]["hookline"]
    results.write(MEASURED, {"date": found["date"], "functions": {name: _work(each) for name, each in own.items()}})
    if all(each["cold_instructions"] for each in own.values()):
        PICTURE.write_text(draw(found))
    text = _with(DOCUMENT.read_text(), "functions", _functions(found))
    text = _with(text, "targets", targets.markdown(found))
    if "pipeline" in found:
        text = _with(text, "pipeline", pipeline.markdown(found["pipeline"]))
    DOCUMENT.write_text(text)


def _work(figures: dict[str, Any]) -> dict[str, Any]:
    """Return only the figures that the estimates use."""
    return {field.name: figures[field.name] for field in fields(Work)}


def _with(text: str, name: str, content: str) -> str:
    """Return the document with new content between the two marks of a name."""
    begin, end = f"<!-- {name} -->", f"<!-- end {name} -->"
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n\n{content}\n{end}", text, flags=re.DOTALL)


def _functions(found: dict[str, Any]) -> str:
    where = found["environment"]
    heading = (
        f"{found['date']}, Python {where['python']}, {where['openssl']}, {where['machine']}; "
        f"boto3 {where['boto3']}, Powertools {where['powertools']}.\n\n"
    )
    price = prices.said(found["usd_per_million_events"])
    return f"{heading}{results.markdown(found)}\n{price[0].upper()}{price[1:]}.\n"
