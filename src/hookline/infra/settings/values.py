"""How a setting is read from a stack file and checked: every refusal names the setting, its value, what is allowed."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi.runtime import config as pulumi_config

NAMESPACE = "hookline"
REGION = "us-east-1"

_SUFFIX = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")
_SUFFIX_ALLOWED = "1 to 20 lower-case letters, digits and inner hyphens"
_LOGGING = re.compile("account|off")
_LOGGING_ALLOWED = '"account" or "off", in quotes'  # YAML reads a bare off as false
_CLIENT = re.compile("hookline|botocore")
_TOPIC_ARN = re.compile(rf"arn:aws:sns:{REGION}:[0-9]{{12}}:[A-Za-z0-9_-]{{1,256}}")
_TOPIC_ARN_ALLOWED = f"the ARN of an SNS topic in {REGION}"

Parser = Callable[[str, str], object]
Table = Mapping[str, tuple[str, Parser]]
"""Name in a stack file → the attribute that it sets, and how its text is read."""


class SettingsError(pulumi.RunError):
    """A setting is missing, unknown or wrong; Pulumi prints the message without a traceback.

    Attributes:
        key: the full name of the setting, such as `hookline:expiryDays`.
    """

    def __init__(self, key: str, problem: str) -> None:
        self.key = key
        super().__init__(f"{key} {problem}")


def wrong(name: str, value: object, allowed: str) -> SettingsError:
    """The error for a value that a setting may not have."""
    return SettingsError(f"{NAMESPACE}:{name}", f"is {value!r}: it must be {allowed}")


def boolean(name: str, text: str) -> bool:
    """Reads true or false."""
    if text not in {"true", "false"}:
        raise wrong(name, text, "true or false")
    return text == "true"


def whole_number(name: str, text: str) -> int:
    """Reads a whole number of at most nine digits."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise wrong(name, text, "a whole number")
    return int(text)


def text_value(name: str, text: str) -> str:  # noqa: ARG001  # the signature that all parsers share
    """Takes a text as it is."""
    return text


def list_of_texts(name: str, text: str) -> tuple[str, ...]:
    """Reads a YAML list, which Pulumi hands over as JSON."""
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, list) or not all(isinstance(item, str) for item in cast("list[object]", items)):
        raise wrong(name, text, "a list of names")
    return tuple(cast("list[str]", items))


COMMON: Table = {
    "environmentSuffix": ("environment_suffix", text_value),
    "apiGatewayLogging": ("api_gateway_logging", text_value),
    "alarmTopicArn": ("alarm_topic_arn", text_value),
    "awsClient": ("aws_client", text_value),
}


def require_common(suffix: object, logging: object, topic_arn: object, client: object) -> None:
    """Checks the settings that both systems share; raises `SettingsError`."""
    require_pattern("environmentSuffix", suffix, _SUFFIX, _SUFFIX_ALLOWED)
    require_pattern("apiGatewayLogging", logging, _LOGGING, _LOGGING_ALLOWED)
    if topic_arn is not None:
        require_pattern("alarmTopicArn", topic_arn, _TOPIC_ARN, _TOPIC_ARN_ALLOWED)
    require_pattern("awsClient", client, _CLIENT, "hookline or botocore")


def require_pattern(name: str, value: object, pattern: re.Pattern[str], allowed: str) -> None:
    """Raises `SettingsError` unless the value is a text that matches as a whole."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise wrong(name, value, allowed)


def require_boolean(name: str, value: object) -> None:
    """Raises `SettingsError` unless the value is True or False."""
    if not isinstance(value, bool):
        raise wrong(name, value, "true or false")


def require_range(name: str, value: object, low: int, high: int) -> None:
    """Raises `SettingsError` unless the value is a whole number from `low` to `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise wrong(name, value, f"a whole number from {low} to {high}")


def require_some_of(name: str, values: object, known: Sequence[str]) -> None:
    """Raises `SettingsError` unless the values are a tuple of one or more of the known names, each once."""
    chosen = cast("tuple[object, ...]", values) if isinstance(values, tuple) else ()
    if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(known):
        raise wrong(name, cast("object", values), f"a list of one or more of {', '.join(known)}, each once")


def configured_keys(namespace: str) -> list[str]:
    """The names under a namespace that the stack sets, without the namespace, sorted."""
    known = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    return sorted(key.partition(":")[2] for key in known if key.startswith(f"{namespace}:"))


def refuse_unknown(namespace: str, known: Iterable[str]) -> None:
    """Raises `SettingsError` if the stack sets anything under the namespace that is not known."""
    for key in configured_keys(namespace):
        if key not in known:
            closest = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {namespace}:{closest[0]}?" if closest else f"there are {', '.join(known)}"
            raise SettingsError(f"{namespace}:{key}", f"is not a setting: {hint}")


def read(config: pulumi.Config, table: Table) -> dict[str, Any]:
    """Attribute → value, of the settings of a table that the stack sets.

    Raises:
        SettingsError: if one cannot be read, or the table has an environment suffix and the stack does not.
    """
    values = {
        attribute: parse(key, text)
        for key, (attribute, parse) in table.items()
        if (text := config.get(key)) is not None
    }
    if "environmentSuffix" in table and "environment_suffix" not in values:
        raise SettingsError(f"{config.name}:environmentSuffix", f"is not set: it must be {_SUFFIX_ALLOWED}")
    return values
