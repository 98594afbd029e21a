"""Sample events, signed and sent in a provider's place."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.fakes.providers import BothSystems
from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.stack import serving

from hookline.core import PROVIDER_NAMES
from hookline.errors import UserError
from hookline.operate.demo_steps import provider_steps
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Signer, endpoint, require_provider, signer_for
from hookline.operate.sending.trigger import Order, trigger

NAMES = sorted(PROVIDER_NAMES)
SAMPLES = [(name, event) for name, known in samples.names().items() for event in known]


@pytest.mark.parametrize("kind", ["payment", "refund", "dispute"])
@pytest.mark.parametrize("name", NAMES)
def test_each_provider_and_event_is_accepted_with_new_ids_each_time(name: str, kind: str) -> None:
    """Two samples are two events of two objects, and become transactions of the same type."""
    with serving(BothSystems()) as target:
        sent = list(trigger(Order(signer_for(target, name), endpoint(target, name), kind, count=2)))
    assert [(one.accepted, one.answer.code) for one in sent] == [(True, "accepted")] * 2
    first, second = (one.webhook for one in sent)
    assert set(first.event_ids).isdisjoint(second.event_ids)
    assert {event.object_id for event in first.events}.isdisjoint(event.object_id for event in second.events)
    assert set(first.transactions.values()) == {kind}
    assert set(first.transactions).isdisjoint(second.transactions)


@pytest.mark.parametrize(("name", "event"), SAMPLES)
def test_every_sample_can_be_sent_again_as_a_new_event(name: str, event: str) -> None:
    """This includes extra samples, such as Adyen's capture, which refers to another payment."""
    with serving(BothSystems()) as target:
        first, second = trigger(Order(signer_for(target, name), endpoint(target, name), event, count=2))
    assert (first.answer.code, second.answer.code) == ("accepted", "accepted")
    assert set(first.webhook.event_ids).isdisjoint(second.webhook.event_ids)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_event_is_a_repeat_the_second_time(name: str) -> None:
    """With the sample's own ids, the second webhook is a duplicate."""
    with serving(BothSystems()) as target:
        order = Order(signer_for(target, name), endpoint(target, name), "payment", count=2, same=True)
        assert [one.answer.code for one in trigger(order)] == ["accepted", "duplicate"]


def test_a_forged_one_is_not_accepted() -> None:
    """The answer has the code of the reason."""
    with serving(BothSystems()) as target:
        signer = replace(signer_for(target, "stripe"), secret="whsec_other")
        (sent,) = trigger(Order(signer, endpoint(target, "stripe"), "payment"))
    assert (sent.accepted, sent.answer.code) == (False, "signature_invalid")


def test_overrides_change_values_of_any_form() -> None:
    """A value is JSON, or else plain text; a path may go through lists; its last key may be new."""
    body = b'{"a":{"b":[1,{"c":2}]},"d":1}'
    changed = samples.with_overrides(body, ["a.b.1.c=2.50", "a.b.0=null", "d=two words", 'a.new={"x":[]}', "e=a=b"])
    expected = '{"a":{"b":[null,{"c":2.50}],"new":{"x":[]}},"d":"two words","e":"a=b"}'
    assert changed.decode() == expected
    assert samples.with_overrides(body, []) == body


@pytest.mark.parametrize("path", ["x.y", "a.b.2.c", "a.b.2", "a.b.c", "d.e", "a.b.01"])
def test_an_override_that_leads_nowhere_is_refused(path: str) -> None:
    """A typing error must not add a new field."""
    with pytest.raises(UserError, match="does not match the sample"):
        samples.with_overrides(b'{"a":{"b":[1,{"c":2}]},"d":1}', [f"{path}=1"])


@pytest.mark.parametrize("assignment", ["a", "=1", ""])
def test_an_override_has_a_path_and_a_value(assignment: str) -> None:
    """The message shows the correct form."""
    with pytest.raises(UserError, match="path=value"):
        samples.with_overrides(b"{}", [assignment])


def test_samples_are_listed_and_unknown_ones_refused_with_those_there_are() -> None:
    """Every provider has at least a payment, a refund and a dispute."""
    assert samples.names().keys() == set(PROVIDER_NAMES)
    assert all({"payment", "refund", "dispute"} <= set(events) for events in samples.names().values())
    with pytest.raises(UserError, match="no provider strip: choose from adyen"):
        samples.read("strip", "payment")
    with pytest.raises(UserError, match="no sample gift of stripe: choose from"):
        samples.read("stripe", "gift")


def test_a_new_id_has_the_form_of_the_old_one() -> None:
    """The beginning, the length and the kind of each character stay the same."""
    new = samples.new_id("evt_1Ab-09")
    assert new != "evt_1Ab-09"
    assert (new[:4], len(new), new[7]) == ("evt_", 10, "-")
    assert new[4].isdigit()
    assert new[5].isupper()
    assert new[6].islower()


def test_a_stack_without_a_secret_says_how_to_give_it_one() -> None:
    """The message contains the command."""
    stack = BothSystems(provider_secrets=FakeSecretsManager("{}"))
    with pytest.raises(UserError, match="`hookline secrets set stripe`"):
        signer_for(stack.target, "stripe")


def test_webhooks_of_adyen_are_signed_with_a_key_and_never_with_credentials() -> None:
    """Credentials are in the same list of secrets. A stack with credentials alone has no signing secret."""
    key, login = "AB" * 32, "basic:user:password-of-the-webhook"
    stack = BothSystems(provider_secrets=FakeSecretsManager(json.dumps({"adyen": [login, key]})))
    assert signer_for(stack.target, "adyen").secret == key
    stack.provider_secrets.value = json.dumps({"adyen": [login]})
    with pytest.raises(UserError, match="`hookline secrets set adyen`"):
        signer_for(stack.target, "adyen")
    assert provider_steps(stack.target) == []


def test_a_provider_must_exist_and_be_received() -> None:
    """An unknown provider and a provider that is not enabled get different messages."""
    stack = BothSystems()
    stack.outputs["providers"] = ["stripe"]
    with pytest.raises(UserError, match="there is no provider strip"):
        require_provider(stack.target, "strip")
    with pytest.raises(UserError, match="receives no webhooks of adyen: its providers are stripe"):
        require_provider(stack.target, "adyen")
    stack.outputs["providers"] = []
    with pytest.raises(UserError, match="its providers are none"):
        require_provider(stack.target, "adyen")


def test_what_cannot_be_signed_is_refused() -> None:
    """This applies to a secret with a wrong format, and to PayPal on AWS."""
    with pytest.raises(UserError, match="does not have the format of a secret of adyen"):
        Signer("adyen", "not hexadecimal").sign(samples.read("adyen", "payment"))
    with pytest.raises(UserError, match="in local mode only"):
        Signer("paypal", "WEBHOOKID").sign(samples.read("paypal", "payment"))


def test_an_event_that_moves_no_money_is_no_transaction() -> None:
    """A failed payment is an event, but no transaction."""
    with serving(BothSystems()) as target:
        overrides = ['notificationItems.0.NotificationRequestItem.success="false"']
        (sent,) = trigger(Order(signer_for(target, "adyen"), endpoint(target, "adyen"), "payment", overrides))
    assert (sent.accepted, len(sent.webhook.event_ids), sent.webhook.transactions) == (True, 1, {})


def test_a_secret_is_in_no_representation() -> None:
    """The representation of a signer does not contain its secret."""
    assert "s3cret" not in repr(Signer("stripe", "s3cret"))
    assert json.loads(samples.read("stripe", "payment"))["type"] == "payment_intent.succeeded"
