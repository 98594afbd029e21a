"""What runs in a measured process: a function fed with events, with as little beside it as can be.

    python driver.pyc MODULE EVENTS REPORT WARM_UP MEASURED handle|read

imports `handler` of the module, as Lambda's runtime does, and gives it one event, then the warm-up's, then those that
are measured; with `read` these are only read, which tells what reading them takes. EVENTS holds marshalled events, each
behind its length; REPORT gets JSON. Until all is measured, only modules are used that the interpreter has built in or
loads by itself, so nothing that a function needs is there before it asks for it.
"""

import marshal
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO


class Context:
    """What Lambda says about an invocation."""

    function_name = "bench"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    memory_limit_in_mb = 256
    aws_request_id = "8f507cfc-7ab9-4b5f-9d3c-9f2e6a7b1c2d"
    log_group_name = "/aws/lambda/bench"
    log_stream_name = "2026/11/21/[$LATEST]58419525dade4d17a495dceeeed44708"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda would stop this invocation."""
        return 30_000


def next_event(events: BinaryIO) -> dict[str, Any]:
    """Read one event: four bytes of length (little-endian), and so many bytes."""
    length = int.from_bytes(events.read(4), "little")
    return marshal.loads(events.read(length))  # noqa: S302 - written by the process that started this one


def ignore(_event: dict[str, Any], _context: Context) -> None:
    """Do nothing with an event; what that takes is not the function's."""


def run(handler: Callable[..., Any], events: BinaryIO, warm_up: int, measured: int, *, handle: bool) -> dict[str, Any]:
    """Feed a function and return what was seen; times are of the processor, in nanoseconds."""
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
    """Return the most memory that this process has held, without what its parent held before it began."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main() -> None:
    """Run, report, and end without taking anything down."""
    module, events_path, report_path, warm_up, measured, mode = sys.argv[1:]
    handler = import_module(module).handler
    with open(events_path, "rb") as events:
        report = run(handler, events, int(warm_up), int(measured), handle=mode == "handle")
    report["peak_kilobytes"] = peak_kilobytes()
    import json  # noqa: PLC0415 - not before all has been measured

    with open(report_path, "w", encoding="utf-8") as file:
        json.dump(report, file)
    os._exit(0)


if __name__ == "__main__":
    main()
