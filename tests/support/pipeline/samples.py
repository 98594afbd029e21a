"""The simulation for deliveries that are made from the samples, of all providers and with PayPal's signature."""

from support.pipeline.cloud import Cloud
from support.pipeline.system import System
from support.providers.deliveries import SECRETS, settings
from support.records import changed


def system_for_samples() -> System:
    """Return the system with a live secret of each provider, which trusts the authority of the tests for PayPal."""
    system = System(Cloud())
    system.cloud.secrets = {name: [secret] for name, secret in SECRETS.items()}
    system.ingestion = changed(system.ingestion, settings=settings())
    return system
