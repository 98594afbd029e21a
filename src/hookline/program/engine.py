"""An engine that runs a Pulumi program in the caller's process, without the Pulumi CLI."""

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

from hookline.program.monitor import Monitor, WarningsOnly
from hookline.program.registration import Deployment, ProgramError, Registration, ResourceProvider

__all__ = ["Deployment", "ProgramError", "Registration", "ResourceProvider", "Warn", "drop", "run_program"]

WORKERS = 8
ORGANIZATION = "organization"
"""The organization of all stacks, as in Pulumi without Pulumi Cloud."""
Warn = Callable[[str], None]


def drop(_warning: str) -> None:
    """Ignore a warning of a Pulumi program."""


def run_program(
    program: Path | Callable[[], object],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    provider: ResourceProvider,
    warn: Warn = drop,
) -> Deployment:
    """Run a Pulumi program and return its resources and outputs.

    Args:
        program: file path of a `__main__.py`, or a function that registers resources.
        project: name of the Pulumi project.
        stack: name of the stack.
        config: full key (such as `hookline:environmentSuffix`) → value as Pulumi stores it.
        provider: the object that creates the resources.
        warn: gets the text of each warning that the program logs.

    Raises:
        ProgramError: when the program or a resource failed. The message contains the first cause.
    """
    monitor = Monitor(project, stack, provider)
    context = contextvars.Context()  # Pulumi's SDK keeps its state in context variables, so each run needs a new one
    try:
        with _importable(program), _without_collection():
            context.run(_run_to_the_end, _run(program, project, stack, config, monitor, WarningsOnly(warn)))
    except (Exception, SystemExit) as error:
        raise ProgramError(monitor.failure or f"{type(error).__name__}: {error}") from error
    return monitor.deployment


def _run_to_the_end(main: Coroutine[Any, Any, None]) -> None:
    # `Runner.run` is not used, because it delays the first Ctrl-C until the program reaches its next `await`.
    with asyncio.Runner() as runner:
        runner.get_loop().run_until_complete(main)


@contextmanager
def _importable(program: Path | Callable[[], object]) -> Generator[None]:
    """Add the Pulumi program's folder to Python's import path during the run, because Pulumi also adds it."""
    before = list(sys.path)
    if isinstance(program, Path):
        sys.path.insert(0, str(program.parent))
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def _without_collection() -> Generator[None]:
    """Pause Python's garbage collector. It finds no garbage, but takes a sixth of the time of the imports."""
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
    engine: WarningsOnly,
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(WORKERS, thread_name_prefix="pulumi"))
    loop.set_exception_handler(_ignore)  # a failure also fails the tasks that depend on it, but one report is enough
    runtime.set_all_config(dict(config), [])
    runtime.configure(
        runtime.Settings(
            project=project,
            stack=stack,
            organization=ORGANIZATION,
            dry_run=False,
            monitor=monitor,
            engine=engine,
        )
    )

    def body() -> Any:
        if callable(program):
            return program()
        runpy.run_path(str(program), run_name="__main__")
        return None

    await run_in_stack(body)


def _ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None: ...
