"""Runs a Pulumi program in this process, without the Pulumi CLI."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import runpy
import sys
from collections.abc import Callable, Coroutine, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi import runtime
from pulumi.runtime.stack import run_in_stack

from hookline.program.monitor import Monitor, SilentEngine
from hookline.program.registration import Deployment, ProgramError, Registration, ResourceProvider

__all__ = ["Deployment", "ProgramError", "Registration", "ResourceProvider", "run_program"]

WORKERS = 8


def run_program(
    program: Path | Callable[[], object],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    provider: ResourceProvider,
) -> Deployment:
    """Runs a Pulumi program to its end and returns what it registered.

    Args:
        program: the path of a `__main__.py`, or a function that registers resources.
        project: the Pulumi project's name.
        stack: the stack's name.
        config: full keys (`hookline:environmentSuffix`) and their values as Pulumi stores them.
        provider: creates the resources.

    Raises:
        ProgramError: with the first cause, if the program or any of its resources failed.
    """
    monitor = Monitor(project, stack, provider)
    context = contextvars.Context()  # the SDK keeps its state in context variables: a new context, a new engine
    try:
        with _importable(program), _without_collection():
            context.run(_run_to_the_end, _run(program, project, stack, config, monitor))
    except (Exception, SystemExit) as error:
        raise ProgramError(monitor.failure or f"{type(error).__name__}: {error}") from error
    return monitor.deployment


def _run_to_the_end(main: Coroutine[Any, Any, None]) -> None:
    # Not `Runner.run`, which answers the first Ctrl-C only when the program next gives way.
    with asyncio.Runner() as runner:
        runner.get_loop().run_until_complete(main)


@contextmanager
def _importable(program: Path | Callable[[], object]) -> Generator[None]:
    """Lets the program import what lies beside it, as it can under Pulumi."""
    before = list(sys.path)
    if isinstance(program, Path):
        sys.path.insert(0, str(program.parent))
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def _without_collection() -> Generator[None]:
    """Pauses the garbage collector, which finds nothing in imports and takes a sixth of their time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


async def _run(
    program: Path | Callable[[], object],
    project: str,
    stack: str,
    config: Mapping[str, str],
    monitor: Monitor,
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(WORKERS, thread_name_prefix="pulumi"))
    loop.set_exception_handler(_ignore)  # one failure fails every task that waits for it: once is enough
    runtime.set_all_config(dict(config), [])
    runtime.configure(
        runtime.Settings(project=project, stack=stack, dry_run=False, monitor=monitor, engine=SilentEngine())
    )

    def body() -> Any:
        if callable(program):
            return program()
        runpy.run_path(str(program), run_name="__main__")
        return None

    await run_in_stack(body)


def _ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None: ...
