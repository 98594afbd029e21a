"""Types and logical names are part of every deployed stack: a change of one is a decision, not an accident."""

from pathlib import Path

from support.program import deploy

URNS = Path(__file__).parent / "urns.txt"
PREFIX = "urn:pulumi:test::hookline::"


def test_the_program_registers_these_urns() -> None:
    """Pulumi deletes and makes anew whatever has another URN, with all the data that it holds.

    Who changes one gives the resource an alias, notes the change in CHANGELOG.md, and then this list.
    """
    registered = sorted(resource.urn.removeprefix(PREFIX) for resource in deploy().resources)
    assert registered == URNS.read_text().splitlines()
