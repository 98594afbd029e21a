"""Compilation to byte code without annotations and without the ``dataclasses`` module.

A cold start of a Lambda function loads every imported module, so each import for an annotation costs milliseconds. This
module does not change the source files. Before compilation, it removes from the syntax tree of each file:

- annotations, type aliases, type variables, protocols, and the imports that are only used in these;
- the decorator ``@dataclass(frozen=True)``. The class gets the methods that the decorator would create, except two. It
  gets no ``__repr__``, so that no error can show a payload. It gets no ``__setattr__``, because the type checker
  already forbids assignments.

This module raises ``UnsupportedCode`` for code that it does not support. A separate process runs this file alone to
compile the byte code, so this file imports only the standard library.
"""

from __future__ import annotations

import ast
import copy
import importlib.util
import marshal
from collections.abc import Iterator
from pathlib import Path

TASK_ROOT = "/var/task"
"""The folder in which Lambda unpacks a code archive. File paths in tracebacks begin with this folder."""

_UNCHECKED_HASH = (1).to_bytes(4, "little")
"""Flags in the header of a ``.pyc`` file, so that Python does not compare the byte code with the source (PEP 552)."""

_EQUALITY = ast.parse(
    """
def __eq__(self, other):
    return self.__dict__ == other.__dict__ if other.__class__ is self.__class__ else NotImplemented
def __hash__(self):
    return hash(tuple(self.__dict__.values()))
"""
).body
_OWN_METHODS = frozenset({"__init__", "__post_init__", "__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__"})
_SHARED_DEFAULTS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)
_NOT_FIELDS = frozenset({"ClassVar", "InitVar", "KW_ONLY"})


class UnsupportedCode(Exception):  # noqa: N818 - the name is clear without "Error"
    """The exception for a Python feature that cannot be packaged, in a module of ``core`` or ``functions``.

    The message contains the line number, the unsupported feature and a supported alternative.
    """


class _Bare(ast.NodeTransformer):
    """A transformer of syntax trees that removes annotations and dataclass decorators, and keeps line numbers."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Remove the type annotation of a function's argument."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Remove the return annotation of a function."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """Remove the annotation of an assignment. Drop a type alias, and a declaration without a value."""
        if node.value is None or _last_name(node.annotation) == "TypeAlias":
            return None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """Drop the assignment of a type variable (``TypeVar``)."""
        if isinstance(node.value, ast.Call) and _last_name(node.value.func) == "TypeVar":
            return None
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        """Drop an import from ``__future__``. From ``dataclasses``, reject every import except ``dataclass``."""
        if node.module == "dataclasses":
            _refuse_unless([alias.name for alias in node.names] == ["dataclass"], node, "a helper of dataclasses")
        return None if node.module == "__future__" else node

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST]:
        """Replace ``if TYPE_CHECKING`` by the statements of its ``else`` branch."""
        if _last_name(node.test) == "TYPE_CHECKING":
            return [self.visit(statement) for statement in node.orelse]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace a call such as ``dict[str, int]()`` by ``dict()``."""
        if isinstance(node.func, ast.Subscript) and _last_name(node.func.value) in {"dict", "list", "set"}:
            node.func = node.func.value
        return self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """Reject a class pattern with positional arguments, because dataclasses get no ``__match_args__``."""
        _refuse_unless(not node.patterns, node, "a class pattern by position")
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | None:
        """Drop a protocol. Otherwise, add methods to a frozen dataclass, and remove type arguments of bases."""
        if any(_last_name(base) == "Protocol" for base in node.bases):
            return None
        if any(_is_dataclass(decorator) for decorator in node.decorator_list):
            _write_out(node)
        node.bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        visited = self.generic_visit(node)
        node.body = node.body or [ast.copy_location(ast.Pass(), node)]
        return visited


def bare(source: str) -> ast.Module:
    """Return the syntax tree of a module without annotations and dataclass decorators.

    Args:
        source: text of a module of ``core`` or ``functions``.

    Raises:
        UnsupportedCode: when the module uses an unsupported feature.
    """
    tree = _Bare().visit(ast.parse(source))
    used = set(_names_used(tree, frozenset()))
    tree.body = [statement for statement in tree.body if _is_needed(statement, used)]
    return ast.fix_missing_locations(tree)


def compile_folder(folder: str) -> None:
    """Replace each Python source file in a folder and its subfolders by a ``.pyc`` file with its byte code.

    Raises:
        UnsupportedCode: when a module uses an unsupported feature.
    """
    for source in Path(folder).rglob("*.py"):
        name = f"{TASK_ROOT}/{source.relative_to(folder).as_posix()}"
        text = source.read_bytes()
        code = compile(bare(text.decode()), name, "exec", dont_inherit=True, optimize=2)
        head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(text)
        source.with_suffix(".pyc").write_bytes(head + marshal.dumps(code))
        source.unlink()


def _names_used(node: ast.AST, own: frozenset[str]) -> Iterator[str]:
    """Yield every name that the code in a syntax tree node uses, except names that a function imports for itself.

    Args:
        node: a node of the syntax tree.
        own: names that the functions around the node import.
    """
    if isinstance(node, ast.FunctionDef):
        own |= {name for each in ast.walk(node) for name in _names_imported(each)}
    if isinstance(node, ast.Name) and node.id not in own:
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from _names_used(child, own)


def _names_imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _is_needed(statement: ast.stmt, used: set[str]) -> bool:
    """Remove unused names from an import statement. Return False if the statement has no names left."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names = zip(statement.names, _names_imported(statement), strict=True)
        statement.names = [alias for alias, name in names if name in used]
        return bool(statement.names)
    return True


def _write_out(node: ast.ClassDef) -> None:
    """Replace the decorator of a frozen dataclass by the methods that the decorator would create."""
    plain = len(node.decorator_list) == 1 and ast.unparse(node.decorator_list[0]) == "dataclass(frozen=True)"
    _refuse_unless(plain, node, "a dataclass other than @dataclass(frozen=True)")
    _refuse_unless(not (node.bases or node.keywords), node, "a dataclass that inherits")
    fields = [statement for statement in node.body if isinstance(statement, ast.AnnAssign)]
    for statement in node.body:
        _check_member(statement)
    node.decorator_list = []
    node.body = [statement for statement in node.body if statement not in fields]
    node.body[:0] = [ast.copy_location(each, node) for each in (_init(fields), *copy.deepcopy(_EQUALITY))]


def _check_member(statement: ast.stmt) -> None:
    if isinstance(statement, ast.AnnAssign):
        names = {_last_name(each) for each in ast.walk(statement.annotation)}
        _refuse_unless(not names & _NOT_FIELDS, statement, "ClassVar, InitVar or KW_ONLY in a dataclass")
        computed = isinstance(statement.value, (ast.Call, *_SHARED_DEFAULTS))
        _refuse_unless(not computed, statement, "a call or a mutable value as default in a dataclass")
    elif isinstance(statement, ast.FunctionDef):
        _refuse_unless(statement.name not in _OWN_METHODS, statement, f"{statement.name} in a dataclass")


def _init(fields: list[ast.AnnAssign]) -> ast.FunctionDef:
    names = [ast.unparse(field.target) for field in fields]
    text = f"def __init__(self, {', '.join(names)}): " + ("; ".join(f"self.{n} = {n}" for n in names) or "pass")
    (init,) = ast.parse(text).body
    assert isinstance(init, ast.FunctionDef)  # noqa: S101 - for the type checker
    init.args.defaults = [field.value for field in fields if field.value]
    return init


def _is_dataclass(decorator: ast.expr) -> bool:
    return _last_name(decorator.func if isinstance(decorator, ast.Call) else decorator) == "dataclass"


def _last_name(node: ast.AST) -> str:
    """Return the last name of an expression, or an empty string for an expression without a name.

    For example, the last name of ``Protocol``, ``typing.Protocol`` and ``Protocol[T]`` is ``Protocol``.
    """
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _refuse_unless(supported: bool, node: ast.AST, what: str) -> None:
    if not supported:
        line: int = getattr(node, "lineno", 0)
        raise UnsupportedCode(
            f"line {line}: {what} cannot be packaged for Lambda; write @dataclass(frozen=True) with simple fields, "
            "or a class with explicit methods"
        )
