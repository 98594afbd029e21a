"""Which of this package's modules a module needs: those that it imports when it runs, and so on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hookline.packaging.bare_code import UnsupportedCode, bare

ROOT = Path(__file__).parent.parent
"""The folder of the package `hookline`, in a checkout or where it is installed."""

PACKAGE = ROOT.name


@cache
def runtime_imports(source: str, *, stripped: bool = True) -> frozenset[str]:
    """Return the absolute names that a module imports at run time, inside functions too.

    Args:
        source: the module's text.
        stripped: of its byte code; False for those of the source as it stands.

    Returns:
        Dotted names. Of `from a import b` it is `a.b`, which may be a module or something inside one.

    Raises:
        UnsupportedCode: if the module cannot be packaged.
    """
    return frozenset(
        name for node in ast.walk(bare(source) if stripped else ast.parse(source)) for name in _imported(node)
    )


def closure(*roots: str, stripped: bool = True) -> set[str]:
    """Return the modules of this package that the roots need, themselves and the packages around them included.

    Args:
        roots: dotted names of modules.
        stripped: as in `runtime_imports`.

    Returns:
        Dotted names of modules; a package stands for its `__init__`.

    Raises:
        UnsupportedCode: if one of them cannot be packaged; the message names the file.
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
    """Return the source of a module of this package; None for anything else, such as a class or another package.

    Args:
        name: dotted.
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
