"""The signing secrets of a stack."""

from __future__ import annotations

import json

import pytest
from support.fakes.providers import BothSystems
from support.fakes.secrets_manager import FakeSecretsManager

from hookline.core import PROVIDER_NAMES
from hookline.errors import UserError
from hookline.local.development_secrets import development_secrets
from hookline.operate import secret_store
from hookline.operate.secret_store import Live, fingerprint


def stack(**providers: list[str]) -> BothSystems:
    """Return a stack with these secrets."""
    return BothSystems(provider_secrets=FakeSecretsManager(json.dumps(providers)))


def value(of: BothSystems) -> dict[str, list[str]]:
    """Return the stored secrets of the providers."""
    return json.loads(str(of.provider_secrets.value))


def test_the_list_has_every_source_and_no_value() -> None:
    """The list has `transactions` first, then each provider, with fingerprints only."""
    found = secret_store.live(stack(stripe=["one", "two"]).target)
    assert [live.source for live in found] == ["transactions", *sorted(PROVIDER_NAMES)]
    assert found[-1] == Live("stripe", [fingerprint("one"), fingerprint("two")])
    assert found[0].fingerprints == []
    assert "one" not in repr(found)


def test_a_stack_of_one_system_has_its_sources_only() -> None:
    """The outputs of the stack determine its sources."""
    both = stack()
    del both.outputs["webhook_url"]
    assert secret_store.sources(both.target) == sorted(PROVIDER_NAMES)
    del both.outputs["providers"]
    assert secret_store.sources(both.target) == []


def test_a_rotation_adds_and_then_removes() -> None:
    """The newest secret comes first; other providers' secrets do not change."""
    of = stack(square=["other"], stripe=["old"])
    assert secret_store.add(of.target, "stripe", "new").fingerprints == [fingerprint("new"), fingerprint("old")]
    assert secret_store.remove(of.target, "stripe", fingerprint("old")).fingerprints == [fingerprint("new")]
    assert value(of) == {"square": ["other"], "stripe": ["new"]}


def test_one_secret_replaces_all() -> None:
    """`replace` also sets the first secret of a source."""
    of = stack(stripe=["old", "older"])
    assert secret_store.replace(of.target, "stripe", "new") == Live("stripe", [fingerprint("new")])
    secret_store.replace(of.target, "square", "first")
    assert value(of) == {"stripe": ["new"], "square": ["first"]}


@pytest.mark.parametrize("name", sorted(PROVIDER_NAMES))
def test_each_providers_secret_has_its_form(name: str) -> None:
    """The development secrets of local mode have a valid format."""
    secret_store.replace(stack().target, name, development_secrets("provider-secrets-x")[name][0])


def test_the_transactions_secret_is_one_of_standard_webhooks() -> None:
    """The transactions system has its own secret in Secrets Manager."""
    of = stack()
    (secret,) = development_secrets("transactions")["transactions"]
    secret_store.replace(of.target, "transactions", secret)
    assert json.loads(str(of.secrets.value)) == {"transactions": [secret]}
    assert value(of) == {}


@pytest.mark.parametrize(
    ("source", "secret", "words"),
    [
        ("strip", "x", "no secrets of strip: it has secrets of transactions, adyen"),
        ("adyen", "xyz", "not have the format of a secret of adyen"),
        ("transactions", "xyz", "not have the format of a secret of standard_webhooks"),
        ("stripe", "two words", "printable ASCII without spaces"),
        ("stripe", "schlüssel", "printable ASCII without spaces"),
        ("stripe", "a\tb", "printable ASCII without spaces"),
    ],
)
def test_what_could_never_verify_is_refused(source: str, secret: str, words: str) -> None:
    """Nothing is stored, and the message does not contain the secret."""
    of = stack()
    with pytest.raises(UserError, match=words) as refused:
        secret_store.replace(of.target, source, secret)
    assert secret not in {*str(refused.value).split("; ")}
    assert value(of) == {}


def test_a_secret_is_added_once_and_only_so_many_are_live() -> None:
    """A source has at most four different live secrets."""
    of = stack(stripe=["1", "2", "3", "4"])
    with pytest.raises(UserError, match="already live"):
        secret_store.add(of.target, "stripe", "3")
    with pytest.raises(UserError, match="has 4 live secrets"):
        secret_store.add(of.target, "stripe", "5")


def test_only_a_live_secret_is_removed_and_never_the_last() -> None:
    """Without a live secret, the functions would accept no webhook."""
    of = stack(stripe=["only"])
    with pytest.raises(UserError, match=f"no live secret 00000000: the live secrets are {fingerprint('only')}"):
        secret_store.remove(of.target, "stripe", "00000000")
    with pytest.raises(UserError, match="no live secret 00000000: the live secrets are none"):
        secret_store.remove(of.target, "square", "00000000")
    with pytest.raises(UserError, match="is the last live secret"):
        secret_store.remove(of.target, "stripe", fingerprint("only"))
    with pytest.raises(UserError, match="no secrets of strip"):
        secret_store.remove(of.target, "strip", "x")
