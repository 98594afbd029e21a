"""The commands with which the README deploys hookline to AWS, in a rehearsal."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest
from engine.conftest import found_by_the_cli
from engine.names import names
from engine.pulumi_cli import ROOT

from hookline.local.cloud import Cloud, Credentials
from hookline.local.project import Project
from hookline.local.rehearsal.rehearsal import Place, rehearsal

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STACK_FILES = ("Pulumi.prod.yaml", "account/Pulumi.shared.yaml")


def commands() -> list[str]:
    """Return the commands of the README's part about AWS: in its blocks, and in its text if they name the stack."""
    (part,) = re.findall(r"^## Deploy to AWS\n(.+?)^## ", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    found = re.findall(r"^\$ (.+)$|`(pulumi [^`]+ --stack prod)`", part, re.MULTILINE)
    return [block or inline for block, inline in found]


@pytest.fixture
def place(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a rehearsal of this repository. Its CLI asks nothing."""
    with rehearsal(Project(ROOT)) as place:
        variables = found_by_the_cli(place.environment, tmp_path_factory)
        yield Place(place.folder, variables | {"PULUMI_SKIP_CONFIRMATIONS": "true"})


def test_the_commands_of_the_readme_can_be_rehearsed(place: Place) -> None:
    """They run in this order, also with an AWS profile of the stack, and change no file of the user."""
    before = [(ROOT / file).read_text() for file in STACK_FILES]
    words = commands()
    assert (len(words), words[-1]) == (10, "pulumi destroy --stack prod")
    script = "\n".join(["set -e", *words])
    done = subprocess.run(
        ["bash", "-c", script], cwd=place.folder, env=place.environment, input=SECRET, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"stripe .*[0-9a-f]{8}", done.stdout)
    assert [(ROOT / file).read_text() for file in STACK_FILES] == before
    keys = Credentials(place.environment["AWS_ACCESS_KEY_ID"], place.environment["AWS_SECRET_ACCESS_KEY"])
    assert names(Cloud(place.environment["AWS_ENDPOINT_URL"], keys), "prod") == []
