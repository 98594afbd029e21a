"""The archives: their content, their size, and their reproducible bytes."""

import importlib.util
import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hookline.core import PROVIDER_NAMES
from hookline.packaging import archive, bytecode
from hookline.packaging.archive import archive_files, function_archive
from hookline.packaging.closure import closure, source_file

FUNCTIONS = ("validator", "router", "ingestion", "processing")
PAYPAL = {
    *("paypal", "paypal_authorities", "x509", "x509_extensions", "der"),
    *("certificates", "certificate_server", "kept_certificates"),
}
"""Modules that only PayPal's certificates need."""

UNCHECKED_HASH = 1
"""The flags of byte code that Python uses without checking the source (PEP 552)."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for byte code."""
    return tmp_path_factory.mktemp("bytecode")


def zipped(files: dict[str, Path]) -> int:
    """Return the size of a zip file of these files, in bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, file in files.items():
            archive.write(file, path)
    return len(buffer.getvalue())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_archive_holds_byte_code_of_the_rules_and_the_functions_only(function: str, home: Path) -> None:
    """The archive has no sources, no infrastructure, no command line, and no signing code for samples."""
    paths = list(archive_files(function, home))
    assert paths == sorted(paths)
    assert {"hookline/__init__.pyc", f"hookline/functions/{function}.pyc"} <= set(paths)
    for path in paths:
        assert path == "hookline/__init__.pyc" or path.startswith(("hookline/core/", "hookline/functions/"))
        assert path.endswith(".pyc")
        assert not path.endswith("signing.pyc")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_archive_is_smaller_than_135_kilobytes(function: str, home: Path) -> None:
    """Lambda downloads the archive before a cold start; PayPal's certificates are not counted."""
    files = archive_files(function, home)
    assert zipped({path: file for path, file in files.items() if Path(path).stem not in PAYPAL}) < 135_000


def test_a_function_gets_no_module_that_it_does_not_need(home: Path) -> None:
    """The transactions system has no provider modules, and the router has no signature modules."""
    validator, router = (archive_files(name, home) for name in ("validator", "router"))
    assert not [path for path in (*validator, *router) if path.startswith("hookline/core/providers/")]
    assert "hookline/core/signatures/standard_webhooks.pyc" in validator
    assert "hookline/core/signatures/standard_webhooks.pyc" not in router


@pytest.mark.parametrize("function", ["ingestion", "processing"])
def test_what_handles_webhooks_has_every_provider(function: str, home: Path) -> None:
    """Events of a disabled provider may still be in the queue, or come back in a replay."""
    paths = archive_files(function, home)
    for provider in PROVIDER_NAMES:
        assert f"hookline/core/providers/{provider}.pyc" in paths


def test_byte_code_is_for_this_runtime_and_is_never_checked(home: Path) -> None:
    """Lambda's Python 3.11 has the same magic number, and has no sources to compare."""
    for file in archive_files("ingestion", home).values():
        code = file.read_bytes()
        assert code[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(code[4:8], "little") == UNCHECKED_HASH


def test_the_same_sources_give_the_same_bytes_in_every_process(home: Path, tmp_path: Path) -> None:
    """A deployment without a change must not update any function."""
    script = "import sys, pathlib, hookline.packaging.bytecode as b; b.compile_modules(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env={"PYTHONHASHSEED": "7"})
    (other,) = tmp_path.iterdir()
    for path, file in archive_files("ingestion", home).items():
        assert (other / path).read_bytes() == file.read_bytes(), path


def test_what_was_compiled_serves_until_a_source_changes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is cached, because compilation takes a second and there are four functions."""
    first = bytecode.compile_modules(home)
    made = (first / "hookline/__init__.pyc").stat().st_mtime_ns
    assert bytecode.compile_modules(home) == first
    assert (first / "hookline/__init__.pyc").stat().st_mtime_ns == made
    monkeypatch.setattr(bytecode, "_COMPILE", (*bytecode._COMPILE, "another way"))
    assert bytecode._digest() != first.name


def test_a_failed_compilation_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run starts again."""
    monkeypatch.setattr(bytecode, "_COMPILE", ("-c", "raise SystemExit(1)"))
    with pytest.raises(subprocess.CalledProcessError):
        bytecode.compile_modules(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_programs_at_once_do_not_disturb_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second program uses the complete result of the first one, and leaves no files of its own."""
    compile_all = bytecode._compile

    def compile_later(folder: Path) -> None:
        monkeypatch.setattr(bytecode, "_compile", compile_all)
        bytecode.compile_modules(tmp_path)
        compile_all(folder)

    monkeypatch.setattr(bytecode, "_compile", compile_later)
    made = bytecode.compile_modules(tmp_path)
    assert list(tmp_path.iterdir()) == [made]


def test_the_archive_is_made_below_the_project_s_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi reads the files later, and version control ignores this folder."""
    monkeypatch.chdir(tmp_path)
    assets = function_archive("router").assets
    assert all(asset.path.startswith(str(tmp_path / ".hookline")) for asset in assets.values())  # type: ignore[union-attr]


def test_a_module_s_needs_are_followed_to_the_end() -> None:
    """Imports in functions count; imports for annotations and other packages do not."""
    needed = closure("hookline.functions.router")
    assert {
        "hookline",
        "hookline.functions",
        "hookline.core.values.redact",
        "hookline.core.values.card_numbers",
    } <= needed
    assert "hookline.functions.aws.botocore_clients" in needed
    assert "hookline.functions.secrets" not in needed
    assert source_file("json") is None


def test_under_another_python_an_archive_holds_sources(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda could not run byte code of another version; the sources contain all their imports."""
    monkeypatch.setattr(archive, "RUNTIME", "python3.99")
    files = archive_files("processing", home)
    assert {Path(path).suffix for path in files} == {".py"}
    for path, file in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, tmp_path / path)
    program = (
        f"import sys; sys.path.append({str(tmp_path)!r}); import hookline.functions.processing as p; print(p.__file__)"
    )
    command = [sys.executable, "-I", "-S", "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.startswith(str(tmp_path))


def test_sources_in_an_archive_are_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The warning is shown once, and says how to avoid the problem."""
    warnings: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(archive, "RUNTIME", "python3.99")
    monkeypatch.setattr(archive.pulumi.log, "warn", warnings.append)
    archive._warn.cache_clear()
    assert set(function_archive("router").assets) == set(archive_files("router", tmp_path))
    function_archive("validator")
    archive._warn.cache_clear()
    (warning,) = warnings
    assert warning.endswith("Run Pulumi with python3.99 to avoid this")
