"""Delivery of a batch of stream records to a function, with Lambda's rules for retries and failures.

The AWS documentation for DynamoDB streams has these rules
(https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html and `…-batchfailurereporting.html`):

- A failed invocation is retried until it succeeds, the limit of attempts is reached, or a record is too old.
- With `ReportBatchItemFailures`, the records before the lowest reported sequence number are done. The other records
  are retried. An unknown or empty `itemIdentifier` fails the whole batch.
- With `BisectBatchOnFunctionError`, a batch in which no record is done is split into two halves, and each half is
  delivered separately. If some records are done, only the other records are retried. The limit of attempts counts
  neither the split nor this retry.
- A throttled invocation is retried until a record is too old. A throttled invocation does not count as an attempt.
- When a batch is not retried any more, the failure destination gets a description of the batch without its records.
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
    """The settings with which an event source mapping handles failures.

    Attributes:
        attempts: the maximum number of retries after the first invocation; -1 for no limit.
        age_seconds: the maximum age of a record in seconds; -1 for no limit.
        bisect: True to split a failing batch into two halves.
        partial: True if the function reports which records of a batch failed (`ReportBatchItemFailures`).
    """

    attempts: int = -1
    age_seconds: int = -1
    bisect: bool = False
    partial: bool = False


@dataclass(frozen=True)
class Outcome:
    """The result of one invocation of a function with a batch of stream records.

    Attributes:
        failed: True if the function ended with an error.
        throttled: True if Lambda throttled the invocation.
        failures: the sequence numbers in `batchItemFailures`; an empty text for a failure without a sequence number.
    """

    failed: bool = False
    throttled: bool = False
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class GivenUp:
    """A batch that is not retried any more.

    Attributes:
        records: the stream records that are not done.
        condition: the reason: `RetryAttemptsExhausted` or `MaximumRecordAgeExceeded`.
        invocations: the number of invocations with this batch.
    """

    records: Sequence[StreamRecord]
    condition: str
    invocations: int


@dataclass
class BatchDelivery:
    """The delivery of batches of stream records to a function.

    Attributes:
        rules: the failure settings of the event source mapping.
        invoke: invokes the function with a batch.
        give_up: handles a batch that is not retried any more.
        now: the clock, in Unix seconds.
        sleep: waits for a number of seconds.
    """

    rules: Rules
    invoke: Callable[[Sequence[StreamRecord]], Outcome]
    give_up: Callable[[GivenUp], None]
    now: Callable[[], float] = time.time
    sleep: Callable[[float], object] = time.sleep

    def deliver(self, records: Sequence[StreamRecord]) -> None:
        """Deliver a batch of stream records. Return when each record is either done or not retried any more."""
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
    """Return the time at which a record arrived in the DynamoDB stream, in Unix seconds."""
    moment = record["dynamodb"]["ApproximateCreationDateTime"]
    return moment.timestamp() if hasattr(moment, "timestamp") else float(moment)


def sequence_number(record: StreamRecord) -> str:
    """Return the sequence number of a stream record in its shard."""
    return record["dynamodb"]["SequenceNumber"]


def _done(records: Sequence[StreamRecord], outcome: Outcome, *, partial: bool) -> int:
    """Return the number of done records after an invocation. They are the first records of the batch."""
    if outcome.failed:
        return 0
    if not partial or not outcome.failures:
        return len(records)
    positions = {sequence_number(record): place for place, record in enumerate(records)}
    return min(positions.get(number, 0) for number in outcome.failures)
