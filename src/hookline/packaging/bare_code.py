"""Byte code without what only readers and type checkers need, and with frozen dataclasses written out.

A start of a Lambda function compiles or loads every module that it imports, so each name that only an annotation needs
costs a sender milliseconds. The sources stay ordinary Python; here they lose, in memory:

- annotations, type aliases, type variables, protocols, and what is imported for them alone;
- the decorator ``@dataclass(frozen=True)``. In its place the class gets the methods that it would make, except
  ``__repr__``, so that no error can show a payload, and ``__setattr__``, since the type checker holds classes frozen.

What this module does not write out, it refuses: see ``UnsupportedCode``. Byte code is compiled in a process of its own,
which runs this file alone, so this file needs nothing but the standard library.
"""

from __future__ import annotations

import ast
import copy
import importlib.util
import marshal
from collections.abc import Iterator
from pathlib import Path

TASK_ROOT = "/var/task"
"""Where Lambda unpacks an archive; tracebacks name the modules by it."""

_UNCHECKED_HASH = (1).to_bytes(4, "little")
"""Flags that say: do not look for the source (PEP 552)."""

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


class UnsupportedCode(Exception):  # noqa: N818 - reads as what it is
    """A module of ``core`` or ``functions`` uses something that its byte code would not have.

    The message names the line, what is not supported, and what is.
    """


class _Bare(ast.NodeTransformer):
    """Takes away what the module's text lists; line numbers stay."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Keep an argument's name."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Forget what a function returns."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """Keep an assignment of a value; drop a declaration, and a type alias."""
        if node.value is None or _last_name(node.annotation) == "TypeAlias":
            return None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """Drop a type variable."""
        if isinstance(node.value, ast.Call) and _last_name(node.value.func) == "TypeVar":
            return None
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        """Drop what changes annotations only; refuse helpers that need what dataclasses keep."""
        if node.module == "dataclasses":
            _refuse_unless([alias.name for alias in node.names] == ["dataclass"], node, "a helper of dataclasses")
        return None if node.module == "__future__" else node

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST]:
        """Drop what is imported for type checkers."""
        if _last_name(node.test) == "TYPE_CHECKING":
            return [self.visit(statement) for statement in node.orelse]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Make an empty ``dict[str, int]()`` a plain one."""
        if isinstance(node.func, ast.Subscript) and _last_name(node.func.value) in {"dict", "list", "set"}:
            node.func = node.func.value
        return self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """Refuse a pattern that needs ``__match_args__``."""
        _refuse_unless(not node.patterns, node, "a class pattern by position")
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | None:
        """Drop a protocol; write out a dataclass; forget of what a container is."""
        if any(_last_name(base) == "Protocol" for base in node.bases):
            return None
        if any(_is_dataclass(decorator) for decorator in node.decorator_list):
            _write_out(node)
        node.bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        visited = self.generic_visit(node)
        node.body = node.body or [ast.copy_location(ast.Pass(), node)]
        return visited


def bare(source: str) -> ast.Module:
    """Return a module as it is compiled.

    Args:
        source: text of a module of ``core`` or ``functions``.

    Raises:
        UnsupportedCode: when it uses something that is not supported.
    """
    tree = _Bare().visit(ast.parse(source))
    used = set(_names_used(tree, frozenset()))
    tree.body = [statement for statement in tree.body if _is_needed(statement, used)]
    return ast.fix_missing_locations(tree)


def compile_folder(folder: str) -> None:
    """Replace each source below a folder by its byte code.

    Raises:
        UnsupportedCode: when one uses something that is not supported.
    """
    for source in Path(folder).rglob("*.py"):
        name = f"{TASK_ROOT}/{source.relative_to(folder).as_posix()}"
        text = source.read_bytes()
        code = compile(bare(text.decode()), name, "exec", dont_inherit=True, optimize=2)
        head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(text)
        source.with_suffix(".pyc").write_bytes(head + marshal.dumps(code))
        source.unlink()


def _names_used(node: ast.AST, own: frozenset[str]) -> Iterator[str]:
    """Yield every name that is read below a node, except those that a function around it imports by itself."""
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
    """Return whether a statement of a module does anything, after taking from an import what nobody uses."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names = zip(statement.names, _names_imported(statement), strict=True)
        statement.names = [alias for alias, name in names if name in used]
        return bool(statement.names)
    return True


def _write_out(node: ast.ClassDef) -> None:
    """Give a frozen dataclass the methods that the decorator would make."""
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
        _refuse_unless(not computed, statement, "a default of a dataclass that is made by a call, or can change")
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
    """Return ``Protocol`` of ``Protocol``, ``typing.Protocol`` and ``Protocol[T]``; empty text for anything else."""
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _refuse_unless(supported: bool, node: ast.AST, what: str) -> None:
    if not supported:
        line: int = getattr(node, "lineno", 0)
        raise UnsupportedCode(
            f"line {line}: {what} cannot be packaged for Lambda; write @dataclass(frozen=True) with plain fields, "
            "or a class with its methods written out"
        )
