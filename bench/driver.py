"""The main module of a measured process: it passes events to a function, and imports as little as possible.

    python driver.pyc MODULE EVENTS REPORT WARM_UP MEASURED handle|read

The driver imports `handler` from MODULE, as Lambda's runtime does. It handles one event, then the events of the
warm-up, then the measured events. With `read`, it only reads the measured events; the result shows the cost of reading.
EVENTS is a file of marshalled events, each after its length. REPORT is the JSON file for the results. Before the end of
the measurement, the driver uses only modules that the interpreter has already loaded. All other modules therefore count
for the function that imports them.
"""

import marshal
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO


class Context:
    """The context object of an invocation."""

    function_name = "bench"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    memory_limit_in_mb = 256
    aws_request_id = "8f507cfc-7ab9-4b5f-9d3c-9f2e6a7b1c2d"
    log_group_name = "/aws/lambda/bench"
    log_stream_name = "2026/11/21/[$LATEST]58419525dade4d17a495dceeeed44708"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time in ms until Lambda would stop this invocation."""
        return 30_000


def next_event(events: BinaryIO) -> dict[str, Any]:
    """Read one event: a length of four bytes (little-endian), then as many bytes as the length says."""
    length = int.from_bytes(events.read(4), "little")
    return marshal.loads(events.read(length))  # noqa: S302 - written by the process that started this one


def ignore(_event: dict[str, Any], _context: Context) -> None:
    """Ignore an event; with this handler, the driver measures only its own work."""


def run(handler: Callable[..., Any], events: BinaryIO, warm_up: int, measured: int, *, handle: bool) -> dict[str, Any]:
    """Pass events to a function, and return answers, module count and CPU times in nanoseconds."""
    context = Context()
    answers = [handler(next_event(events), context)]
    first_answer = time.process_time_ns()
    modules = len(sys.modules)
    answers += [handler(next_event(events), context) for _ in range(warm_up)]
    act = handler if handle else ignore
    warm = 0
    for _ in range(measured):
        event = next_event(events)
        started = time.process_time_ns()
        act(event, context)
        warm += time.process_time_ns() - started
    return {"answers": answers, "cold_ns": first_answer, "warm_ns": warm, "modules": modules}


def peak_kilobytes() -> int:
    """Return the peak memory of this process in KiB, without the memory of its parent process."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main() -> None:
    """Run the function, write the report, and exit without any cleanup."""
    module, events_path, report_path, warm_up, measured, mode = sys.argv[1:]
    handler = import_module(module).handler
    with open(events_path, "rb") as events:
        report = run(handler, events, int(warm_up), int(measured), handle=mode == "handle")
    report["peak_kilobytes"] = peak_kilobytes()
    import json  # noqa: PLC0415 - imported after the measurement

    with open(report_path, "w", encoding="utf-8") as file:
        json.dump(report, file)
    os._exit(0)


if __name__ == "__main__":
    main()
