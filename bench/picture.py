"""The picture in the README: each variant's instructions as a multiple of the floor's."""

from __future__ import annotations

import math
from typing import Any

from bench.deployments import FUNCTIONS

_NAMES = {
    "hookline": "hookline",
    "boto3": "boto3",
    "powertools": "Powertools",
    "powertools_idempotency": "Powertools, idempotency",
}
_WIDTH, _TOP, _ROW, _GAP = 860, 74, 18, 16
_BAR = 235
_PANELS = (("start to first answer", "cold_instructions", 170), ("each further event", "warm_instructions", 520))

_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 14px; font-weight: 600 }
  .soft { fill: #59636e }
  .hookline { fill: #0a7d4f } .boto3 { fill: #6e7781 } .powertools { fill: #9a6700 }
  .powertools_idempotency { fill: #bc4c00 } .floor { stroke: #59636e; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .soft { fill: #9198a1 } .floor { stroke: #9198a1 }
    .hookline { fill: #3fb950 } .boto3 { fill: #8b949e } .powertools { fill: #d29922 }
    .powertools_idempotency { fill: #f0883e }
  }
"""


def draw(results: dict[str, Any]) -> str:
    """Return the picture as SVG; the bars have a logarithmic scale that begins at the floor.

    Args:
        results: results with instruction counts.
    """
    longest = max(_multiple(results, name, f, key) for _, key, _ in _PANELS for name, f in _bars(results))
    parts, y = [], _TOP
    for function in FUNCTIONS:
        parts.append(f'<text x="10" y="{y + 13}" class="title">{function}</text>')
        for variant in (name for name, found in _bars(results) if found == function):
            parts += [_bar(results, variant, function, key, x, y, longest) for _, key, x in _PANELS]
            y += _ROW
        y += _GAP
    heads = "".join(
        f'<text x="{x}" y="62" class="soft">{title}</text>'
        f'<line x1="{x}" y1="68" x2="{x}" y2="{y - _GAP}" class="floor"/>'
        for title, _, x in _PANELS
    )
    title = '<text x="10" y="24" class="title">Instructions as a multiple of the floor (dashed), logarithmic</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" '
        f'aria-label="{_described(results)}">\n<style>{_STYLE}</style>\n'
        + "\n".join([title, _legend(), heads, *parts])
        + "\n</svg>\n"
    )


def _bars(results: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, f) for f in FUNCTIONS for name in _NAMES if f in results["variants"][name]]


def _multiple(results: dict[str, Any], variant: str, function: str, key: str) -> float:
    found = results["variants"]
    return found[variant][function][key] / found["floor"][function][key]


def _bar(results: dict[str, Any], variant: str, function: str, key: str, x: int, y: int, longest: float) -> str:
    multiple = _multiple(results, variant, function, key)
    width = max(2.0, _BAR * math.log(max(1.0, multiple)) / math.log(longest))
    return (
        f'<rect x="{x}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 4}" rx="2" class="{variant}"/>'
        f'<text x="{x + width + 6:.1f}" y="{y + 13}">{multiple:.3g}×</text>'
    )


def _legend() -> str:
    parts, x = [], 10
    for variant, name in _NAMES.items():
        parts.append(f'<rect x="{x}" y="34" width="10" height="10" rx="2" class="{variant}"/>')
        parts.append(f'<text x="{x + 15}" y="43" class="soft">{name}</text>')
        x += 45 + 7 * len(name)
    return "".join(parts)


def _described(results: dict[str, Any]) -> str:
    texts = [
        f"{_NAMES[name]} {function}: {_multiple(results, name, function, 'cold_instructions'):.3g} times to start, "
        f"{_multiple(results, name, function, 'warm_instructions'):.3g} times an event"
        for name, function in _bars(results)
    ]
    return "; ".join(texts)
