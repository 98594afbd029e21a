"""A runner that starts one function of one variant in its own process, with the stub, and measures it."""

from __future__ import annotations

import json
import marshal
import os
import py_compile
import re
import shutil
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.authority import ADDRESS, make_certificates, write_bundles
from bench.deployments import SOURCES, Deployment
from bench.events import ENVIRONMENTS, Workload

_INSTRUCTIONS = re.compile(r"I\s+refs:\s+([0-9,]+)")
_TIMEOUT_SECONDS = 180


@dataclass(frozen=True)
class Run:
    """The measurements of one process.

    Attributes:
        answers: answers to the first event and to the events of the warm-up.
        cold_ms: CPU time from the start of the process to the first answer, in ms.
        warm_us: CPU time for each measured event, in µs.
        peak_mb: peak resident memory, in MiB.
        modules: number of loaded modules at the first answer.
        log: standard output of the process.
        instructions: instructions of the whole process; None without valgrind.
        calls: the calls that the stub received.
    """

    answers: list[Any]
    cold_ms: float
    warm_us: float
    peak_mb: float
    modules: int
    log: bytes
    instructions: int | None
    calls: list[dict[str, Any]]


@dataclass(frozen=True)
class Bench:
    """A stub with its certificates, and a folder for the files of a run.

    Attributes:
        folder: folder for certificates, events and logs.
        port: TCP port of the stub.
    """

    folder: Path
    port: int

    def run(
        self,
        deployment: Deployment,
        workload: Workload,
        warm_up: int = 0,
        *,
        counted: bool = False,
        handle: bool = True,
    ) -> Run:
        """Pass all events of a workload to a function: the first event, then the warm-up, then the measured events.

        Args:
            deployment: the function.
            workload: at least one event, plus the events of the warm-up.
            warm_up: number of events between the first event and the measured events.
            counted: whether to count instructions, which takes about forty times as long.
            handle: whether to handle the measured events or only read them.

        Raises:
            RuntimeError: if the process fails; with the end of its standard error.
        """
        measured = len(workload.events) - 1 - warm_up
        self._prepare(workload)
        log, report = self.folder / "log", self.folder / "report"
        command = [*self._interpreter(counted), *self._arguments(deployment, warm_up, measured, handle)]
        with log.open("wb") as output:
            done = subprocess.run(
                command,
                env=self._environment(deployment),
                stdout=output,
                stderr=subprocess.PIPE,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{deployment.variant} {deployment.function} failed: {done.stderr.decode()[-2000:]}")
        return self._read(json.loads(report.read_bytes()), log.read_bytes(), done.stderr.decode(), measured)

    def _read(self, report: dict[str, Any], log: bytes, errors: str, measured: int) -> Run:
        counted = _INSTRUCTIONS.search(errors)
        return Run(
            answers=report["answers"],
            cold_ms=report["cold_ns"] / 1e6,
            warm_us=report["warm_ns"] / 1e3 / measured if measured else 0.0,
            peak_mb=report["peak_kilobytes"] / 1024,
            modules=report["modules"],
            log=log,
            instructions=int(counted[1].replace(",", "")) if counted else None,
            calls=json.loads(self._control("GET", "calls")),
        )

    def _prepare(self, workload: Workload) -> None:
        with (self.folder / "events").open("wb") as file:
            for event in workload.events:
                marshalled = marshal.dumps(event)
                file.write(len(marshalled).to_bytes(4, "little") + marshalled)
        state = {"secrets": workload.secrets, "objects": workload.objects}
        self._control("PUT", "cloud", json.dumps(state).encode())

    def _control(self, method: str, what: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"https://{ADDRESS}:{self.port}/-/{what}", body, method=method)
        tls = ssl.create_default_context(cafile=self.folder / "authority.pem")
        with urllib.request.urlopen(request, context=tls) as response:  # noqa: S310 - the stub's own address
            return response.read()

    def _interpreter(self, counted: bool) -> list[str]:
        valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        # No site-packages, no user packages, no imports from the current folder; unbuffered output, as in Lambda.
        return [
            *(valgrind if counted else []),
            str(base_python()),
            "-S",
            "-s",
            "-P",
            "-u",
            str(self.folder / "driver.pyc"),
        ]

    def _arguments(self, deployment: Deployment, warm_up: int, measured: int, handle: bool) -> list[str]:
        files = [str(self.folder / "events"), str(self.folder / "report")]
        return [deployment.module, *files, str(warm_up), str(measured), "handle" if handle else "read"]

    def _environment(self, deployment: Deployment) -> dict[str, str]:
        """Return Lambda's environment variables, the function's own, and the settings for the stub."""
        return {
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjE" + "A" * 500,
            "AWS_ENDPOINT_URL": f"https://{ADDRESS}:{self.port}",
            "AWS_CA_BUNDLE": str(self.folder / deployment.bundle),
            "_X_AMZN_TRACE_ID": "Root=1-69209d00-4f3c0b7e9a52d81c6e0fa37b;Parent=53995c3f42cd8ad8;Sampled=0",
            "_HANDLER": f"{deployment.module}.handler",
            "LAMBDA_TASK_ROOT": str(deployment.folder),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "HOME": str(self.folder),
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(map(str, deployment.path)),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ENVIRONMENT": "bench",
            "POWERTOOLS_SERVICE_NAME": deployment.function,
            "POWERTOOLS_METRICS_NAMESPACE": "hookline",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            **ENVIRONMENTS[deployment.function],
        }


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Start a stub, and stop it at the end of the `with` block.

    Args:
        folder: folder for the files; created if it does not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    make_certificates(folder)
    write_bundles(folder)
    py_compile.compile(
        str(SOURCES / "driver.py"),
        cfile=str(folder / "driver.pyc"),
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    command = [sys.executable, "-m", "bench.stub", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=SOURCES.parent) as process:
        try:
            yield Bench(folder, int(process.stdout.readline() if process.stdout else b""))
        finally:
            process.kill()


def base_python() -> Path:
    """Return the path of the interpreter itself, not of the virtual environment's link."""
    return Path(sys.executable).resolve()


def has_valgrind() -> bool:
    """Return whether valgrind is installed, which counts the instructions."""
    return shutil.which("valgrind") is not None
