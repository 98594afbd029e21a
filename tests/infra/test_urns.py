"""Types and logical names are part of every deployed stack, so they change only on purpose."""

from pathlib import Path

from support.program import deploy

URNS = Path(__file__).parent / "urns.txt"
PREFIX = "urn:pulumi:test::hookline::"


def test_the_program_registers_these_urns() -> None:
    """Pulumi deletes and recreates a resource with a changed URN, including its data.

    To change a URN, give the resource an alias, add the change to CHANGELOG.md, and update this list.
    """
    registered = sorted(resource.urn.removeprefix(PREFIX) for resource in deploy().resources)
    listed = URNS.read_text().splitlines()
    gone, new = sorted({*listed} - {*registered}), sorted({*registered} - {*listed})
    assert not gone, "these would be deleted; give each new URN an alias: " + "\n".join(gone)
    assert not new, "add these to urns.txt: " + "\n".join(new)
    assert registered == listed
