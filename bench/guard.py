"""Fails when a function takes more instructions than the committed baseline says, by more than a twentieth."""

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
"""What a count may be of the baseline's."""

VARIANTS = ("hookline", "floor")
"""Those that the baseline has; the floor counts only where the machine is another one."""

Counts = dict[str, dict[str, Count]]


def fingerprint() -> dict[str, str]:
    """What absolute counts depend on; elsewhere only their ratio to the floor's is compared."""
    return {
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "machine": f"{platform.machine()}, glibc {platform.libc_ver()[1]}",
    }


def measure(folder: Path, variants: Sequence[str] = VARIANTS) -> Counts:
    """Counts functions, on two processors at once: variant → function → count.

    Args:
        folder: for what the run writes.
        variants: whose.
    """
    deployments = [deploy(variant, name, folder / "deployed") for variant in variants for name in FUNCTIONS]
    found: Counts = {variant: {} for variant in variants}
    with bench(folder / "left") as left, bench(folder / "right") as right:
        for each, counted in count_all([left, right], deployments):
            found[each.variant][each.function] = counted
    return found


def is_comparable(baseline: Mapping[str, Any]) -> bool:
    """Whether the baseline was counted on a machine like this one."""
    return baseline["fingerprint"] == fingerprint()


def failures(found: Counts, baseline: Mapping[str, Any]) -> list[str]:
    """Says of each function whose count has grown too far which one it is, and both counts."""
    absolute = is_comparable(baseline)
    said: list[str] = []
    for function in FUNCTIONS:
        for kind in ("cold", "warm"):
            now, then = _pair(found, baseline["counts"], function, kind, absolute=absolute)
            if now > then * ALLOWED:
                unit = "instructions" if absolute else "times the floor's instructions"
                said.append(
                    f"{function}, {kind}: {_text(now)} {unit}, and the baseline has {_text(then)} "
                    f"(+{(now / then - 1) * 100:.1f} %)"
                )
    return said


def to_json(found: Counts) -> dict[str, Any]:
    """The baseline that these counts make."""
    counts = {
        variant: {name: {"cold": each.cold, "warm": round(each.warm)} for name, each in functions.items()}
        for variant, functions in found.items()
    }
    return {"fingerprint": fingerprint(), "counts": counts}


def read_baseline() -> dict[str, Any]:
    """The committed one."""
    return json.loads(BASELINE.read_text())


def _pair(found: Counts, counts: Mapping[str, Any], function: str, kind: str, *, absolute: bool) -> tuple[float, float]:
    """A count and the baseline's, or both as multiples of the floor's."""
    now, then = getattr(found["hookline"][function], kind), counts["hookline"][function][kind]
    if absolute:
        return now, then
    return now / getattr(found["floor"][function], kind), then / counts["floor"][function][kind]


def _text(value: float) -> str:
    return f"{value:,.0f}" if value > 1000 else f"{value:.2f}"
