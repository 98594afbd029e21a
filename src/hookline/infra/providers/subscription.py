"""Consumers of the bus that belong to you: which events each one gets, and the rule that sends them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from hookline.core import PROVIDER_NAMES
from hookline.core.webhooks import outcome_event
from hookline.infra.parts.event_bus import LONGEST_RETRY_HOURS, Rule
from hookline.infra.parts.targets import OwnTarget

Outcomes = Literal["none", "also", "only"]

MAX_EVENT_TYPES = 20
"""EventBridge limits the length of a rule's pattern to 4096 characters."""

_NAME = re.compile("[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")
_EVENT_TYPE = r"[!-)+-~]{1,128}\*?"


@dataclass(frozen=True)
class Subscription:
    """A consumer of yours, and the events that it gets.

    Attributes:
        target: the queue, function, state machine or bus that gets the events.
        providers: the providers whose events it gets; None for all providers of the stack.
        event_types: the event types or outcomes that it gets, at most 20; None for all. `charge.*` stands for all that
            begin with `charge.`.
        outcomes: whether it gets outcome events: `none`, `also` or `only`.
        retry_hours: hours for which EventBridge retries a failed delivery; 1 to 24. Then the event goes to the queue of
            the bus's failed deliveries.

    Raises:
        ValueError: at construction, for a wrong value. The message begins with the name of the attribute in camelCase.
    """

    target: OwnTarget
    providers: Sequence[str] | None = None
    event_types: Sequence[str] | None = None
    outcomes: Outcomes = "none"
    retry_hours: int = LONGEST_RETRY_HOURS

    def __post_init__(self) -> None:
        if not _is_list(self.providers, "|".join(PROVIDER_NAMES)):
            raise ValueError(f"providers must be a list of one or more of {', '.join(PROVIDER_NAMES)}, each once")
        if not _is_list(self.event_types, _EVENT_TYPE) or len(self.event_types or ()) > MAX_EVENT_TYPES:
            allowed = f"a list of 1 to {MAX_EVENT_TYPES} event types, such as charge.refunded or charge.*, each once"
            raise ValueError(f"eventTypes must be {allowed}")
        if self.outcomes not in get_args(Outcomes):
            raise ValueError(f"outcomes must be {' or '.join(get_args(Outcomes))}")
        if type(self.retry_hours) is not int or not 1 <= self.retry_hours <= LONGEST_RETRY_HOURS:
            raise ValueError(f"retryHours must be a whole number from 1 to {LONGEST_RETRY_HOURS}")


def rules_of(subscriptions: Mapping[str, Subscription], providers: Sequence[str]) -> dict[str, Rule]:
    """Return the rules that send events to consumers, as `to-{name of the consumer}` → rule.

    Args:
        subscriptions: name → consumer.
        providers: the providers of the stack.

    Raises:
        ValueError: if a name is not allowed.
    """
    for name in subscriptions:
        require_name(name)
    return {f"to-{name}": _rule(name, each, providers) for name, each in subscriptions.items()}


def require_name(name: str) -> None:
    """Raise `ValueError` if a consumer cannot have this name."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name} must be a name of 1 to 20 lower-case letters, digits and inner hyphens")


def _rule(name: str, subscription: Subscription, providers: Sequence[str]) -> Rule:
    chosen = list(subscription.providers or providers)
    pattern = _pattern(subscription, chosen)
    return Rule(f"Events for {name}", pattern, subscription.target, subscription.retry_hours)


def _pattern(subscription: Subscription, providers: Sequence[str]) -> dict[str, Any]:
    sources = [] if subscription.outcomes == "only" else [f"hookline.{provider}" for provider in providers]
    pattern: dict[str, Any] = {"source": sources}
    if subscription.outcomes != "none":
        sources.append(outcome_event.SOURCE)
        pattern["detail"] = {"provider": list(providers)}
    if subscription.event_types:
        pattern["detail-type"] = [_matcher(event_type) for event_type in subscription.event_types]
    return pattern


def _matcher(event_type: str) -> str | dict[str, str]:
    return {"prefix": event_type[:-1]} if event_type.endswith("*") else event_type


def _is_list(value: object, pattern: str) -> bool:
    """Return True for None, and for a list of one or more different texts that the regular expression matches."""
    if value is None:
        return True
    items = cast("Sequence[object]", value if isinstance(value, (list, tuple)) else ())
    found = {item for item in items if isinstance(item, str) and re.fullmatch(pattern, item)}
    return bool(items) and len(found) == len(items)
