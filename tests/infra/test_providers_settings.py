"""Settings of the providers system and of the stack."""

import json
from typing import Any

import pulumi
import pytest
from support.program import ALARM, FUNCTION, PROVIDERS, STAGE, TABLE, TOPIC, TRANSACTIONS, deploy, named, run

from hookline.core import PROVIDER_NAMES
from hookline.infra import ProvidersSettings, SettingsError, StackSettings, TransactionsSettings
from hookline.program.engine import ProgramError

SUFFIX = {"hookline:environmentSuffix": "dev"}


def load(config: dict[str, str]) -> StackSettings:
    """Return the settings of a stack file."""
    loaded: list[StackSettings] = []
    run(lambda: loaded.append(StackSettings.load(pulumi.Config())), SUFFIX | config)
    return loaded[0]


def test_the_defaults_are_the_documented_ones() -> None:
    """Only the suffix is required."""
    assert vars(ProvidersSettings(environment_suffix="dev")) == {
        "environment_suffix": "dev",
        "providers": tuple(PROVIDER_NAMES),
        "ordering": "provider",
        "provider_expiry_days": 35,
        "untimed_expiry_days": None,
        "protect_data": False,
        "verifiable": False,
        "archive_expiry_days": None,
        "provider_log_days": 7,
        "archive_versions": False,
        "move_small_objects": False,
        "book_paypal": True,
        "book_test_events": False,
        "stripe_basil_since": None,
        "reference_fields": None,
        "booked_accounts": None,
        "provider_rate_limits": None,
        "providers_rate_limit": 10_000,
        "providers_burst_limit": 5_000,
        "allowed_addresses": None,
        "web_acl_arn": None,
        "method_metrics": False,
        "api_trace_percent": 5,
        "tracing": "active",
        "shopify_topics": None,
        "standard_webhooks": None,
        "bus_archive_days": 7,
        "square_notification_url": None,
        "adyen_capture": "automatic",
        "adyen_unsigned_types": None,
        "paypal_environment": "live",
        "log_events": True,
        "targets": None,
        "provider_alarms": True,
        "ingestion_reserved_concurrency": 100,
        "processing_reserved_concurrency": None,
        "api_gateway_logging": "account",
        "alarm_topic_arn": None,
        "ticket_topic_arn": None,
        "provider_silence_hours": None,
        "kms_key_arn": None,
        "permissions_boundary_arn": None,
        "role_path": None,
        "domain_name": None,
        "keep_execute_api": False,
        "providers_base_path": "providers",
        "aws_client": "hookline",
    }


def test_a_stack_has_both_systems_and_joins_them_unless_it_says_otherwise() -> None:
    """One file has the settings of both systems, and forwarding is on by default."""
    assert load({}) == StackSettings(
        environment_suffix="dev",
        transactions=TransactionsSettings(environment_suffix="dev"),
        providers=ProvidersSettings(environment_suffix="dev"),
        forward_transactions=True,
    )
    assert load({"hookline:forwardTransactions": "false"}).forward_transactions is False


def test_every_function_calls_aws_with_the_client_that_the_stack_names() -> None:
    """One setting switches all four functions to botocore; by default, there is no such variable."""
    for stack, client in ((deploy(), None), (deploy(awsClient="botocore"), "botocore")):
        functions = stack.by_type(FUNCTION)
        chosen = [function.inputs["environment"]["variables"].get("HOOKLINE_AWS_CLIENT") for function in functions]
        assert chosen == [client] * 4


@pytest.mark.parametrize(
    ("systems", "on", "off"),
    [(TRANSACTIONS, "transactions", "providers"), (PROVIDERS, "providers", "transactions")],
)
def test_a_system_can_be_switched_off(systems: str, on: str, off: str) -> None:
    """A disabled system has no settings, and forwarding is off."""
    settings = load({"hookline:systems": systems})
    assert getattr(settings, on) is not None
    assert getattr(settings, off) is None
    assert settings.forward_transactions is False


def test_each_system_works_by_itself() -> None:
    """The systems share only the dashboard, and together they make all resources of a stack without forwarding."""
    alone = [{r.name for r in deploy(systems=system).resources[2:]} for system in (TRANSACTIONS, PROVIDERS)]
    both = {r.name for r in deploy(forwardTransactions="false").resources[2:]}
    dashboard = {name for name in alone[0] if name.startswith("hookline-")}
    assert alone[0] & alone[1] == dashboard
    assert alone[0] | alone[1] == both


def test_every_setting_of_a_stack_file_arrives() -> None:
    """Each key sets its own field, with the right type."""
    config = {
        "hookline:providers": '["stripe", "adyen"]',
        "hookline:ordering": "object",
        "hookline:providerExpiryDays": "40",
        "hookline:busArchiveDays": "0",
        "hookline:squareNotificationUrl": "https://hooks.example.com/webhook/square",
        "hookline:adyenCapture": "manual",
        "hookline:ingestionReservedConcurrency": "50",
        "hookline:processingReservedConcurrency": "5",
        "hookline:apiGatewayLogging": "off",
        "hookline:alarmTopicArn": TOPIC,
    }
    assert load(config).providers == ProvidersSettings(
        environment_suffix="dev",
        providers=("stripe", "adyen"),
        ordering="object",
        provider_expiry_days=40,
        bus_archive_days=0,
        square_notification_url="https://hooks.example.com/webhook/square",
        adyen_capture="manual",
        ingestion_reserved_concurrency=50,
        processing_reserved_concurrency=5,
        api_gateway_logging="off",
        alarm_topic_arn=TOPIC,
    )


def test_settings_reach_the_resources() -> None:
    """Each setting changes the matching resource."""
    url = "https://hooks.example.com/webhook/square"
    stack = deploy(
        systems=PROVIDERS,
        providerExpiryDays="36",
        squareNotificationUrl=url,
        adyenCapture="manual",
        bookPaypal="false",
        bookTestEvents="true",
        shopifyTopics='["orders/paid"]',
        adyenUnsignedTypes='["REPORT_AVAILABLE", "OFFER_CLOSED"]',
        paypalEnvironment="sandbox",
        untimedExpiryDays="400",
        ingestionReservedConcurrency="11",
        processingReservedConcurrency="12",
        apiGatewayLogging="off",
    )
    ingestion, processing = (named(stack, FUNCTION)[f"{name}-dev"].inputs for name in ("ingestion", "processing"))
    assert ingestion["environment"]["variables"]["EXPIRY_DAYS"] == "36"
    assert ingestion["environment"]["variables"]["SQUARE_URL"] == stack.outputs["square_notification_url"] == url
    assert ingestion["environment"]["variables"]["UNTIMED_EXPIRY_DAYS"] == "400"
    assert ingestion["environment"]["variables"]["PAYPAL_ENVIRONMENT"] == "sandbox"
    assert ingestion["environment"]["variables"]["SHOPIFY_TOPICS"] == "orders/paid"
    assert ingestion["environment"]["variables"]["ADYEN_UNSIGNED_TYPES"] == "REPORT_AVAILABLE,OFFER_CLOSED"
    assert processing["environment"]["variables"]["BOOK_PAYPAL"] == "false"
    assert stack.outputs["book_paypal"] is False
    assert processing["environment"]["variables"]["BOOK_TEST_EVENTS"] == "true"
    assert stack.outputs["book_test_events"] is True
    assert processing["environment"]["variables"]["ADYEN_CAPTURE"] == stack.outputs["adyen_capture"] == "manual"
    assert ingestion["reservedConcurrentExecutions"] == 11
    assert processing["reservedConcurrentExecutions"] == 12
    mapping = stack.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs
    assert mapping["scalingConfig"] == {"maximumConcurrency": 12}
    assert "accessLogSettings" not in stack.one(STAGE).inputs
    assert len(stack.by_type(TABLE)) == 1


def test_the_fields_of_references_reach_processing() -> None:
    """The commands that know what becomes of an event read them from the outputs."""
    fields = {"stripe": "order_id", "razorpay": "order number"}
    stack = deploy(referenceFields=json.dumps(fields))
    processing = named(stack, FUNCTION)["processing-dev"].inputs["environment"]["variables"]
    assert json.loads(processing["REFERENCE_FIELDS"]) == stack.outputs["reference_fields"] == fields


def test_the_booked_accounts_reach_processing_and_end_the_alarm() -> None:
    """Without the setting, an alarm tells that events of connected accounts are not booked."""
    accounts = {"stripe": ["own", "acct_1"], "square": ["M1"]}
    stack = deploy(bookedAccounts=json.dumps(accounts))
    processing = named(stack, FUNCTION)["processing-dev"].inputs["environment"]["variables"]
    assert json.loads(processing["BOOKED_ACCOUNTS"]) == stack.outputs["booked_accounts"] == accounts
    others = [
        deploy(bookedAccounts='{"stripe": ["own"]}'),
        deploy(bookedAccounts='{"stripe": ["own"], "checkout": ["ent_1"]}'),
        deploy(providers='["square"]'),
        deploy(providers='["square"]', bookedAccounts='{"square": ["M1"]}'),
    ]
    alarms = ["providers-other-account-dev" in named(each, ALARM) for each in (stack, *others)]
    assert alarms == [True, False, True, False, True]


def test_a_web_acl_checks_the_requests_to_both_apis() -> None:
    """The web ACL is associated with each stage."""
    acl = f"arn:aws:wafv2:us-east-1:{'1' * 12}:regional/webacl/front/0a1b"
    made = deploy(webAclArn=acl).by_type("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert {each.name for each in made} == {"transactions-api-web-acl-dev", "providers-api-web-acl-dev"}
    assert {each.inputs["webAclArn"] for each in made} == {acl}
    assert deploy().by_type("aws:wafv2/webAclAssociation:WebAclAssociation") == []


def test_each_api_has_limits_of_its_own() -> None:
    """The settings replace the limits of the whole stage."""
    stack = deploy(
        transactionsRateLimit="300", transactionsBurstLimit="200", providersRateLimit="30", providersBurstLimit="20"
    )
    settings = (
        stack.one("aws:apigateway/methodSettings:MethodSettings", f"{name}-api-settings").inputs["settings"]
        for name in ("transactions", "providers")
    )
    rates = [(each["throttlingRateLimit"], each["throttlingBurstLimit"]) for each in settings]
    assert rates == [(300, 200), (30, 20)]


def test_each_provider_can_have_a_limit_and_addresses_of_its_own() -> None:
    """The stage keeps its own limits, and the endpoints of other providers accept all addresses."""
    stack = deploy(
        systems=PROVIDERS,
        providerRateLimits='{"stripe": 50, "standard_webhooks": 5}',
        allowedAddresses='{"square": ["54.245.1.154", "34.202.99.0/24"]}',
    )
    limits = {
        each.inputs["methodPath"]: each.inputs["settings"]
        for each in stack.by_type("aws:apigateway/methodSettings:MethodSettings")
    }
    rates = {path: (each["throttlingRateLimit"], each["throttlingBurstLimit"]) for path, each in limits.items()}
    assert rates == {
        "*/*": (10_000, 5000),
        "~1webhook~1stripe/POST": (50, 50),
        "~1webhook/POST": (5, 5),
        "~1webhook~1svix/POST": (5, 5),
    }
    assert all((each["loggingLevel"], each["dataTraceEnabled"]) == ("OFF", False) for each in limits.values())
    policy = json.loads(stack.one("aws:apigateway/restApiPolicy:RestApiPolicy").inputs["policy"])
    allow, deny = policy["Statement"]
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert allow["Resource"].endswith("/api-dev/*")
    assert deny["Resource"] == allow["Resource"].removesuffix("*") + "POST/webhook/square"
    assert deny["Condition"] == {"NotIpAddress": {"aws:SourceIp": ["34.202.99.0/24", "54.245.1.154"]}}
    assert "addresses" in stack.one("aws:apigateway/deployment:Deployment").inputs["triggers"]


NUMBERS = "a whole number from"
ACCOUNTS = 'an object of provider → list of account ids, such as {"stripe": ["own", "acct_1"]}'
NAMES = "a list of one or more of adyen, checkout,"
NO_SLASH = "an https URL without a query or a trailing slash"
WRONG: list[tuple[str, str, object, str]] = [
    ("environment_suffix", "environmentSuffix", "A", "1 to 20 lower-case letters"),
    ("providers", "providers", (), NAMES),
    ("providers", "providers", ("stripe", "stripe"), NAMES),
    ("providers", "providers", ("stripe", "unheard_of"), NAMES),
    ("providers", "providers", "stripe", NAMES),
    ("ordering", "ordering", "time", "provider or object"),
    ("provider_expiry_days", "providerExpiryDays", 0, f"{NUMBERS} 1 to 365"),
    ("untimed_expiry_days", "untimedExpiryDays", 399, f"{NUMBERS} 400 to 3650"),
    ("book_paypal", "bookPaypal", "no", "true or false"),
    ("provider_rate_limits", "providerRateLimits", {}, "an object of provider → requests per second"),
    ("provider_rate_limits", "providerRateLimits", {"stripe": 0}, "an object of provider → requests per second"),
    ("provider_rate_limits", "providerRateLimits", {"unheard_of": 1}, "an object of provider → requests per second"),
    ("providers_rate_limit", "providersRateLimit", 0, f"{NUMBERS} 1 to 1000000"),
    ("providers_burst_limit", "providersBurstLimit", 1_000_001, f"{NUMBERS} 1 to 1000000"),
    ("allowed_addresses", "allowedAddresses", {"stripe": ()}, "an object of provider → list of IP addresses"),
    ("allowed_addresses", "allowedAddresses", {"stripe": ("example.com",)}, "an object of provider → list of IP"),
    ("web_acl_arn", "webAclArn", "arn:aws:wafv2:us-east-1:1:global/webacl/a/b", "the ARN of a regional web ACL"),
    ("stripe_basil_since", "stripeBasilSince", "2026-12-01", "the time of the change in UTC"),
    ("reference_fields", "referenceFields", {}, "an object of stripe or razorpay"),
    ("reference_fields", "referenceFields", {"stripe": ""}, "an object of stripe or razorpay"),
    ("reference_fields", "referenceFields", {"adyen": "order"}, "an object of stripe or razorpay"),
    ("booked_accounts", "bookedAccounts", {}, ACCOUNTS),
    ("booked_accounts", "bookedAccounts", {"stripe": []}, ACCOUNTS),
    ("booked_accounts", "bookedAccounts", {"stripe": ("acct_1", "acct_1")}, ACCOUNTS),
    ("booked_accounts", "bookedAccounts", {"stripe": ("acct 1",)}, ACCOUNTS),
    ("booked_accounts", "bookedAccounts", {"shopify": ("a.myshopify.com",)}, ACCOUNTS),
    ("booked_accounts", "bookedAccounts", ("acct_1",), ACCOUNTS),
    ("standard_webhooks", "standardWebhooks", {}, "an object of sender → mapping, such as"),
    ("standard_webhooks", "standardWebhooks", ("shop",), "an object of sender → mapping, such as"),
    ("shopify_topics", "shopifyTopics", (), "a list of topics of Shopify"),
    ("shopify_topics", "shopifyTopics", ("orders/paid", "orders/paid"), "a list of topics of Shopify"),
    ("shopify_topics", "shopifyTopics", ("orders/paid,x",), "a list of topics of Shopify"),
    ("adyen_unsigned_types", "adyenUnsignedTypes", (), "a list of event types of Adyen"),
    ("adyen_unsigned_types", "adyenUnsignedTypes", ("report_available",), "a list of event types of Adyen"),
    ("adyen_unsigned_types", "adyenUnsignedTypes", ("A", "A"), "a list of event types of Adyen"),
    ("bus_archive_days", "busArchiveDays", -1, f"{NUMBERS} 0 to 365"),
    ("bus_archive_days", "busArchiveDays", 366, f"{NUMBERS} 0 to 365"),
    ("square_notification_url", "squareNotificationUrl", "http://a.example/", NO_SLASH),
    ("square_notification_url", "squareNotificationUrl", "https://a.example/?x=1", NO_SLASH),
    ("square_notification_url", "squareNotificationUrl", "https://a.example/webhook/square/", NO_SLASH),
    ("square_notification_url", "squareNotificationUrl", "https://me@a.example/", NO_SLASH),
    ("adyen_capture", "adyenCapture", "delayed", "automatic or manual"),
    ("ingestion_reserved_concurrency", "ingestionReservedConcurrency", 0, f"{NUMBERS} 1 to 10000"),
    ("processing_reserved_concurrency", "processingReservedConcurrency", 1, f"{NUMBERS} 2 to 10000"),
    ("api_gateway_logging", "apiGatewayLogging", "on", '"account" or "off", in quotes'),
    ("alarm_topic_arn", "alarmTopicArn", "alarms", "the ARN of an SNS topic"),
    ("provider_silence_hours", "providerSilenceHours", {"stripe": 1}, "an object of provider → hours"),
    ("provider_silence_hours", "providerSilenceHours", {"stripe": 169}, "an object of provider → hours"),
]


@pytest.mark.parametrize(("field", "key", "value", "allowed"), WRONG)
def test_a_wrong_value_names_the_key_the_value_and_what_is_allowed(
    field: str, key: str, value: object, allowed: str
) -> None:
    """A wrong setting in a program fails with the same message as in a stack file."""
    values: dict[str, Any] = {"environment_suffix": "dev", field: value}
    with pytest.raises(SettingsError) as caught:
        ProvidersSettings(**values)
    assert caught.value.key == f"hookline:{key}"
    assert str(caught.value).startswith(f"hookline:{key} is {json.dumps(value)}: it must be {allowed}")


@pytest.mark.parametrize(
    "address",
    [
        "999.1.1.1",
        "1.2.3",
        "1.2.3.4/99",
        "1.2.3.4/255.255.255.255",
        "1.2.3.4/032",
        "192.0.2.1/24",
        "01.2.3.4",
        "2001:db8::1::2",
        "2001:db8::/129",
        "2001:db8::1/64",
        "fe80::1%eth0",
        "a.b",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(address: str) -> None:
    """AWS takes addresses and CIDR blocks. A block whose last bits are not zero is more likely a mistake."""
    with pytest.raises(SettingsError, match="hookline:allowedAddresses is"):
        ProvidersSettings(environment_suffix="dev", allowed_addresses={"square": ("54.245.1.154", address)})


@pytest.mark.parametrize("address", ["1.2.3.4", "1.2.3.4/32", "192.0.2.0/24", "2001:db8::1", "2001:DB8::/32"])
def test_addresses_and_blocks_of_both_versions_are_accepted(address: str) -> None:
    """The block of a single address is written with or without its length."""
    given = {"square": (address,)}
    assert ProvidersSettings(environment_suffix="dev", allowed_addresses=given).allowed_addresses == given


@pytest.mark.parametrize(
    ("field", "key", "value"),
    [
        ("booked_accounts", "bookedAccounts", {"square": ("M1",), "stripe": ("own",)}),
        ("provider_rate_limits", "providerRateLimits", {"square": 5, "stripe": 5}),
        ("allowed_addresses", "allowedAddresses", {"square": ("1.2.3.4",), "stripe": ("1.2.3.4",)}),
    ],
)
def test_a_setting_for_a_provider_that_is_not_enabled_is_a_mistake(field: str, key: str, value: Any) -> None:
    """It would have no effect, and nobody would notice."""
    for providers in (("square", "stripe"), ("stripe", "square", "adyen")):
        ProvidersSettings(environment_suffix="dev", providers=providers, **{field: value})
    with pytest.raises(SettingsError) as caught:
        ProvidersSettings(environment_suffix="dev", providers=("square",), **{field: value})
    assert caught.value.key == f"hookline:{key}"
    assert "stripe is not in the setting providers" in str(caught.value)


@pytest.mark.parametrize("event_type", ["AUTHORISATION", "NOTIFICATION_OF_CHARGEBACK", "EXPIRE", "REFUND_OF_TOMORROW"])
def test_a_type_that_can_move_money_always_needs_a_signature(event_type: str) -> None:
    """The types of the table, and of the families that can move money, cannot be named."""
    with pytest.raises(SettingsError) as caught:
        ProvidersSettings(environment_suffix="dev", adyen_unsigned_types=("REPORT_AVAILABLE", event_type))
    assert caught.value.key == "hookline:adyenUnsignedTypes"
    assert f"{event_type} can move money, so it must have a signature" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("systems", "[]", "a list of one or more of transactions, providers, each once"),
        ("systems", '["refunds"]', "a list of one or more of transactions, providers, each once"),
        ("systems", "transactions", 'is "transactions": it must be a list of one or more of transactions, providers'),
        ("systems", "{}", 'is "{}": it must be a list of one or more'),
        ("systems", "[1]", "is [1]: it must be a list of one or more"),
        ("providers", '["stripes"]', "each once"),
        ("bookedAccounts", '["acct_1"]', "an object of provider"),
        ("providerRateLimits", "[50]", "an object of provider"),
        ("webAclArn", f"arn:aws:wafv2:eu-west-1:{'1' * 12}:regional/webacl/a/b", "the ARN of a web ACL in us-east-1"),
        ("bookedAccounts", '{"stripe": "acct_1"}', "an object of provider"),
        ("forwardTransactions", "yes", 'is "yes": it must be true or false'),
        ("provider", "stripe", "is not a setting: did you mean hookline:providers?"),
    ],
)
def test_a_wrong_value_in_a_stack_file_stops_the_program(key: str, value: str, problem: str) -> None:
    """The program fails before it registers any resource, with a one-line message."""
    with pytest.raises(ProgramError) as caught:
        deploy(**{key: value})
    assert f"hookline:{key} " in str(caught.value)
    assert problem in str(caught.value)


FIELDS = {"types": ["paid"], "amount": "data.amount", "unit": "minor", "currency": "data.currency", "id": "data.id"}


@pytest.mark.parametrize(
    ("mappings", "problem"),
    [
        ({"Shop": {"payments": FIELDS}}, "Shop must be the name of a sender, own for the sender without a name, or *"),
        ({"shop": {}}, "shop must have one or more of payments, refunds, disputes, and can have type"),
        ({"shop": "payments"}, "shop must have one or more of payments"),
        ({"shop": {"payments": FIELDS, "payouts": FIELDS}}, "shop must have one or more of payments"),
        ({"shop": {"payments": FIELDS, "type": ""}}, "shop.type must be the path of a field, such as data.amount"),
        (
            {"shop": {"payments": []}},
            "shop.payments must have types, amount, unit, currency, id, and can have",
        ),
        ({"shop": {"payments": {**FIELDS, "payment": "data.p"}}}, "shop.payments must have types"),
        ({"shop": {"refunds": {**FIELDS, "fee": "data.fee"}}}, "currency, id, and can have payment, reference, status"),
        ({"shop": {"refunds": {**FIELDS, "amount": "data..a"}}}, "shop.refunds.amount must be the path of a field"),
        ({"shop": {"refunds": {**FIELDS, "id": 1}}}, "shop.refunds.id must be the path of a field"),
        ({"shop": {"refunds": {**FIELDS, "unit": "cents"}}}, "shop.refunds.unit must be minor or major"),
        ({"shop": {"refunds": {**FIELDS, "types": []}}}, "shop.refunds.types must be a list of one or more texts"),
        ({"shop": {"refunds": {**FIELDS, "types": "paid"}}}, "shop.refunds.types must be a list"),
        ({"shop": {"refunds": {**FIELDS, "types": ["a b"]}}}, "shop.refunds.types must be a list"),
        ({"shop": {"refunds": {**FIELDS, "types": ["a", 1]}}}, "shop.refunds.types must be a list"),
        ({"shop": {"refunds": {**FIELDS, "types": ["a", "a"]}}}, "shop.refunds.types must be a list"),
        ({"shop": {"refunds": FIELDS, "payments": FIELDS}}, "shop must have each event type once"),
        ({"shop": {"refunds": {**FIELDS, "status": "s"}}}, "shop.refunds must have status and booked together"),
        ({"shop": {"refunds": {**FIELDS, "ignored": ["x"]}}}, "shop.refunds must have status and booked together"),
        (
            {"shop": {"refunds": {**FIELDS, "status": "s", "booked": ["x"], "ignored": ["x"]}}},
            "shop.refunds must not have a status in both booked and ignored",
        ),
        ({"shop": {"payments": {**FIELDS, "types": ["x" * 100 + str(n) for n in range(20)]}}}, "at most 2000 char"),
    ],
)
def test_a_wrong_mapping_of_a_sender_names_the_place_and_what_is_allowed(
    mappings: dict[str, Any], problem: str
) -> None:
    """A mapping with a mistake would book wrong money, or none."""
    with pytest.raises(SettingsError) as caught:
        ProvidersSettings(environment_suffix="dev", standard_webhooks=mappings)
    assert caught.value.key == "hookline:standardWebhooks"
    assert problem in str(caught.value)


def test_the_mappings_of_senders_reach_both_functions() -> None:
    """Ingestion needs the type and the object id, and processing the rest. By default, there is no variable."""
    mappings = {"shop": {"type": "event", "payments": FIELDS}, "own": {"refunds": {**FIELDS, "payment": "data.p"}}}
    made, usual = deploy(standardWebhooks=json.dumps(mappings)), deploy()
    for name in ("ingestion", "processing"):
        variables, default = (
            stack.one("aws:lambda/function:Function", f"{name}-dev").inputs["environment"]["variables"]
            for stack in (made, usual)
        )
        assert json.loads(variables["STANDARD_WEBHOOKS"]) == mappings
        assert "STANDARD_WEBHOOKS" not in default
    assert made.outputs["standard_webhooks"] == mappings


@pytest.mark.parametrize("systems", [TRANSACTIONS, PROVIDERS])
def test_transactions_cannot_be_forwarded_to_or_from_a_system_that_is_off(systems: str) -> None:
    """An impossible setting is an error and is not ignored."""
    with pytest.raises(ProgramError, match="hookline:forwardTransactions is true: it needs both systems"):
        deploy(systems=systems, forwardTransactions="true")


def test_the_settings_of_a_system_that_is_off_are_checked_all_the_same() -> None:
    """A mistake is reported at once, not when the system is enabled."""
    with pytest.raises(ProgramError, match="hookline:busArchiveDays"):
        deploy(systems=TRANSACTIONS, busArchiveDays="400")


def test_a_program_with_one_pipeline_takes_a_file_for_both() -> None:
    """Each class reads its own keys, and accepts the keys of the other class."""
    loaded: list[object] = []

    def program() -> None:
        loaded.append(TransactionsSettings.load(pulumi.Config()))
        loaded.append(ProvidersSettings.load(pulumi.Config()))

    run(program, SUFFIX | {"hookline:expiryDays": "1", "hookline:ordering": "object"})
    assert loaded == [
        TransactionsSettings(environment_suffix="dev", expiry_days=1),
        ProvidersSettings(environment_suffix="dev", ordering="object"),
    ]


@pytest.mark.parametrize(
    ("providers", "least"), [(("stripe", "adyen"), 5), (("paypal",), 5), (("standard_webhooks", "square"), 5)]
)
def test_a_delivery_is_remembered_for_longer_than_its_provider_tries(providers: tuple[str, ...], least: int) -> None:
    """The minimum is two days more than the longest retry horizon. Otherwise a retry would count as a new event."""
    ProvidersSettings(environment_suffix="dev", providers=providers, provider_expiry_days=least)
    with pytest.raises(SettingsError, match=f"providerExpiryDays.* it must be at least {least}"):
        ProvidersSettings(environment_suffix="dev", providers=providers, provider_expiry_days=least - 1)


@pytest.mark.parametrize(
    ("key", "value", "provider"),
    [
        ("adyenUnsignedTypes", '["REPORT_AVAILABLE"]', "adyen"),
        ("shopifyTopics", '["orders/paid"]', "shopify"),
        ("stripeBasilSince", "2026-12-01T09:00:00Z", "stripe"),
        (
            "standardWebhooks",
            '{"*": {"payments": {"types": ["p"], "amount": "a", "unit": "minor", "currency": "c", "id": "i"}}}',
            "standard_webhooks",
        ),
    ],
)
def test_a_setting_of_a_provider_that_is_off_is_refused(key: str, value: str, provider: str) -> None:
    """It would have no effect, and nobody would notice."""
    with pytest.raises(ProgramError, match=f"{provider} is not in the setting providers"):
        deploy(providers='["square"]', **{key: value})
