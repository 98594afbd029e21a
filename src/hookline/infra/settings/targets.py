"""The setting `targets`: consumers of the bus that belong to you."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from hookline.infra.parts.targets import BusTarget, OwnTarget, target_of
from hookline.infra.providers.subscription import Subscription, require_name
from hookline.infra.settings.kinds import Kind
from hookline.infra.settings.setting import wrong

ALLOWED = (
    'an object of name → target, such as {"ledger": {"arn": "arn:aws:sqs:us-east-1:123456789012:ledger", "providers": '
    '["stripe"], "eventTypes": ["charge.*"], "outcomes": "also", "retryHours": 24}}'
)

_FIELDS = {
    "arn": "target",
    "providers": "providers",
    "eventTypes": "event_types",
    "outcomes": "outcomes",
    "retryHours": "retry_hours",
}


def targets() -> Kind:
    """Return the kind of the setting. It checks only that the value is an object: `subscriptions` checks the rest."""
    return Kind(ALLOWED, lambda value: isinstance(value, Mapping) and bool(cast("object", value)), json.loads)


def subscriptions(value: Mapping[str, Any] | None, providers: Sequence[str]) -> dict[str, Subscription]:
    """Return the consumers that the setting names, as name → consumer.

    Args:
        value: the value of the setting; None if it is not set.
        providers: the providers of the stack.

    Raises:
        SettingsError: if a name or a member is wrong, or if a provider is not one of the stack's.
    """
    found: dict[str, Subscription] = {}
    for name, members in (value or {}).items():
        try:
            require_name(name)
            found[name] = _subscription(name, members)
        except ValueError as problem:
            raise wrong("targets", value, str(problem)) from None
        for provider in found[name].providers or ():
            if provider not in providers:
                raise wrong("targets", value, f"{provider} is not in the setting providers, so it would have no effect")
    return found


def require_region(value: Mapping[str, Any] | None, consumers: Mapping[str, Subscription], region: str) -> None:
    """Raise `SettingsError` if a target that is not a bus is in another region than the rules."""
    for name, each in consumers.items():
        if not isinstance(each.target, BusTarget) and f":{region}:" not in str(each.target.arn):
            raise wrong("targets", value, f"{name}.arn must be in {region}; only a bus can be in another region")


def _subscription(name: str, members: object) -> Subscription:
    given = cast("dict[str, Any]", members if isinstance(members, Mapping) else {})
    if "arn" not in given or not _FIELDS.keys() >= given.keys():
        optional = [field for field in _FIELDS if field != "arn"]
        raise ValueError(f"{name} must have arn, and can have {', '.join(optional)}")
    try:
        values: dict[str, Any] = {_FIELDS[key]: each for key, each in given.items()}
        values["target"] = _target(given["arn"])
        return Subscription(**values)
    except ValueError as problem:
        raise ValueError(f"{name}.{problem}") from None


def _target(arn: object) -> OwnTarget:
    try:
        return target_of(str(arn))
    except ValueError as problem:
        raise ValueError(f"arn {problem}") from None
