"""The settings of the transactions stack: typed, validated, and refused with a reason."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
from pulumi.runtime import config as pulumi_config

NAMESPACE = "hookline"
REGION = "us-east-1"
ApiGatewayLogging = Literal["account", "off"]

_SUFFIX = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")
_SUFFIX_ALLOWED = "1 to 20 lower-case letters, digits and inner hyphens"
_LOGGING = re.compile("account|off")
_LOGGING_ALLOWED = '"account" or "off", in quotes'  # YAML reads a bare off as false
_TOPIC_ARN = re.compile(rf"arn:aws:sns:{REGION}:[0-9]{{12}}:[A-Za-z0-9_-]{{1,256}}")
_TOPIC_ARN_ALLOWED = f"the ARN of an SNS topic in {REGION}"


class SettingsError(pulumi.RunError):
    """A setting is missing, unknown or wrong; Pulumi prints the message without a traceback.

    Attributes:
        key: the full name of the setting, such as `hookline:expiryDays`.
    """

    def __init__(self, key: str, problem: str) -> None:
        self.key = key
        super().__init__(f"{key} {problem}")


def _wrong(name: str, value: object, allowed: str) -> SettingsError:
    return SettingsError(f"{NAMESPACE}:{name}", f"is {value!r}: it must be {allowed}")


def _boolean(name: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise _wrong(name, text, "true or false")
    return text == "true"


def _whole_number(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise _wrong(name, text, "a whole number")
    return int(text)


def _text(name: str, text: str) -> str:  # noqa: ARG001  # the signature that all parsers share
    return text


@dataclass(frozen=True)
class TransactionsSettings:
    """What can be set for the transactions pipeline.

    Attributes:
        environment_suffix: ends the name of every resource; 1 to 20 of a-z, 0-9 and inner hyphens.
        allow_unsigned: True accepts requests that carry no signature at all.
        expiry_days: days for which an event id is remembered; 1 to 365.
        validator_reserved_concurrency: concurrent executions reserved for, and the limit of, the validator; AWS
            refuses what would leave the account fewer than 100 unreserved.
        router_reserved_concurrency: the same for the router.
        provisioned_concurrency: validator instances kept warm; 0 is off.
        api_gateway_logging: "account" writes access logs through the role that the account's API Gateway
            settings name (docs/decisions/0003-api-gateway-account-role.md); "off" writes none.
        alarm_topic_arn: SNS topic that alarms notify; None notifies nobody.
        stream_parallelism: batches of one stream shard that the router handles at a time; 1 to 10.

    Raises:
        SettingsError: at construction, naming the setting, its value and what is allowed.
    """

    environment_suffix: str
    allow_unsigned: bool = False
    expiry_days: int = 35
    validator_reserved_concurrency: int = 100
    router_reserved_concurrency: int = 20
    provisioned_concurrency: int = 0
    api_gateway_logging: ApiGatewayLogging = "account"
    alarm_topic_arn: str | None = None
    stream_parallelism: int = 1

    def __post_init__(self) -> None:
        warm_limit = self.validator_reserved_concurrency
        _require_pattern("environmentSuffix", self.environment_suffix, _SUFFIX, _SUFFIX_ALLOWED)
        _require_boolean("allowUnsigned", self.allow_unsigned)
        _require_range("expiryDays", self.expiry_days, 1, 365)
        _require_range("validatorReservedConcurrency", self.validator_reserved_concurrency, 1, 10_000)
        _require_range("routerReservedConcurrency", self.router_reserved_concurrency, 1, 10_000)
        _require_range("provisionedConcurrency", self.provisioned_concurrency, 0, warm_limit)
        _require_pattern("apiGatewayLogging", self.api_gateway_logging, _LOGGING, _LOGGING_ALLOWED)
        if self.alarm_topic_arn is not None:
            _require_pattern("alarmTopicArn", self.alarm_topic_arn, _TOPIC_ARN, _TOPIC_ARN_ALLOWED)
        _require_range("streamParallelism", self.stream_parallelism, 1, 10)

    @classmethod
    def load(cls, config: pulumi.Config) -> TransactionsSettings:
        """Reads the settings of a stack.

        Args:
            config: `pulumi.Config("hookline")`; in the project `hookline` that is `pulumi.Config()`.

        Raises:
            SettingsError: on a missing, unknown or wrong setting.
        """
        _refuse_unknown(config.name, _PARSERS)
        values: dict[str, Any] = {}
        for key, (attribute, parse) in _PARSERS.items():
            text = config.get(key)
            if text is not None:
                values[attribute] = parse(key, text)
        if "environment_suffix" not in values:
            raise SettingsError(f"{config.name}:environmentSuffix", f"is not set: it must be {_SUFFIX_ALLOWED}")
        return cls(**values)


_PARSERS: Mapping[str, tuple[str, Callable[[str, str], object]]] = {
    "environmentSuffix": ("environment_suffix", _text),
    "allowUnsigned": ("allow_unsigned", _boolean),
    "expiryDays": ("expiry_days", _whole_number),
    "validatorReservedConcurrency": ("validator_reserved_concurrency", _whole_number),
    "routerReservedConcurrency": ("router_reserved_concurrency", _whole_number),
    "provisionedConcurrency": ("provisioned_concurrency", _whole_number),
    "apiGatewayLogging": ("api_gateway_logging", _text),
    "alarmTopicArn": ("alarm_topic_arn", _text),
    "streamParallelism": ("stream_parallelism", _whole_number),
}


def _require_pattern(name: str, value: object, pattern: re.Pattern[str], allowed: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _wrong(name, value, allowed)


def _require_boolean(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")


def _require_range(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _wrong(name, value, f"a whole number from {low} to {high}")


def configured_keys(namespace: str) -> list[str]:
    """The names under a namespace that the stack sets, without the namespace, sorted."""
    known = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    return sorted(key.partition(":")[2] for key in known if key.startswith(f"{namespace}:"))


def _refuse_unknown(namespace: str, known: Iterable[str]) -> None:
    for key in configured_keys(namespace):
        if key not in known:
            closest = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {namespace}:{closest[0]}?" if closest else f"there are {', '.join(known)}"
            raise SettingsError(f"{namespace}:{key}", f"is not a setting: {hint}")
