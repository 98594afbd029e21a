"""Publishing to the EventBridge bus in batches, and knowing of every single event whether it was taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hookline.functions.aws.clients import EventBridgeClient
from hookline.functions.aws.errors import AwsError

MAX_BATCH_ENTRIES = 10
"""Most events in one PutEvents call ("PutEvents" in the EventBridge API reference)."""

MAX_BATCH_BYTES = 1_048_576
"""Most bytes in one PutEvents call (same source)."""

SENDS = 3
"""How often an event is published at most: once, and twice more when EventBridge itself failed to take it."""

_WORTH_A_REPEAT = frozenset(("InternalException", "InternalFailure", "ThrottlingException", "Unanswered"))
_TIME_BYTES = 14


@dataclass(frozen=True)
class BusEvent:
    """One event to publish.

    Attributes:
        source: who it is from.
        detail_type: what happened.
        detail: the event, as JSON text.
        time: when it happened.
    """

    source: str
    detail_type: str
    detail: str
    time: datetime

    def size(self) -> int:
        """Return what the event counts in EventBridge, in bytes ("Calculating PutEvents event entry size")."""
        return _TIME_BYTES + sum(len(text.encode()) for text in (self.source, self.detail_type, self.detail))


@dataclass(frozen=True)
class Bus:
    """A bus.

    Attributes:
        client: EventBridge.
        name: the bus's name.
    """

    client: EventBridgeClient
    name: str

    def publish(self, events: Mapping[str, BusEvent]) -> dict[str, str]:
        """Publish events, and again exactly those that EventBridge reports as failed.

        Args:
            events: the events by a name of the caller's choice, in order.

        Returns:
            The error code of each event that was not taken, by name.
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
            except AwsError as error:  # not repeated here, since the client has already done so
                return failures | dict.fromkeys(pending, error.code)
            failures = {name: code for name, code in failures.items() if name not in pending} | errors
            pending = {name: batch[name] for name, code in errors.items() if code in _WORTH_A_REPEAT}
            if not pending:
                break
        return failures

    def _put(self, events: Mapping[str, BusEvent]) -> dict[str, str]:
        """Publish once, and return the error code of each event that was not taken."""
        answer = self.client.put_events(Entries=[self._entry(event) for event in events.values()])
        # The answer lists results in the order of the entries; one that it leaves out has not been taken.
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
    """Split events, in their order, into the names of what one PutEvents call can take."""
    batch: list[str] = []
    size = 0
    for name, event in events.items():
        if batch and (len(batch) == MAX_BATCH_ENTRIES or size + event.size() > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += event.size()
    if batch:
        yield batch
