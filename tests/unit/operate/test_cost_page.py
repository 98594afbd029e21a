"""docs/cost-and-capacity.md shows today's bill of this repository's stack `dev`."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
import yaml
from support.plans import ROOT, plan_with
from typer.testing import CliRunner

from hookline.cli.estimates import sizes_of
from hookline.cli.main import app
from hookline.operate.estimates.cost import Bill, make_bill
from hookline.operate.estimates.measurements import load_measurements
from hookline.operate.estimates.prices import load_prices
from hookline.operate.estimates.usage import Load

PAGE = (ROOT / "docs" / "cost-and-capacity.md").read_text()
BYTES = 2_000


def shown(command: str) -> str:
    """Return the output of a command that the page shows, without empty lines."""
    found = re.search(rf"```console\n\$ {command}\n```\n+```text\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"the page does not show {command}"
    return squeezed(found[1])


def squeezed(text: str) -> str:
    """Return a text without empty lines, and without spaces at the end of a line."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def rows(heading: str) -> list[list[str]]:
    """Return the cells of a table's rows. The table begins with the given text."""
    table = PAGE[PAGE.index(heading) :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def bill(settings: dict[str, object], batch: int = 1) -> Bill:
    """Return the bill of a million events with some settings."""
    plan = plan_with(settings)
    load = Load(1_000_000, BYTES, sizes_of(plan, BYTES), batch)
    return make_bill(plan, load, load_measurements(), load_prices())


@pytest.mark.parametrize("command", ["hookline cost", "hookline cost --providers none"])
def test_the_bills_on_the_page_are_todays(command: str) -> None:
    """To update the page, run the command, and copy its output."""
    result = CliRunner().invoke(app, [*command.split()[1:], "--project", str(ROOT)], env={"COLUMNS": "200"})
    assert shown(command) == squeezed(result.stdout)


def test_the_table_of_reasons_adds_the_lines_of_the_bill() -> None:
    """A row has the sums of all lines with its reasons: what grows with the events, and the fixed part."""
    lines = bill({}).lines
    for reasons, _, grows, fixed in rows("| reason |"):
        mine = [line for line in lines if line.reasons == tuple(reasons.split())]
        assert mine, reasons
        sums = (sum((line.usd for line in mine if line.price.fixed is kind), Decimal(0)) for kind in (False, True))
        assert [f"{each:.2f}" for each in sums] == [grows, fixed], reasons


def test_the_table_of_settings_has_the_bill_of_each_row() -> None:
    """A row has options and settings of a stack file."""
    for words, grows, fixed in rows("| `hookline cost` with |"):
        given = re.findall(r"`([^`]*)`", words)
        batch = int("".join(each for each in given if each.startswith("--batch")).removeprefix("--batch") or 1)
        settings = {key: value for each in given if ":" in each for key, value in yaml.safe_load(each).items()}
        found = bill(settings, batch)
        assert [f"{found.per_million:.2f}", f"{found.fixed:.2f}"] == [grows, fixed], words
