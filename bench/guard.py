"""A guard that fails if a function takes over 5 % more instructions than the committed baseline."""

from __future__ import annotations

import json
import platform
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.counting import Count, count_all
from bench.deployments import FUNCTIONS, SOURCES, deploy
from bench.measuring import bench

BASELINE = SOURCES / "baseline.json"
UPDATE = "make guard-update"
ALLOWED = 1.05
"""Maximum ratio of a new count to the baseline's count."""

VARIANTS = ("hookline", "floor")
"""The variants in the baseline; the floor is used only on a machine with another fingerprint."""

Counts = dict[str, dict[str, Count]]


def fingerprint() -> dict[str, str]:
    """Return the versions on which absolute counts depend.

    With another fingerprint, the guard compares ratios to the floor.
    """
    return {
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "machine": f"{platform.machine()}, glibc {platform.libc_ver()[1]}",
    }


def measure(folder: Path, variants: Sequence[str] = VARIANTS) -> Counts:
    """Count the instructions of the functions, two at a time, and return variant → function → count.

    Args:
        folder: folder for the files of the run.
        variants: the variants to count.
    """
    deployments = [deploy(variant, name, folder / "deployed") for variant in variants for name in FUNCTIONS]
    found: Counts = {variant: {} for variant in variants}
    with bench(folder / "left") as left, bench(folder / "right") as right:
        for each, counted in count_all([left, right], deployments):
            found[each.variant][each.function] = counted
    return found


def is_comparable(baseline: Mapping[str, Any]) -> bool:
    """Return whether the baseline has the fingerprint of this machine."""
    return baseline["fingerprint"] == fingerprint()


def failures(found: Counts, baseline: Mapping[str, Any]) -> list[str]:
    """Return a message for each function whose count has grown too much, with both counts."""
    absolute = is_comparable(baseline)
    said: list[str] = []
    for function in FUNCTIONS:
        for kind in ("cold", "warm"):
            now, then = _pair(found, baseline["counts"], function, kind, absolute=absolute)
            if now > then * ALLOWED:
                unit = "instructions" if absolute else "times the floor's instructions"
                said.append(
                    f"{function}, {kind}: {_text(now)} {unit}, but the baseline has {_text(then)} "
                    f"(+{(now / then - 1) * 100:.1f} %)"
                )
    return said


def to_json(found: Counts) -> dict[str, Any]:
    """Return the counts in the form of the baseline file."""
    counts = {
        variant: {name: {"cold": each.cold, "warm": round(each.warm)} for name, each in functions.items()}
        for variant, functions in found.items()
    }
    return {"fingerprint": fingerprint(), "counts": counts}


def read_baseline() -> dict[str, Any]:
    """Return the committed baseline."""
    return json.loads(BASELINE.read_text())


def _pair(found: Counts, counts: Mapping[str, Any], function: str, kind: str, *, absolute: bool) -> tuple[float, float]:
    """Return a count and the baseline's count, either absolute or as multiples of the floor."""
    now, then = getattr(found["hookline"][function], kind), counts["hookline"][function][kind]
    if absolute:
        return now, then
    return now / getattr(found["floor"][function], kind), then / counts["floor"][function][kind]


def _text(value: float) -> str:
    return f"{value:,.0f}" if value > 1000 else f"{value:.2f}"
