"""Byte code without what only readers need: docstrings, annotations, imports for annotations."""

from __future__ import annotations

import ast
import importlib.util
import marshal
from pathlib import Path

TASK_ROOT = "/var/task"
"""Where Lambda unpacks an archive; tracebacks name the modules by it."""

_UNCHECKED_HASH = (1).to_bytes(4, "little")
"""Flags that say: do not look for the source (PEP 552)."""


class _Bare(ast.NodeTransformer):
    """Takes annotations away; line numbers stay."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """An argument keeps its name."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function says nothing of what it returns."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """A value is assigned all the same; a mere declaration is nothing."""
        bare = ast.Assign([node.target], node.value) if node.value else ast.Pass()
        return ast.copy_location(bare, node)

    def visit_If(self, node: ast.If) -> ast.AST:
        """What is imported for annotations is nothing either."""
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)


def compile_folder(folder: str) -> None:
    """Replaces each source below a folder by its byte code."""
    for source in Path(folder).rglob("*.py"):
        name = f"{TASK_ROOT}/{source.relative_to(folder).as_posix()}"
        text = source.read_bytes()
        tree = ast.fix_missing_locations(_Bare().visit(ast.parse(text)))
        code = compile(tree, name, "exec", dont_inherit=True, optimize=2)
        head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(text)
        source.with_suffix(".pyc").write_bytes(head + marshal.dumps(code))
        source.unlink()
