"""Byte code works like its source, without code that only readers and type checkers need."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from hookline.packaging.bare_code import UnsupportedCode, bare, compile_folder
from hookline.packaging.closure import closure, runtime_imports

RECORD = """
from __future__ import annotations
from dataclasses import dataclass
from datetime import datetime

@dataclass(frozen=True)
class Point:
    \"\"\"A point.\"\"\"

    x: int
    at: datetime | None
    note: str = "here"

    def double(self) -> int:
        return 2 * self.x
"""


def compiled(source: str, folder: Path) -> ModuleType:
    """Compile a module as the packager does, and import its byte code."""
    (folder / "module.py").write_text(source)
    compile_folder(str(folder))
    assert [file.name for file in folder.iterdir()] == ["module.pyc"]
    spec = importlib.util.spec_from_file_location("module", folder / "module.pyc")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_annotations_and_docstrings_are_left_out_and_values_stay(tmp_path: Path) -> None:
    """Line numbers stay the same, so that tracebacks are correct."""
    module = compiled(
        '"""Doc."""\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nothing\nnumber: int = 7\n'
        "text: str\nif number:\n    number += 1\n"
        'def double(value: int) -> int:\n    """Doc."""\n    return 2 * value\n',
        tmp_path,
    )
    assert (module.double(module.number), module.__doc__, module.double.__doc__) == (16, None, None)
    assert (module.double.__annotations__, "__annotations__" in vars(module)) == ({}, False)
    assert (module.double.__code__.co_firstlineno, module.double.__code__.co_filename) == (9, "/var/task/module.py")


def test_a_frozen_dataclass_is_written_out(tmp_path: Path) -> None:
    """The class has the same arguments, methods, equality and hash, but its repr shows no values."""
    module = compiled(RECORD, tmp_path)
    point = module.Point(3, None)
    assert (point.x, point.at, point.note, point.double()) == (3, None, "here", 6)
    assert point == module.Point(x=3, at=None, note="here")
    assert point != module.Point(3, None, "there")
    assert point != (3, None, "here")
    assert hash(point) == hash(module.Point(3, None))
    assert [*vars(point)] == ["x", "at", "note"]
    assert "here" not in repr(point)
    assert "dataclass" not in vars(module)
    assert "datetime" not in vars(module)


def test_what_only_types_need_is_gone(tmp_path: Path) -> None:
    """Type aliases, type variables, protocols and their imports are removed."""
    module = compiled(
        """
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias, TypeVar
import decimal

Pairs: TypeAlias = Mapping[str, Callable[[int], str]]
T = TypeVar("T")

class Judge(Protocol):
    def verdict(self) -> int: ...

class Table(dict[str, int]): ...
class Empty:
    size: int

made = dict[str, int]()
""",
        tmp_path,
    )
    assert {name for name in vars(module) if not name.startswith("__")} == {"Table", "Empty", "made"}
    assert module.made == {}


def test_an_import_inside_a_function_stays_there() -> None:
    """Such an import stays lazy, even if an annotation uses the same name."""
    source = "from a import b\ndef f() -> b:\n    from a import b\n    return b()\n"
    assert runtime_imports(source) == {"a.b"}
    assert runtime_imports(source + "b\n") == {"a.b"}
    assert len(bare(source).body) == 1, "the import at the top is for the annotation alone"


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("@dataclass\nclass A:\n    x: int", "other than @dataclass"),
        ("@dataclass(frozen=True, order=True)\nclass A:\n    x: int", "other than @dataclass"),
        ("@dataclass(frozen=True)\n@final\nclass A:\n    x: int", "other than @dataclass"),
        ("@dataclasses.dataclass()\nclass A:\n    x: int", "other than @dataclass"),
        ("@dataclass(frozen=True)\nclass A(B):\n    x: int", "inherits"),
        ("@dataclass(frozen=True)\nclass A:\n    x: list[int] = field(default_factory=list)", "default"),
        ("@dataclass(frozen=True)\nclass A:\n    x: list[int] = []", "default"),
        ("@dataclass(frozen=True)\nclass A:\n    x: ClassVar[int] = 1", "ClassVar"),
        ("@dataclass(frozen=True)\nclass A:\n    x: InitVar[int]", "InitVar"),
        ("@dataclass(frozen=True)\nclass A:\n    x: int\n    def __post_init__(self): ...", "__post_init__"),
        ("@dataclass(frozen=True)\nclass A:\n    x: int\n    def __eq__(self, other): ...", "__eq__"),
        ("from dataclasses import dataclass, replace", "helper"),
        ("match x:\n    case A(1): ...", "pattern"),
    ],
)
def test_what_is_not_written_out_is_refused(code: str, what: str) -> None:
    """The error message has the line and the correct code."""
    with pytest.raises(UnsupportedCode, match=rf"line \d: .*{what}.* write @dataclass\(frozen=True\)"):
        bare(code)


def test_a_refusal_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file and the line."""
    from hookline.packaging import closure as module  # noqa: PLC0415 - the test changes its folder

    (tmp_path / "hookline").mkdir()
    (tmp_path / "hookline" / "a.py").write_text("\n@dataclass\nclass A:\n    x: int\n")
    monkeypatch.setattr(module, "ROOT", tmp_path / "hookline")
    with pytest.raises(UnsupportedCode, match=r"^hookline/a\.py, line 3: "):
        closure("hookline.a")


def test_a_needless_branch_of_a_type_check_is_kept() -> None:
    """The `else` branch of a type-checking block runs in Lambda."""
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b\nb\n"
    assert runtime_imports(source) == {"b"}


def test_a_match_by_name_is_no_problem() -> None:
    """A pattern with keywords works without `__match_args__`."""
    assert bare("match x:\n    case A(b=1):\n        y = 1\n").body
