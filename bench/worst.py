"""The CPU time of the bodies that take longest, for each provider, in this process and on this machine."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rich.table import Table
from support.pipeline.samples import system_for_samples
from support.providers.deliveries import OTHER_SECRETS, edited, signed

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import Delivery
from hookline.core.values.strict_json import MAX_VALUES
from hookline.functions.providers.intake import MAX_BODY_BYTES

REPEATS = 3
ENVELOPE = 5_000
"""Bytes that are left for the rest of the body."""

_SIZE = MAX_BODY_BYTES - ENVELOPE
_VALUES = MAX_VALUES - 1_000
FILLINGS: dict[str, Callable[[], object]] = {
    "empty arrays": lambda: [[]] * (_VALUES // 2),
    "different keys": lambda: {f"k{number:x}": 1 for number in range(_SIZE // 11)},
    "decimal numbers": lambda: [0.25] * _VALUES,
    "one text": lambda: "x" * _SIZE,
    "one text of digits": lambda: "4" * _SIZE,
    "escaped characters": lambda: "é" * (_SIZE // 6),
    "many texts": lambda: ["abcdef"] * _VALUES,
}
"""Name → function that returns the content that makes a body as large as its limits allow."""


class Worst(NamedTuple):
    """The body that takes longest.

    Attributes:
        filling: the key in `FILLINGS`.
        milliseconds: CPU time of ingestion.
    """

    filling: str
    milliseconds: float


def measure() -> Iterator[tuple[str, Worst, Worst]]:
    """Yield each provider with its worst forged body and its worst signed body."""
    for name in PROVIDER_NAMES:
        yield name, _worst(name, forged=True), _worst(name, forged=False)


def table() -> Table:
    """Return an empty table for the results."""
    made = Table("provider", "forged, worst body", "CPU ms", "signed, worst body", "CPU ms", title="Worst bodies")
    for column in (2, 4):
        made.columns[column].justify = "right"
    return made


def _worst(name: str, *, forged: bool) -> Worst:
    times = [Worst(filling, _milliseconds(name, filling, forged=forged)) for filling in FILLINGS]
    return max(times, key=lambda each: each.milliseconds)


def _milliseconds(name: str, filling: str, *, forged: bool) -> float:
    best = float("inf")
    for repeat in range(REPEATS):
        system = system_for_samples()
        delivery = _filled(name, filling, repeat, int(system.cloud.now.timestamp()))
        if forged:
            system.cloud.secrets = {name: [OTHER_SECRETS[name]]}
        with contextlib.redirect_stdout(io.StringIO()):
            started = time.process_time()
            status, answer = system.post(name, delivery)
            best = min(best, (time.process_time() - started) * 1000)
        if status != (401 if forged else 200):
            raise RuntimeError(f"{name}, {filling}: {status} {answer}")
    return best


def _filled(name: str, filling: str, repeat: int, now: int) -> Delivery:
    payload = edited(name)
    place = payload["notificationItems"][0]["NotificationRequestItem"] if name == "adyen" else payload
    place["filling"] = [repeat, FILLINGS[filling]()]
    return signed(name, json.dumps(payload, separators=(",", ":")).encode(), now=now)
