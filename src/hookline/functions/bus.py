"""Publishing of events to an EventBridge bus, with up to ten events in each call.

EventBridge may refuse one event of a call and take the events behind it. Then the bus publishes the refused event and
everything behind it in its group again. So the last publications of the events of a group are in their order.

EventBridge may also refuse a whole call because of one event. Then the bus publishes the events of the call one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from hookline.functions.aws.clients import EventBridgeClient
from hookline.functions.aws.errors import AwsError, Transient

MAX_BATCH_ENTRIES = 10
"""Maximum number of events in a ``PutEvents`` call ("PutEvents" in the EventBridge API reference)."""

MAX_BATCH_BYTES = 1_048_576
"""Maximum size of a ``PutEvents`` call in bytes ("PutEvents" in the EventBridge API reference)."""

SENDS = 3
"""Maximum number of attempts to publish an event: one try, and two retries after a fault of EventBridge."""

_WORTH_A_RETRY = frozenset(("InternalException", "InternalFailure", "ThrottlingException", "Unanswered"))
_TIME_BYTES = 14


@dataclass(frozen=True)
class BusEvent:
    """One event to publish on an EventBridge bus.

    Attributes:
        source: origin of the event.
        detail_type: type of the event.
        detail: content of the event as JSON text.
        time: time of the event.
    """

    source: str
    detail_type: str
    detail: str
    time: datetime

    def size(self) -> int:
        """Return the size of the event in bytes, as EventBridge counts it.

        Source: "Calculating PutEvents event entry size" in the EventBridge user guide.
        """
        return _TIME_BYTES + len(f"{self.source}{self.detail_type}{self.detail}".encode())


@dataclass(frozen=True)
class ToPublish:
    """An event to publish, with its name and its group.

    Attributes:
        name: the name that the caller gives to the event; several events may share one.
        group: events of the same group are published in their order.
        event: the event.
    """

    name: str
    group: str
    event: BusEvent


@dataclass(frozen=True)
class _Failure:
    """Why an event was not published.

    Attributes:
        code: the error code.
        is_brief: whether another call is worth a try.
    """

    code: str
    is_brief: bool


_Pending: TypeAlias = Mapping[int, ToPublish]
"""Position of an event among all events → event."""


@dataclass(frozen=True)
class Bus:
    """An EventBridge bus.

    Attributes:
        client: EventBridge client.
        name: name of the bus.
    """

    client: EventBridgeClient
    name: str

    def publish(self, events: Sequence[ToPublish]) -> dict[str, str]:
        """Publish events on the bus, and retry the events that EventBridge failed to publish by its own fault.

        A retry also publishes the events behind such an event in its group, even if EventBridge has taken them before.

        Args:
            events: the events, in order.

        Returns:
            Name → error code of each name that has an event which was not published.
        """
        failures: dict[int, _Failure] = {}
        pending: _Pending = dict(enumerate(events))
        for _ in range(SENDS):
            failed = _join(self._put(call) for call in _calls(pending))
            failures = {position: why for position, why in failures.items() if position not in pending} | failed
            pending = _again(pending, failed)
        return {events[position].name: failure.code for position, failure in failures.items()}

    def _put(self, events: _Pending) -> dict[int, _Failure]:
        """Publish events with one call, and return position → failure of each event that was not published.

        If EventBridge refuses the call, the events are published one by one, so that only the events at fault fail.
        """
        try:
            answer = self.client.put_events(Entries=[self._entry(each.event) for each in events.values()])
        except AwsError as error:  # the client has already retried the call
            if len(events) == 1 or isinstance(error, Transient):
                return dict.fromkeys(events, _Failure(error.code, is_brief=False))
            return _join(self._put({position: each}) for position, each in events.items())
        # The answer lists the results in the order of the entries. An entry without a result has failed.
        results: Sequence[Mapping[str, str]] = answer.get("Entries", [])
        codes = [result.get("ErrorCode", "") for result in results]
        codes += ["Unanswered"] * (len(events) - len(codes))
        return {
            position: _Failure(code, code in _WORTH_A_RETRY)
            for position, code in zip(events, codes, strict=True)
            if code
        }

    def _entry(self, event: BusEvent) -> dict[str, object]:
        return {
            "EventBusName": self.name,
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": event.detail,
            "Time": event.time,
        }


def _join(failures: Iterable[Mapping[int, _Failure]]) -> dict[int, _Failure]:
    """Return the failures of several calls together."""
    return {position: failure for call in failures for position, failure in call.items()}


def _again(sent: _Pending, failed: Mapping[int, _Failure]) -> _Pending:
    """Return the events to publish again: those with a brief failure, and everything behind them in their groups."""
    groups = set[str]()
    again: dict[int, ToPublish] = {}
    for position, each in sent.items():
        failure = failed.get(position)
        if failure and failure.is_brief:
            groups.add(each.group)
        if each.group in groups and (failure is None or failure.is_brief):
            again[position] = each
    return again


def _calls(pending: _Pending) -> Iterator[_Pending]:
    """Yield the events, in order, in parts that fit in one ``PutEvents`` call."""
    call: dict[int, ToPublish] = {}
    size = 0
    for position, each in pending.items():
        added = each.event.size()
        if call and (len(call) == MAX_BATCH_ENTRIES or size + added > MAX_BATCH_BYTES):
            yield call
            call, size = {}, 0
        call[position] = each
        size += added
    if call:
        yield call
