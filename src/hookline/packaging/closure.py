"""Search for all modules of `hookline` that a module imports at run time, directly or through other modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hookline.packaging.bare_code import UnsupportedCode, bare

ROOT = Path(__file__).parent.parent
"""The folder of the package `hookline`, in a checkout or an installation."""

PACKAGE = ROOT.name


@cache
def runtime_imports(source: str, *, stripped: bool = True) -> frozenset[str]:
    """Return the absolute names that a module imports at run time. Imports inside functions are included.

    Args:
        source: text of the module.
        stripped: whether to leave out imports that the module `bare_code` removes before compilation.

    Returns:
        Dotted names. `from a import b` gives `a.b`, which is a module or a name in the module `a`.

    Raises:
        UnsupportedCode: when the module uses a Python feature that the module `bare_code` does not support.
    """
    return frozenset(
        name for node in ast.walk(bare(source) if stripped else ast.parse(source)) for name in _imported(node)
    )


def closure(*roots: str, stripped: bool = True) -> set[str]:
    """Return the modules `roots`, all modules of `hookline` that they need at run time, and all parent packages.

    Args:
        roots: dotted names of the modules to start from.
        stripped: whether to leave out imports that the module `bare_code` removes before compilation.

    Returns:
        Dotted names of modules. The name of a package means its `__init__`.

    Raises:
        UnsupportedCode: when a module uses a Python feature that the module `bare_code` does not support. The message
            contains the file path.
    """
    waiting, needed = list(roots), set[str]()
    while waiting:
        name = waiting.pop()
        file = source_file(name)
        if file is None or name in needed:
            continue
        needed.add(name)
        imported = _imports_of(file, stripped=stripped)
        waiting += [*imported, *(each.rpartition(".")[0] for each in (name, *imported))]
    return needed


def source_file(name: str) -> Path | None:
    """Return the source file of a module of `hookline`, or None for any other name.

    Args:
        name: dotted name, such as `hookline.core.errors`.
    """
    package, *parts = name.split(".")
    if package != PACKAGE:
        return None
    path = ROOT.joinpath(*parts)
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _imports_of(file: Path, *, stripped: bool) -> frozenset[str]:
    try:
        return runtime_imports(file.read_text("utf-8"), stripped=stripped)
    except UnsupportedCode as error:
        raise UnsupportedCode(f"{file.relative_to(ROOT.parent).as_posix()}, {error}") from None


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
