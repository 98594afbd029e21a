"""Fails when a function takes more instructions than the committed baseline says, by more than a twentieth."""

from __future__ import annotations

import json
import platform
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.counting import Count, count
from bench.deployments import FUNCTIONS, SOURCES, Deployment, deploy
from bench.measuring import Bench, bench

BASELINE = SOURCES / "baseline.json"
UPDATE = "make guard-update"
ALLOWED = 1.05
"""What a count may be of the baseline's."""

Counts = dict[str, dict[str, Count]]


def fingerprint() -> dict[str, str]:
    """What absolute counts depend on; elsewhere only their ratio to the floor's is compared."""
    return {
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "machine": f"{platform.machine()}, glibc {platform.libc_ver()[1]}",
    }


def measure(folder: Path) -> Counts:
    """Counts hookline's functions and the floor's: variant → function → count.

    Args:
        folder: for what the run writes.
    """
    variants = ("floor", "hookline")
    deployments = {
        variant: {name: deploy(variant, name, folder / "deployed") for name in FUNCTIONS} for variant in variants
    }
    with bench(folder / "left") as left, bench(folder / "right") as right, ThreadPoolExecutor(2) as pool:
        halves = {
            variant: pool.submit(_count_all, where, deployments[variant])
            for variant, where in zip(variants, (left, right), strict=True)
        }
        return {variant: half.result() for variant, half in halves.items()}


def _count_all(where: Bench, deployments: Mapping[str, Deployment]) -> dict[str, Count]:
    return {name: count(where, deployment) for name, deployment in deployments.items()}


def failures(found: Counts, baseline: Mapping[str, Any]) -> list[str]:
    """Says of each function whose count has grown too far which one it is, and both counts."""
    absolute = baseline["fingerprint"] == fingerprint()
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
