"""HOOKLINE_PACKAGED=1 runs the tests of `core` and `functions` on the byte code that is packaged for Lambda."""

from __future__ import annotations

import ast
import os
import sys
import tempfile
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourcelessFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

SOURCE = Path(__file__).parents[2] / "src"

PACKAGED = bool(os.environ.get("HOOKLINE_PACKAGED"))
"""Whether this run tests byte code."""


class PackagedLoader(SourcelessFileLoader):
    """A loader of byte code that gives each module the type aliases of its source.

    Aliases are not packaged, but modules that are never packaged import them for their annotations.
    """

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, and add the aliases."""
        super().exec_module(module)
        for node in ast.parse(source_of(module.__name__).read_text("utf-8")).body:
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
                setattr(module, ast.unparse(node.target), Any)


def source_of(name: str) -> Path:
    """Return the source file of a module of hookline."""
    file = SOURCE.joinpath(*name.split("."))
    return file / "__init__.py" if file.is_dir() else file.with_suffix(".py")


class ByteCodeFinder(MetaPathFinder):
    """A finder that loads modules of `core` and `functions` from a folder of byte code instead of their sources."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        """Return the spec of a module that is packaged for Lambda, or None for any other module."""
        if fullname.split(".")[:2] not in (["hookline", "core"], ["hookline", "functions"]):
            return None
        base = self._folder.joinpath(*fullname.split("."))
        package = base / "__init__.pyc"
        file, folders = (package, [str(base)]) if package.exists() else (base.with_suffix(".pyc"), None)
        if not file.exists():
            return None
        loader = PackagedLoader(fullname, str(file))
        return spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=folders)


def install() -> None:
    """Load byte code from now on; call this before any import from `core` or `functions`."""
    from hookline.packaging import bare_code, bytecode  # noqa: PLC0415 - before it, the finder must not be there

    loaded = [name for name in sys.modules if name.startswith(("hookline.core", "hookline.functions"))]
    assert not loaded, loaded
    assert bare_code.__file__
    folder = bytecode.compile_modules(Path(tempfile.mkdtemp(prefix="hookline-packaged-")))
    sys.meta_path.insert(0, ByteCodeFinder(folder))
