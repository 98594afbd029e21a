"""A provider is complete, or a test names the part that is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.pipeline.webhooks import EVENTS
from support.providers.deliveries import SAMPLES, SECRETS
from support.providers.known import KNOWN

import hookline
from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import path_of
from hookline.core.transactions.transaction import TRANSACTION_TYPES
from hookline.operate.sending.signing import sign

SOURCE = Path(hookline.__file__).parent
ROOT = Path(__file__).parents[4]


def missing(name: str) -> list[str]:
    """Return each part that a provider still needs, with its place."""
    module = SOURCE / "core" / "providers" / f"{name}.py"
    source = module.read_text("utf-8") if module.exists() else ""
    samples = [SAMPLES / name / f"{kind}.json" for kind in TRANSACTION_TYPES]
    urns = (ROOT / "tests" / "infra" / "urns.txt").read_text("utf-8")
    reserved = re.search(r"pattern: \^\(\?!\(([\w|]+)\):\)", (ROOT / "docs" / "openapi.yaml").read_text("utf-8"))
    assert reserved
    page, api = ((ROOT / "docs" / file).read_text("utf-8") for file in ("providers.md", "openapi-providers.yaml"))
    parts = {
        f"src/hookline/core/providers/{name}.py with its PROVIDER": f'PROVIDER = Provider(\n    name="{name}"'
        in source,
        f"{name} in PROVIDER_NAMES of src/hookline/core/__init__.py": name in PROVIDER_NAMES,
        **{f"src/hookline/samples/{name}/{sample.name}": sample.exists() for sample in samples},
        f"{name} in _SIGNERS of src/hookline/operate/sending/signing.py": signs(name),
        f"{name} in KNOWN of tests/support/providers/known.py": name in KNOWN,
        f"{name} in EVENTS of tests/support/pipeline/webhooks.py": name in {*EVENTS, "paypal"},
        f"a section with the endpoint of {name} in docs/providers.md": f"**Endpoint:** `/{path_of(name)}`" in page,
        f"the path of {name} in docs/openapi-providers.yaml": f"\n  /{path_of(name)}:\n" in api,
        f"{name} in the pattern of event_id in docs/openapi.yaml": name in reserved[1].split("|"),
        f"the resources of {name} in tests/infra/urns.txt": f"EventRule::{name}-dev\n" in urns,
    }
    return [part for part, there in parts.items() if not there]


def signs(name: str) -> bool:
    """Return whether samples can be signed in a provider's place."""
    sample = SAMPLES / name / "payment.json"
    try:
        sign(name, sample.read_bytes() if sample.exists() else b"{}", SECRETS.get(name, ""), 0, rsa=bytes)
    except KeyError:
        return False
    return True


def begun() -> list[str]:
    """Return the name of each provider of which any part is there."""
    modules = {
        path.stem for path in (SOURCE / "core" / "providers").glob("*.py") if "\nPROVIDER = " in path.read_text()
    }
    return sorted({*PROVIDER_NAMES, *KNOWN, *modules, *(path.name for path in SAMPLES.iterdir())})


@pytest.mark.parametrize("name", begun())
def test_a_provider_of_which_a_part_is_there_is_complete(name: str) -> None:
    """The message lists what is still to do."""
    parts = missing(name)
    assert not parts, f"{name} still needs " + "; ".join(parts)


def test_each_part_that_is_missing_is_named() -> None:
    """A provider that does not exist lacks every part."""
    assert missing("nobody") == [
        "src/hookline/core/providers/nobody.py with its PROVIDER",
        "nobody in PROVIDER_NAMES of src/hookline/core/__init__.py",
        "src/hookline/samples/nobody/payment.json",
        "src/hookline/samples/nobody/refund.json",
        "src/hookline/samples/nobody/dispute.json",
        "nobody in _SIGNERS of src/hookline/operate/sending/signing.py",
        "nobody in KNOWN of tests/support/providers/known.py",
        "nobody in EVENTS of tests/support/pipeline/webhooks.py",
        "a section with the endpoint of nobody in docs/providers.md",
        "the path of nobody in docs/openapi-providers.yaml",
        "nobody in the pattern of event_id in docs/openapi.yaml",
        "the resources of nobody in tests/infra/urns.txt",
    ]
