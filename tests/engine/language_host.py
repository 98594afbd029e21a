"""A stand-in for `pulumi-language-python`, for a machine on which the Pulumi CLI was built without it.

The Pulumi engine starts it, reads its port from standard output, and asks it to run the program. It uses the server
with which Pulumi's Automation API runs a function as a program.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2


class LanguageHost(LanguageServer):
    """Runs Python programs in this process."""

    def __init__(self, engine: str) -> None:
        super().__init__(lambda: None)
        self._engine = engine

    def Handshake(self, request: Any, context: Any) -> language_pb2.LanguageHandshakeResponse:
        """Accept the engine."""
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        """Return a version."""
        return plugin_pb2.PluginInfo(version="0.0.0")

    def GetProgramDependencies(self, request: Any, context: Any) -> language_pb2.GetProgramDependenciesResponse:
        """Say that nothing must be installed."""
        return language_pb2.GetProgramDependenciesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> language_pb2.RuntimeOptionsResponse:
        """Ask no questions."""
        return language_pb2.RuntimeOptionsResponse()

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        """Accept an interrupt."""
        return empty_pb2.Empty()

    def Run(self, request: Any, context: Any) -> language_pb2.RunResponse:
        """Run the program in the folder that the engine names."""
        folder = Path(request.info.program_directory)
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        self.program = lambda: runpy.run_path(str(folder / "__main__.py"), run_name="__main__") and None
        request.args[:] = [self._engine]
        return super().Run(request, context)


def main() -> None:
    """Serve until the engine interrupts."""
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", 400 << 20)])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(sys.argv[-1]), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    with contextlib.suppress(KeyboardInterrupt):
        server.wait_for_termination()


if __name__ == "__main__":
    main()
