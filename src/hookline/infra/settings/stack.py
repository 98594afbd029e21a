"""The settings of a stack: which systems it has, whether the systems are connected, and each system's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pulumi

from hookline.infra.api_gateway.domain import ApiDomainArgs
from hookline.infra.monitoring.alarm_topic import AlarmTopicArgs
from hookline.infra.settings.checks import require_different_paths
from hookline.infra.settings.common import CommonSettings
from hookline.infra.settings.kinds import boolean, some_of, text, texts
from hookline.infra.settings.providers import ProvidersSettings
from hookline.infra.settings.setting import (
    Setting,
    SettingsError,
    check,
    known,
    read,
    setting,
    settings,
    wrong,
)
from hookline.infra.settings.targets import require_region
from hookline.infra.settings.transactions import TransactionsSettings

REGION = "us-east-1"
"""The only region that hookline's own program allows. A component uses the region of its AWS provider."""

SYSTEMS = ("transactions", "providers")
EMAIL = text(r"[^\s@]{1,64}@[^\s@]{1,255}", "an e-mail address")

CERTIFICATE = text(
    r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]{1,64}", "the ARN of a certificate of ACM"
)
TAGS = texts(
    r"(?!(?i:aws:)|Environment$|Service$)[\w .:/=+@-]{1,128}",
    r"[\w .:/=+@-]{0,256}",
    MOST_TAGS := 40,
    f'an object of at most {MOST_TAGS} tags, such as {{"team": "payments"}}, without Environment, Service and aws:…',
)


@settings
class _Choice:
    """The systems of the stack, how they are connected, and who gets an e-mail about alarms."""

    systems: tuple[str, ...] = setting(
        some_of(SYSTEMS), "the systems of the stack: a list of `transactions`, `providers` or both", SYSTEMS, "both"
    )
    forward_transactions: bool | None = setting(
        boolean(),
        "send the providers' normalised transactions to the transactions system",
        None,
        "on with both systems",
    )
    certificate_arn: str | None = setting(
        CERTIFICATE,
        "the ARN of a certificate of ACM, with which the stack makes `domainName` in API Gateway; without it, "
        "`domainName` must exist there",
        None,
    )
    tags: Mapping[str, str] | None = setting(
        TAGS, "more tags for every resource, besides `Environment` and `Service`, such as `team: payments`", None
    )

    alarm_email: str | None = setting(
        EMAIL,
        "an e-mail address that the alarms notify, by an SNS topic that the program makes; the address gets a message "
        "with a link to confirm; not together with `alarmTopicArn`",
        None,
    )

    def __post_init__(self) -> None:
        check(self)
        if self.forward_transactions and not self.both:
            raise SettingsError("hookline:forwardTransactions", "is true: it needs both systems in hookline:systems")

    @property
    def both(self) -> bool:
        """Whether the stack has the transactions system and the providers system."""
        return len(self.systems) == len(SYSTEMS)

    def domain(self, common: CommonSettings) -> ApiDomainArgs | None:
        """Return the domain name that the stack makes; None if it makes none."""
        if self.certificate_arn is None:
            return None
        if common.domain_name is None:
            raise wrong("certificateArn", self.certificate_arn, "domainName is not set, so it would have no effect")
        return ApiDomainArgs(common.environment_suffix, common.domain_name, self.certificate_arn)

    def alarm_topic(self, common: CommonSettings) -> AlarmTopicArgs | None:
        """Return the SNS topic that the stack makes for its alarms; None if it makes none."""
        if self.alarm_email is None:
            return None
        if common.alarm_topic_arn:
            raise wrong("alarmEmail", self.alarm_email, "the alarms already notify the topic in hookline:alarmTopicArn")
        return AlarmTopicArgs(common.environment_suffix, self.alarm_email, common.kms_key_arn)


@dataclass(frozen=True)
class StackSettings:
    """The settings of a stack, with the settings of each of its systems.

    Attributes:
        environment_suffix: the end of the name of every resource.
        transactions: the settings of the transactions system; None if the stack does not have this system.
        providers: the settings of the providers system; None if the stack does not have this system.
        forward_transactions: True if the providers' normalised transactions go to the transactions system.
        domain: the domain name that the stack makes in API Gateway; None if it makes none.
        tags: more tags for every resource, as key → value.
        alarm_topic: the SNS topic that the stack makes for its alarms; None if it makes none.
    """

    environment_suffix: str
    transactions: TransactionsSettings | None
    providers: ProvidersSettings | None
    forward_transactions: bool
    domain: ApiDomainArgs | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    alarm_topic: AlarmTopicArgs | None = None

    @classmethod
    def load(cls, config: pulumi.Config) -> StackSettings:
        """Read all settings of a stack. Validate the settings of a system even if the stack does not have this system.

        Args:
            config: `pulumi.Config("hookline")`. In a project named `hookline`, `pulumi.Config()` is the same.

        Raises:
            SettingsError: if a setting is missing, unknown or wrong.
        """
        transactions, providers = TransactionsSettings.load(config), ProvidersSettings.load(config)
        _require_region("alarmTopicArn", transactions.alarm_topic_arn, "an SNS topic")
        _require_region("ticketTopicArn", transactions.ticket_topic_arn, "an SNS topic")
        _require_region("webAclArn", transactions.web_acl_arn, "a web ACL")
        _require_region("kmsKeyArn", transactions.kms_key_arn, "a KMS key")
        require_region(providers.targets, providers.subscriptions, REGION)
        choice = _Choice(**read(config, _Choice))
        if transactions.ticket_topic_arn and not (transactions.alarm_topic_arn or choice.alarm_email):
            why = "pages would notify nobody: set hookline:alarmTopicArn or hookline:alarmEmail too"
            raise wrong("ticketTopicArn", transactions.ticket_topic_arn, why)
        _require_region("certificateArn", choice.certificate_arn, "a certificate")
        if choice.both:
            require_different_paths(transactions.transactions_base_path, providers.providers_base_path)
        forward = choice.both if choice.forward_transactions is None else choice.forward_transactions
        return cls(
            environment_suffix=transactions.environment_suffix,
            transactions=transactions if "transactions" in choice.systems else None,
            providers=providers if "providers" in choice.systems else None,
            forward_transactions=forward,
            domain=choice.domain(transactions),
            tags=choice.tags or {},
            alarm_topic=choice.alarm_topic(transactions),
        )

    def notifying(self, topic_arn: pulumi.Input[str]) -> StackSettings:
        """Return the same settings with an SNS topic for the alarms, which may be an output of another resource."""
        return self._with(alarm_topic_arn=topic_arn)

    def served_at(self, domain_name: pulumi.Input[str]) -> StackSettings:
        """Return the same settings with the domain name as an output, so that the APIs wait for the domain name."""
        return self._with(domain_name=domain_name)

    def _with(self, **values: pulumi.Input[str]) -> StackSettings:
        return replace(
            self,
            transactions=self.transactions and replace(self.transactions, **values),  # pyright: ignore[reportArgumentType]
            providers=self.providers and replace(self.providers, **values),  # pyright: ignore[reportArgumentType]
        )


def all_settings() -> list[Setting]:
    """Return every setting that a stack file can have, each once. The settings of the whole stack come first."""
    every = [*known(TransactionsSettings), *known(ProvidersSettings)]
    suffix, *rest = {each.name: each for each in every}.values()
    return [suffix, *known(_Choice), *rest]


def _require_region(name: str, arn: object, kind: str) -> None:
    if isinstance(arn, str) and f":{REGION}:" not in arn:
        raise wrong(name, arn, f"it must be the ARN of {kind} in {REGION}")
