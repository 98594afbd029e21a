"""The documentation agrees with the code."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from support.ledger import IDS

from hookline.core.transactions.transaction import validate
from hookline.core.values.strict_json import decode
from hookline.infra import ProvidersSettings, TransactionsSettings
from hookline.infra.settings import table
from hookline.infra.settings.table import updated

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
REQUIREMENTS = (ROOT / "docs" / "requirements.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


def _anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub generates for a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_requirements_table_has_each_id_once_and_in_order() -> None:
    """Every requirement has one line."""
    assert re.findall(r"^\| (AC?\d+|[BC]\d+) \|", REQUIREMENTS, re.MULTILINE) == IDS


def test_each_requirement_names_a_test_of_its_id_that_exists() -> None:
    """Each line of the table names an existing test with the same id."""
    source = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    rows = re.findall(r"^\| (AC?\d+|[BC]\d+) \|.*`(test_\w+)` \|$", REQUIREMENTS, re.MULTILINE)
    assert [requirement for requirement, _ in rows] == IDS
    for requirement, test in rows:
        assert test.startswith(f"test_{requirement}_")
        assert f"def {test}(" in source, test


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_somewhere(page: Path) -> None:
    """Each relative link points to an existing file or heading."""
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link


def test_no_stack_file_says_how_secrets_are_encrypted() -> None:
    """With the salt of somebody else's passphrase, `pulumi stack init` says "incorrect passphrase"."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / path for path in tracked.split() if re.search(r"(^|/)Pulumi\..+\.ya?ml$", path)]
    assert len(files) > 4
    assert [file for file in files if re.search("encryptionsalt|secretsprovider|encryptedkey", file.read_text())] == []


def test_the_readme_lists_each_setting_with_its_default() -> None:
    """The table in the README is generated from the settings."""
    assert updated(README) == README, "`make fix` updates the table"


def test_the_table_of_settings_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program behind `make fix` corrects an outdated table."""
    page = tmp_path / "README.md"
    page.write_text(README.replace("| `35` |", "| `36` |"))
    monkeypatch.setattr(sys, "argv", ["table", str(page)])
    runpy.run_path(table.__file__, run_name="__main__")
    assert page.read_text() == README


def test_a_page_without_a_table_of_settings_is_refused() -> None:
    """A changed heading of the table is an error."""
    with pytest.raises(ValueError, match="one table"):
        updated(README.replace("| setting | default |", "| settings | default |"))


def test_the_readmes_event_is_accepted() -> None:
    """The example in the README is a valid event."""
    example = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert example
    event = json.loads(example[1])
    transaction = validate(decode(example[1].encode()), datetime(2026, 12, 1, tzinfo=UTC))
    assert (transaction.event_id, str(transaction.amount)) == (event["event_id"], event["amount"])


def test_the_oldest_pulumi_cli_is_the_same_everywhere() -> None:
    """The CLI itself compares its version with `requiredPulumiVersion`; the README says it in words."""
    projects = [ROOT / folder / "Pulumi.yaml" for folder in (".", "account", "src/hookline/template")]
    required = {yaml.safe_load(file.read_text())["requiredPulumiVersion"] for file in projects}
    (oldest,) = (version.removeprefix(">=") for version in required)
    for page in (README, (ROOT / "src/hookline/template/README.md").read_text()):
        assert f"version {oldest} or later" in page


def test_the_stacks_that_fit_into_an_account_are_counted_from_the_reservations() -> None:
    """AWS leaves 100 of 1,000 concurrent executions unreserved."""
    own = TransactionsSettings(environment_suffix="x")
    transactions = (own.validator_reserved_concurrency or 0) + (own.router_reserved_concurrency or 0)
    providers = ProvidersSettings(environment_suffix="x").ingestion_reserved_concurrency or 0
    page = (ROOT / "docs/deploying.md").read_text()
    rows = re.findall(r"^\| [^|]*\| 1,000 \| (\d+)[^|]*\| (\d+) \|$", page, re.MULTILINE)
    taken = (transactions + providers, transactions, providers)
    assert rows == [(str(each), str(900 // each)) for each in taken]
