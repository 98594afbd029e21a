"""Publishing of events to an EventBridge bus in batches, with a result for each event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hookline.functions.aws.clients import EventBridgeClient
from hookline.functions.aws.errors import AwsError

MAX_BATCH_ENTRIES = 10
"""Maximum number of events in a ``PutEvents`` call ("PutEvents" in the EventBridge API reference)."""

MAX_BATCH_BYTES = 1_048_576
"""Maximum size of a ``PutEvents`` call in bytes ("PutEvents" in the EventBridge API reference)."""

SENDS = 3
"""Maximum number of attempts to publish an event: one try, and two retries after a fault of EventBridge."""

_WORTH_A_REPEAT = frozenset(("InternalException", "InternalFailure", "ThrottlingException", "Unanswered"))
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
class Bus:
    """An EventBridge bus.

    Attributes:
        client: EventBridge client.
        name: name of the bus.
    """

    client: EventBridgeClient
    name: str

    def publish(self, events: Mapping[str, BusEvent]) -> dict[str, str]:
        """Publish events on the bus, and retry the events that EventBridge failed to publish by its own fault.

        Args:
            events: name → event, in order. The caller chooses the names.

        Returns:
            Name → error code of each event that was not published.
        """
        failures: dict[str, str] = {}
        for batch in _batches(events):
            failures |= self._publish_batch({name: events[name] for name in batch})
        return failures

    def _publish_batch(self, batch: Mapping[str, BusEvent]) -> dict[str, str]:
        failures: dict[str, str] = {}
        pending = batch
        for _ in range(SENDS):
            try:
                errors = self._put(pending)
            except AwsError as error:  # not retried here, because the client has already retried the call
                return failures | dict.fromkeys(pending, error.code)
            failures = {name: code for name, code in failures.items() if name not in pending} | errors
            pending = {name: batch[name] for name, code in errors.items() if code in _WORTH_A_REPEAT}
            if not pending:
                break
        return failures

    def _put(self, events: Mapping[str, BusEvent]) -> dict[str, str]:
        """Publish events with one call, and return name → error code of each event that failed."""
        answer = self.client.put_events(Entries=[self._entry(event) for event in events.values()])
        # The answer lists the results in the order of the entries. An entry without a result has failed.
        results: Sequence[Mapping[str, str]] = answer.get("Entries", [])
        codes = [result.get("ErrorCode", "") for result in results]
        codes += ["Unanswered"] * (len(events) - len(codes))
        return {name: code for name, code in zip(events, codes, strict=True) if code}

    def _entry(self, event: BusEvent) -> dict[str, object]:
        return {
            "EventBusName": self.name,
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": event.detail,
            "Time": event.time,
        }


def _batches(events: Mapping[str, BusEvent]) -> Iterator[list[str]]:
    """Yield the names of the events, in order, in batches that fit in one ``PutEvents`` call."""
    batch: list[str] = []
    size = 0
    for name, event in events.items():
        added = event.size()
        if batch and (len(batch) == MAX_BATCH_ENTRIES or size + added > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += added
    if batch:
        yield batch
