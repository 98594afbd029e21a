"""How Lambda delivers a batch of stream records: retry, bisect, partial failure, failure destination.

The rules are AWS's documented ones for DynamoDB streams
(https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html and `…-batchfailurereporting.html`):

- A failed invocation is repeated until it succeeds, the attempts are used up, or a record is too old.
- With `ReportBatchItemFailures`, everything before the lowest reported sequence number is done; the rest is repeated.
  An unknown or empty `itemIdentifier` fails the whole batch.
- With bisect, a batch that makes no progress is split in two, each half on its own, and one that makes some is split
  at the reported record; a split is no attempt.
- A throttled invocation is repeated until a record is too old, and is no attempt.
- What is given up goes to the failure destination, as a description of the batch without its records.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

StreamRecord = Mapping[str, Any]
FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 1.0


@dataclass(frozen=True)
class Rules:
    """The settings of an event source mapping that govern failures.

    Attributes:
        attempts: repetitions after the first invocation; -1 for no bound.
        age_seconds: age at which a record is given up; -1 for no bound.
        bisect: True to split a failing batch.
        partial: True if the function reports batch item failures.
    """

    attempts: int = -1
    age_seconds: int = -1
    bisect: bool = False
    partial: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of one invocation.

    Attributes:
        failed: True if the function ended with an error.
        throttled: True if Lambda refused to run it.
        failures: sequence numbers of `batchItemFailures`; an empty text for one that names none.
    """

    failed: bool = False
    throttled: bool = False
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class GivenUp:
    """A batch that will not be repeated, and why (`RetryAttemptsExhausted` or `MaximumRecordAgeExceeded`)."""

    records: Sequence[StreamRecord]
    condition: str
    invocations: int


@dataclass
class BatchDelivery:
    """Delivers batches under `rules`.

    Attributes:
        rules: the mapping's settings.
        invoke: runs the function on a batch.
        give_up: takes what is not repeated any more.
        now: the clock, in Unix seconds.
        sleep: waits, in seconds.
    """

    rules: Rules
    invoke: Callable[[Sequence[StreamRecord]], Outcome]
    give_up: Callable[[GivenUp], None]
    now: Callable[[], float] = time.time
    sleep: Callable[[float], object] = time.sleep

    def deliver(self, records: Sequence[StreamRecord]) -> None:
        """Returns once every record has been processed or given up."""
        invocations = attempts = 0
        while records:
            outcome = self.invoke(records)
            if not outcome.throttled:
                done = _done(records, outcome, partial=self.rules.partial)
                if self.rules.bisect and not done and len(records) > 1:
                    self._deliver_halves(records)
                    return
                records, invocations = records[done:], invocations + 1
                attempts = 0 if done and self.rules.bisect else attempts + 1
            if not records:
                return
            if condition := self._exhausted(records, attempts):
                self.give_up(GivenUp(records, condition, invocations))
                return
            self._wait(attempts)

    def _deliver_halves(self, records: Sequence[StreamRecord]) -> None:
        middle = (len(records) + 1) // 2
        self.deliver(records[:middle])
        self.deliver(records[middle:])

    def _exhausted(self, records: Sequence[StreamRecord], attempts: int) -> str:
        if 0 <= self.rules.attempts < attempts:
            return "RetryAttemptsExhausted"
        oldest = min(arrival(record) for record in records)
        if 0 <= self.rules.age_seconds < self.now() - oldest:
            return "MaximumRecordAgeExceeded"
        return ""

    def _wait(self, attempts: int) -> None:
        self.sleep(min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(attempts, 10)))


def arrival(record: StreamRecord) -> float:
    """When the stream got the record, in Unix seconds."""
    moment = record["dynamodb"]["ApproximateCreationDateTime"]
    return moment.timestamp() if hasattr(moment, "timestamp") else float(moment)


def sequence_number(record: StreamRecord) -> str:
    """The record's place in its shard."""
    return record["dynamodb"]["SequenceNumber"]


def _done(records: Sequence[StreamRecord], outcome: Outcome, *, partial: bool) -> int:
    """How many records from the start need not be repeated."""
    if outcome.failed:
        return 0
    if not partial or not outcome.failures:
        return len(records)
    positions = {sequence_number(record): place for place, record in enumerate(records)}
    return min(positions.get(number, 0) for number in outcome.failures)
