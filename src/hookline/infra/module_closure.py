"""Which of this package's modules a module needs: those that it imports when it runs, and so on."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent


class RuntimeImports(ast.NodeVisitor):
    """Collects the absolute names that a module imports at run time, inside functions too.

    Attributes:
        names: dotted names; of `from a import b` it is `a.b`, which may be a module or something inside one.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        """Passes over what is imported for annotations only."""
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """Notes plain imports."""
        self.names.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Notes imports of names; relative ones are not this project's style."""
        self.names.update(f"{node.module}.{alias.name}" for alias in node.names)


@cache
def runtime_imports(source: str) -> frozenset[str]:
    """The absolute names that a module's source imports at run time; the functions share most of their modules."""
    visitor = RuntimeImports()
    visitor.visit(ast.parse(source))
    return frozenset(visitor.names)


def closure(*roots: str) -> set[str]:
    """The modules of this package that the roots need, themselves and the packages around them included.

    Args:
        roots: dotted names of modules.

    Returns:
        Dotted names of modules; a package stands for its `__init__`.
    """
    waiting, needed = list(roots), set[str]()
    while waiting:
        name = waiting.pop()
        file = source_file(name)
        if file is None or name in needed:
            continue
        needed.add(name)
        imported = runtime_imports(file.read_text("utf-8"))
        waiting += [*imported, *(each.rpartition(".")[0] for each in (name, *imported))]
    return needed


def source_file(name: str) -> Path | None:
    """The source of a module of this package; None for anything else, such as a class or another package's module."""
    path = PACKAGE.parent / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
