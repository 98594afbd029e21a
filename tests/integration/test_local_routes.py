"""The endpoints of local mode after a provider is switched off, and on again."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from integration.local_projects import real_project

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import paths_of
from hookline.local import deploy
from hookline.local.project import Project

PATHS = {path: name for name in PROVIDER_NAMES for path in paths_of(name)}


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Project]:
    """Return the providers system of the real program, deployed with all providers."""
    project = real_project(tmp_path, systems="[providers]")
    deploy.up(project, "dev")
    yield project
    project.home.stop()


def answers(url: str, headers: dict[str, str]) -> dict[str, tuple[int, str]]:
    """Return path → status and error code of an unsigned delivery to each path."""
    root = url.removesuffix("/webhook")
    found = {path: httpx.post(f"{root}/{path}", headers=headers, content=b"{}", timeout=30) for path in PATHS}
    return {path: (answer.status_code, answer.json()["error"]["code"]) for path, answer in found.items()}


def test_a_provider_that_is_off_is_answered_with_404_at_the_same_url(providers: Project) -> None:
    """API Gateway answers the provider's paths itself, and every other path is answered as before."""
    url = str(deploy.up(providers, "dev").outputs["api_endpoint"])
    before = answers(url, {})
    assert {status for status, _ in before.values()} == {400, 401}
    real_project(providers.path, systems="[providers]", providers="[stripe, adyen]")
    assert deploy.up(providers, "dev").outputs["api_endpoint"] == url
    kept = {path for path, name in PATHS.items() if name in {"stripe", "adyen"}}
    closed = dict.fromkeys(PATHS.keys() - kept, (404, "not_found"))
    assert answers(url, {}) == {**{path: before[path] for path in kept}, **closed}
    with_credentials = answers(url, {"Authorization": "Basic aG9vazpsaW5l"})
    assert {with_credentials[path][0] for path in closed} <= {400, 403, 404}
    real_project(providers.path, systems="[providers]")
    assert deploy.up(providers, "dev").outputs["api_endpoint"] == url
    assert answers(url, {}) == before
