"""The signing secrets of a stack."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.fakes.errors import client_error
from support.fakes.providers import BothSystems
from support.fakes.secrets_manager import FakeSecretsManager

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import provider
from hookline.core.signatures.fingerprint import fingerprint
from hookline.errors import UserError
from hookline.local.development_secrets import development_secrets
from hookline.operate import secret_store
from hookline.operate.secret_store import Live

OLD, NEW, OLDER = (f"whsec_{word}-secret-of-stripe" for word in ("old", "new", "older"))
SHOP, CRM = ("whsec_" + base64.b64encode(letter * 24).decode() for letter in (b"s", b"c"))
SALT = "a random salt"


def stack(**providers: list[str]) -> BothSystems:
    """Return a stack with these secrets."""
    return BothSystems(provider_secrets=FakeSecretsManager(json.dumps({**providers, "salt": SALT})))


def value(of: BothSystems) -> dict[str, list[str]]:
    """Return the stored secrets of the providers, without the salt."""
    stored = json.loads(str(of.provider_secrets.value))
    assert stored.pop("salt") == SALT
    return stored


def short(secret: str) -> str:
    """Return the fingerprint of a secret in these stacks."""
    return fingerprint(secret, SALT)


def test_the_list_has_every_source_and_no_value() -> None:
    """The list has `transactions` first, then each provider, with fingerprints only."""
    found = secret_store.live(stack(stripe=["one", "two"]).target)
    assert [live.source for live in found] == ["transactions", *sorted(PROVIDER_NAMES)]
    assert found[-1] == Live("stripe", [short("one"), short("two")])
    assert found[0].fingerprints == []
    assert "one" not in repr(found)


def test_a_stack_of_one_system_has_its_sources_only() -> None:
    """The outputs of the stack determine its sources."""
    both = stack()
    del both.outputs["webhook_url"]
    assert secret_store.sources(both.target) == sorted(PROVIDER_NAMES)
    del both.outputs["providers"]
    assert secret_store.sources(both.target) == []


def test_a_fingerprint_cannot_be_looked_up() -> None:
    """It depends on a random salt in the same AWS secret, which the first write adds and later ones keep."""
    of = BothSystems(provider_secrets=FakeSecretsManager(json.dumps({"stripe": [OLD]})))
    (before,) = secret_store.live(of.target)[-1].fingerprints
    found = secret_store.add(of.target, "stripe", NEW).fingerprints
    salt = json.loads(str(of.provider_secrets.value))["salt"]
    assert found == [fingerprint(NEW, salt), fingerprint(OLD, salt)]
    assert secret_store.live(of.target)[-1].fingerprints == found
    assert before not in {found[1], hashlib.sha256(OLD.encode()).hexdigest()[:8]}
    secret_store.remove(of.target, "stripe", found[1])
    assert json.loads(str(of.provider_secrets.value)) == {"stripe": [NEW], "salt": salt}
    assert of.target.secrets("provider_secrets_arn") == {"stripe": {NEW: ""}}


def test_a_rotation_adds_and_then_removes() -> None:
    """The newest secret comes first; other providers' secrets do not change."""
    of = stack(square=["other"], stripe=[OLD])
    assert secret_store.add(of.target, "stripe", NEW).fingerprints == [short(NEW), short(OLD)]
    assert secret_store.remove(of.target, "stripe", short(OLD)).fingerprints == [short(NEW)]
    assert value(of) == {"square": ["other"], "stripe": [NEW]}


def test_one_secret_replaces_all() -> None:
    """`replace` also sets the first secret of a source."""
    of = stack(stripe=[OLD, OLDER])
    assert secret_store.replace(of.target, "stripe", NEW) == Live("stripe", [short(NEW)])
    secret_store.replace(of.target, "square", "first-secret-of-square")
    assert value(of) == {"stripe": [NEW], "square": ["first-secret-of-square"]}


def test_two_operators_at_once_lose_nothing() -> None:
    """The second one gets an error, because the version that he read is not the current one any more."""
    of = stack(stripe=[OLD])
    read = of.get_secret_value

    def read_and_be_overtaken(SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's name
        answer = read(SecretId)
        of.get_secret_value = read  # type: ignore[method-assign]
        secret_store.add(of.target, "stripe", NEW)
        return answer

    of.get_secret_value = read_and_be_overtaken  # type: ignore[method-assign]
    with pytest.raises(UserError, match="somebody else changed the secrets"):
        secret_store.replace(of.target, "square", "first-secret-of-square")
    assert value(of) == {"stripe": [NEW, OLD]}


def test_another_error_of_aws_is_passed_on() -> None:
    """Only a version that is not current any more is the fault of another operator."""
    of = stack(stripe=[OLD])

    def refuse(SecretId: str, **_: str) -> None:  # noqa: N803 - AWS's name
        raise client_error("AccessDeniedException")

    of.update_secret_version_stage = refuse  # type: ignore[method-assign]
    with pytest.raises(ClientError, match="AccessDenied"):
        secret_store.replace(of.target, "stripe", NEW)


def test_two_operators_who_write_the_first_value_at_once_are_told() -> None:
    """Secrets Manager cannot compare with a version that does not exist, so the first operator reads it back."""
    of = BothSystems(provider_secrets=FakeSecretsManager(client_error("ResourceNotFoundException")))
    put = of.put_secret_value

    def put_and_be_overtaken(SecretId: str, **values: Any) -> dict[str, str]:  # noqa: N803 - AWS's name
        answer = put(SecretId, **values)
        put(SecretId, SecretString="{}")
        return answer

    of.put_secret_value = put_and_be_overtaken  # type: ignore[method-assign]
    with pytest.raises(UserError, match="somebody else changed the secrets"):
        secret_store.replace(of.target, "stripe", NEW)


def test_a_lost_answer_is_no_change_by_somebody_else() -> None:
    """The second attempt of the call finds that the first one has moved the label already."""
    of = stack(stripe=[OLD])
    update = of.update_secret_version_stage

    def update_twice(SecretId: str, **stage: str) -> None:  # noqa: N803 - AWS's name
        update(SecretId, **stage)
        update(SecretId, **stage)

    of.update_secret_version_stage = update_twice  # type: ignore[method-assign]
    assert secret_store.add(of.target, "stripe", NEW).fingerprints == [short(NEW), short(OLD)]


def test_the_first_value_of_a_stack_has_no_version_before_it() -> None:
    """Before the first `hookline secrets set`, the AWS secret has no value."""
    of = BothSystems(provider_secrets=FakeSecretsManager(client_error("ResourceNotFoundException")))
    found = secret_store.replace(of.target, "stripe", NEW)
    assert secret_store.live(of.target)[-1] == found


@pytest.mark.parametrize("name", sorted(PROVIDER_NAMES))
def test_each_providers_secret_has_its_form(name: str) -> None:
    """The development secrets of local mode have a valid format."""
    secret_store.replace(stack().target, name, development_secrets("provider-secrets-x")[name][0])


def test_the_transactions_secret_is_one_of_standard_webhooks() -> None:
    """The transactions system has its own secret in Secrets Manager."""
    of = stack()
    (secret,) = development_secrets("transactions")["transactions"]
    secret_store.replace(of.target, "transactions", secret)
    assert of.target.signing_secrets() == [secret]
    assert value(of) == {}


@pytest.mark.parametrize(
    ("source", "secret", "words"),
    [
        ("strip", "x", "no secrets of strip: it has secrets of transactions, adyen"),
        ("adyen", "xyz-and-sixteen-more", "not have the format of a secret of adyen"),
        ("transactions", "xyz-and-sixteen-more", "not have the format of a secret of standard_webhooks"),
        ("stripe", "sk_test_0123456789abcdef", "does not begin with whsec_; --force accepts it anyway"),
        ("shopify", "shpat_0123456789abcdef", "looks like an access token of Shopify; --force"),
        ("razorpay", "15-characters..", "has fewer than 16 characters; --force"),
        ("stripe", "two words", "printable ASCII without spaces"),
        ("stripe", "schlüssel", "printable ASCII without spaces"),
        ("stripe", "a\tb", "printable ASCII without spaces"),
    ],
)
def test_what_could_never_verify_is_refused(source: str, secret: str, words: str) -> None:
    """Nothing is stored, and the message does not contain the secret."""
    of = stack()
    for change in (secret_store.replace, secret_store.add):
        with pytest.raises(UserError, match=words) as refused:
            change(of.target, source, secret)
        assert secret not in {*str(refused.value).split("; ")}
    assert value(of) == {}


@pytest.mark.parametrize(("source", "secret"), [("razorpay", "short"), ("stripe", "sk_test_0123456789abcdef")])
def test_an_operator_can_insist(source: str, secret: str) -> None:
    """A provider may have secrets of another form one day, and Razorpay's users choose their own."""
    of = stack()
    secret_store.replace(of.target, source, secret, force=True)
    assert value(of) == {source: [secret]}
    with pytest.raises(UserError, match="format of a secret of adyen"):
        secret_store.replace(of.target, "adyen", "xyz", force=True)


KEY, NEWER_KEY = development_secrets("provider-secrets-x")["adyen"][0], "AB" * 32
LOGIN, NEWER_LOGIN = "basic:user:the-old-password-of-the-webhook", "basic:user:the-new:password-of-the-webhook"


def test_credentials_and_keys_of_adyen_keep_each_other() -> None:
    """Without its HMAC key, no payment of Adyen would be accepted any more."""
    of = stack(adyen=[KEY])
    secret_store.replace(of.target, "adyen", LOGIN)
    assert value(of) == {"adyen": [LOGIN, KEY]}
    secret_store.replace(of.target, "adyen", NEWER_KEY)
    assert value(of) == {"adyen": [NEWER_KEY, LOGIN]}
    secret_store.replace(of.target, "adyen", NEWER_LOGIN)
    assert value(of) == {"adyen": [NEWER_LOGIN, NEWER_KEY]}


def test_a_rotation_names_only_the_secrets_of_the_same_kind_as_older() -> None:
    """The operator is told to remove these in the end."""
    of = stack(adyen=[LOGIN, KEY])
    assert secret_store.add(of.target, "adyen", NEWER_LOGIN).older == (short(LOGIN),)
    assert secret_store.add(of.target, "adyen", NEWER_KEY).older == (short(KEY),)


def test_the_last_key_of_adyen_stays_although_there_are_credentials() -> None:
    """Credentials alone verify no payment. They can be removed themselves."""
    of = stack(adyen=[LOGIN, KEY])
    with pytest.raises(UserError, match="last live secret of adyen"):
        secret_store.remove(of.target, "adyen", short(KEY))
    secret_store.remove(of.target, "adyen", short(LOGIN))
    assert value(of) == {"adyen": [KEY]}


def test_credentials_of_a_stack_without_a_key_are_removed_one_by_one() -> None:
    """The last one stays, as for every source."""
    of = stack(adyen=[LOGIN, NEWER_LOGIN])
    secret_store.remove(of.target, "adyen", short(LOGIN))
    with pytest.raises(UserError, match="last live secret of adyen"):
        secret_store.remove(of.target, "adyen", short(NEWER_LOGIN))


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("basic:user", "credentials have the form basic:USER:PASSWORD"),
        ("basic:a-password-without-a-user", "credentials have the form basic:USER:PASSWORD"),
        ("basic::a-password-without-a-user", "credentials have the form basic:USER:PASSWORD"),
        (f"basic:user:{'x' * 129}", "at most 128 characters each, and no colon in USER"),
        ("basic:user:short", "the password has fewer than 16 characters; --force accepts it anyway"),
    ],
)
def test_credentials_of_another_form_are_refused(secret: str, words: str) -> None:
    """`--force` accepts a short password, but no other form. Other providers have no credentials."""
    of = stack()
    with pytest.raises(UserError, match=words):
        secret_store.replace(of.target, "adyen", secret, force="form" in words)
    assert value(of) == {}
    secret_store.replace(of.target, "adyen", "basic:user:short", force=True)
    secret_store.replace(of.target, "razorpay", "basic:is-a-usual-secret-here")
    assert value(of) == {"adyen": ["basic:user:short"], "razorpay": ["basic:is-a-usual-secret-here"]}


def test_a_secret_is_added_once_and_only_so_many_are_live() -> None:
    """A source has at most four different live secrets."""
    of = stack(stripe=["1", "2", "3", "4"])
    with pytest.raises(UserError, match="already live"):
        secret_store.add(of.target, "stripe", "3", force=True)
    with pytest.raises(UserError, match="has 4 live secrets"):
        secret_store.add(of.target, "stripe", "5", force=True)


def test_only_a_live_secret_is_removed_and_never_the_last() -> None:
    """Without a live secret, the functions would accept no webhook."""
    of = stack(stripe=["only"])
    with pytest.raises(UserError, match=f"no live secret 00000000: the live secrets are {short('only')}"):
        secret_store.remove(of.target, "stripe", "00000000")
    with pytest.raises(UserError, match="no live secret 00000000: the live secrets are none"):
        secret_store.remove(of.target, "square", "00000000")
    with pytest.raises(UserError, match="is the last live secret"):
        secret_store.remove(of.target, "stripe", short("only"))
    with pytest.raises(UserError, match="no secrets of strip"):
        secret_store.remove(of.target, "strip", "x")


def test_a_named_sender_gets_its_own_secrets() -> None:
    """The first named sender makes an object of the list, whose secrets stay those of the sender without a name."""
    of = stack(standard_webhooks=[OLD])
    secret_store.replace(of.target, "standard_webhooks/shop", SHOP)
    secret_store.add(of.target, "standard_webhooks/shop", CRM)
    assert value(of) == {"standard_webhooks": {"": [OLD], "shop": [CRM, SHOP]}}
    found = [live for live in secret_store.live(of.target) if live.source.startswith("standard")]
    assert found == [
        Live("standard_webhooks", [short(OLD)]),
        Live("standard_webhooks/shop", [short(CRM), short(SHOP)]),
    ]


def test_a_sender_without_a_name_keeps_its_secrets_beside_named_ones() -> None:
    """A change of its secrets leaves the named senders alone. It ends with its last secret, if others are left."""
    of = stack(standard_webhooks={"": [OLD], "shop": [SHOP]})  # type: ignore[arg-type]
    secret_store.add(of.target, "standard_webhooks", CRM)
    assert value(of) == {"standard_webhooks": {"": [CRM, OLD], "shop": [SHOP]}}
    secret_store.remove(of.target, "standard_webhooks", short(OLD))
    secret_store.remove(of.target, "standard_webhooks", short(CRM))
    assert value(of) == {"standard_webhooks": {"shop": [SHOP]}}
    with pytest.raises(UserError, match="last live secret of standard_webhooks/shop"):
        secret_store.remove(of.target, "standard_webhooks/shop", short(SHOP))


def test_two_senders_cannot_have_one_secret() -> None:
    """The secret tells the senders apart."""
    of = stack(standard_webhooks={"": [CRM], "shop": [SHOP]})  # type: ignore[arg-type]
    for change in (secret_store.replace, secret_store.add):
        with pytest.raises(UserError, match="already belongs to standard_webhooks/shop: each sender needs its own"):
            change(of.target, "standard_webhooks/crm", SHOP)
        with pytest.raises(UserError, match="already belongs to standard_webhooks: each"):
            change(of.target, "standard_webhooks/shop", CRM)


def test_one_key_is_one_secret_in_any_form() -> None:
    """With another text of the same key, events of one sender would get the ids of the other."""
    of = stack(standard_webhooks={"shop": [SHOP]})  # type: ignore[arg-type]
    for text in (SHOP.removeprefix("whsec_"), f"v1,{SHOP}"):
        with pytest.raises(UserError, match="already belongs to standard_webhooks/shop"):
            secret_store.replace(of.target, "standard_webhooks/crm", text)


def test_a_named_sender_keeps_its_name_without_a_secret() -> None:
    """Its ids stay its own. It does not count as another sender with a live secret."""
    of = stack(standard_webhooks={"shop": [SHOP], "crm": [CRM]})  # type: ignore[arg-type]
    secret_store.remove(of.target, "standard_webhooks/shop", short(SHOP))
    assert value(of) == {"standard_webhooks": {"shop": [], "crm": [CRM]}}
    assert Live("standard_webhooks/shop", []) in secret_store.live(of.target)
    with pytest.raises(UserError, match="last live secret of standard_webhooks/crm"):
        secret_store.remove(of.target, "standard_webhooks/crm", short(CRM))


@pytest.mark.parametrize("secret", ["v1," + SHOP, "raw:" + SHOP, "polar_whs_0123456789abcdef", "ws_0123456789abcdef"])
def test_every_form_of_a_secret_that_a_sender_shows_is_stored(secret: str) -> None:
    """The test of the forms in `core` shows that each verifies."""
    of = stack()
    secret_store.replace(of.target, "standard_webhooks/shop", secret)
    assert of.target.secrets("provider_secrets_arn")["standard_webhooks"] == {secret: "shop"}
    assert provider("standard_webhooks").is_usable(secret)


@pytest.mark.parametrize("prefix", ["whpk_", "whsk_"])
def test_an_asymmetric_key_is_refused_with_the_reason(prefix: str) -> None:
    """`--force` does not help, because no signature of version v1 is made with such a key."""
    key = prefix + SHOP.removeprefix("whsec_")
    with pytest.raises(UserError, match=r"a key of asymmetric signatures \(v1a\), but hookline verifies only v1"):
        secret_store.replace(stack().target, "standard_webhooks", key)
    with pytest.raises(UserError, match="not have the format"):
        secret_store.replace(stack().target, "standard_webhooks", key, force=True)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("stripe/shop", "stripe has no named senders: only transactions and standard_webhooks have"),
        ("standard_webhooks/Shop", "'Shop' cannot be the name of a sender"),
        ("standard_webhooks/", "'' cannot be the name of a sender"),
        ("transactions/stripe", "is not own, the name of a provider or a transaction type"),
        ("square2/shop", "the stack has no secrets of square2"),
    ],
)
def test_a_wrong_name_of_a_sender_is_refused(source: str, message: str) -> None:
    """The message says which names are allowed, and who can have senders."""
    with pytest.raises(UserError, match=message):
        secret_store.replace(stack().target, source, SHOP)


def test_the_same_key_in_another_text_is_already_live() -> None:
    """Otherwise a rotation after a leak would change nothing."""
    of = stack(standard_webhooks=["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"])
    with pytest.raises(UserError, match="already live"):
        secret_store.add(of.target, "standard_webhooks", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")


@pytest.mark.parametrize("prefix", ["polar_whs_", "ws_"])
def test_a_prefix_that_everybody_knows_makes_no_secret_longer(prefix: str) -> None:
    """The rest needs 16 characters."""
    with pytest.raises(UserError, match="fewer than 16 characters"):
        secret_store.replace(stack().target, "standard_webhooks", f"{prefix}0123456789abcd")
