"""Delivery of a stream's batch: retries, age, throttling, partial batch failures, bisect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hookline.local.stand_ins.delivery import (
    BatchDelivery,
    GivenUp,
    Outcome,
    Rules,
    StreamRecord,
    arrival,
    sequence_number,
)

NOW = 1_800_000_000.0


def record(number: int, age: float = 0) -> StreamRecord:
    """Return a stream record with an age in seconds."""
    return {"dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": NOW - age}}


def numbers(records: Sequence[StreamRecord]) -> list[int]:
    """Return the sequence numbers of a batch."""
    return [int(sequence_number(r)) for r in records]


@dataclass
class Run:
    """A delivery to a function with scripted outcomes; after the script, the function succeeds.

    Attributes:
        outcomes: the outcomes of the invocations.
        batches: the sequence numbers of each invocation.
        given_up: the batches that were given up.
        waits: the pauses between invocations, in seconds.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    batches: list[list[int]] = field(default_factory=list)
    given_up: list[GivenUp] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def invoke(self, records: Sequence[StreamRecord]) -> Outcome:
        """Return the next scripted outcome."""
        self.batches.append(numbers(records))
        return self.outcomes.pop(0) if self.outcomes else Outcome()

    def deliver(self, rules: Rules, records: Sequence[StreamRecord]) -> Run:
        """Deliver a batch."""
        clock = lambda: NOW + sum(self.waits)  # noqa: E731
        BatchDelivery(rules, self.invoke, self.given_up.append, clock, self.waits.append).deliver(records)
        return self


FAILED, THROTTLED = Outcome(failed=True), Outcome(throttled=True)


def partial(*failures: str) -> Outcome:
    """Return an outcome with failed records."""
    return Outcome(failures=failures)


def test_a_batch_that_succeeds_is_invoked_once() -> None:
    """No record is retried or given up, and there is no pause."""
    run = Run().deliver(Rules(), [record(1), record(2)])
    assert (run.batches, run.given_up, run.waits) == ([[1, 2]], [], [])


def test_an_empty_batch_is_not_invoked() -> None:
    """An empty batch needs no invocation."""
    assert Run().deliver(Rules(), []).batches == []


def test_a_failed_batch_is_repeated_whole_until_it_succeeds() -> None:
    """Without a maximum, a batch is never given up, and the pauses grow up to a limit."""
    run = Run([FAILED] * 8).deliver(Rules(), [record(1), record(2)])
    assert run.batches == [[1, 2]] * 9
    assert run.given_up == []
    assert run.waits == sorted(run.waits)
    assert max(run.waits) == 1.0


def test_attempts_bound_the_repetitions_after_the_first_invocation() -> None:
    """Two retry attempts allow three invocations; then the batch is given up."""
    run = Run([FAILED] * 9).deliver(Rules(attempts=2), [record(1), record(2)])
    assert len(run.batches) == 3
    assert run.given_up == [GivenUp([record(1), record(2)], "RetryAttemptsExhausted", 3)]


def test_no_attempts_means_one_invocation() -> None:
    """Zero is a maximum, not "unlimited"."""
    run = Run([FAILED] * 9).deliver(Rules(attempts=0), [record(1)])
    assert len(run.batches) == 1
    assert run.given_up[0].invocations == 1


def test_a_record_that_is_too_old_gives_the_batch_up() -> None:
    """The age of the oldest record decides."""
    run = Run([FAILED] * 9).deliver(Rules(age_seconds=60), [record(1, age=61), record(2)])
    assert [(numbers(g.records), g.condition) for g in run.given_up] == [([1, 2], "MaximumRecordAgeExceeded")]


def test_a_batch_that_grows_old_while_it_is_repeated_is_given_up() -> None:
    """The age is checked after each failure."""
    run = Run([FAILED] * 99).deliver(Rules(age_seconds=3), [record(1)])
    assert run.given_up[0].condition == "MaximumRecordAgeExceeded"
    assert sum(run.waits) > 3


def test_throttling_is_no_attempt() -> None:
    """Throttled invocations do not count as retry attempts."""
    run = Run([THROTTLED] * 5 + [FAILED]).deliver(Rules(attempts=1), [record(1)])
    assert len(run.batches) == 7
    assert run.given_up == []


def test_throttling_ends_when_a_record_is_too_old() -> None:
    """AWS retries a throttled invocation until the record exceeds its maximum age."""
    run = Run([THROTTLED] * 999).deliver(Rules(age_seconds=2), [record(1)])
    assert [(g.condition, g.invocations) for g in run.given_up] == [("MaximumRecordAgeExceeded", 0)]


def test_everything_before_the_lowest_failure_is_done() -> None:
    """The batch is retried from the lowest reported record, whatever the order of the report."""
    run = Run([partial("4", "3")]).deliver(Rules(partial=True), [record(n) for n in range(1, 6)])
    assert run.batches == [[1, 2, 3, 4, 5], [3, 4, 5]]


def test_an_unknown_or_empty_identifier_fails_the_whole_batch() -> None:
    """AWS treats both as a failure of the whole batch."""
    run = Run([partial("99"), partial("")]).deliver(Rules(partial=True), [record(1), record(2)])
    assert run.batches == [[1, 2]] * 3


def test_reported_failures_count_only_if_the_mapping_asks_for_them() -> None:
    """Without ReportBatchItemFailures an answer is a success."""
    assert Run([partial("1")]).deliver(Rules(), [record(1)]).batches == [[1]]


def test_progress_without_bisect_still_uses_up_attempts() -> None:
    """The remaining records share the attempts of the whole batch."""
    run = Run([partial("2"), partial("3")]).deliver(Rules(attempts=1, partial=True), [record(n) for n in (1, 2, 3)])
    assert [(numbers(g.records), g.invocations) for g in run.given_up] == [([3], 2)]


def test_bisect_halves_a_batch_that_makes_no_progress() -> None:
    """The first half is delivered before the second; a split costs no attempt and no pause."""
    run = Run([FAILED]).deliver(Rules(attempts=0, bisect=True), [record(n) for n in (1, 2, 3)])
    assert run.batches == [[1, 2, 3], [1, 2], [3]]
    assert (run.given_up, run.waits) == ([], [])


def test_bisect_splits_at_the_reported_record_without_using_up_an_attempt() -> None:
    """Progress counts as a split, so a batch with several failing records is not given up as a whole."""
    outcomes = [partial("2"), partial("3"), partial("4")]
    run = Run(outcomes).deliver(Rules(attempts=0, bisect=True, partial=True), [record(n) for n in (1, 2, 3, 4)])
    assert run.batches == [[1, 2, 3, 4], [2, 3, 4], [3, 4], [4]]
    assert run.given_up == []


def test_a_single_record_cannot_be_split() -> None:
    """The record is retried, and given up after the last attempt."""
    run = Run([FAILED] * 9).deliver(Rules(attempts=1, bisect=True), [record(1)])
    assert [(numbers(g.records), g.invocations) for g in run.given_up] == [([1], 2)]


def test_the_time_of_arrival_is_understood_as_number_and_as_date() -> None:
    """Records of Lambda have numbers, and records of the stream API have dates."""
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    assert arrival({"dynamodb": {"ApproximateCreationDateTime": moment}}) == moment.timestamp()
    assert arrival({"dynamodb": {"ApproximateCreationDateTime": 12}}) == 12.0


@given(
    st.lists(st.booleans(), max_size=24),
    st.booleans(),
    st.integers(0, 3),
    st.lists(st.booleans(), max_size=10),
)
def test_exactly_the_poison_is_given_up_and_all_else_flows_in_order(
    poison: list[bool], reports: bool, attempts: int, throttles: list[bool]
) -> None:
    """With bisect, each record is either processed or given up, and the order stays."""
    bad = {number for number, is_bad in enumerate(poison) if is_bad}
    processed: list[int] = []
    given_up: list[int] = []
    refusals = list(throttles)

    def invoke(records: Sequence[StreamRecord]) -> Outcome:
        if refusals and refusals.pop():
            return THROTTLED
        batch = numbers(records)
        first = next((place for place, number in enumerate(batch) if number in bad), len(batch))
        if reports:
            processed.extend(batch[:first])
            return partial(*(str(number) for number in batch if number in bad))
        if first < len(batch):
            return FAILED  # without partial batch failures, nothing of the batch counts as processed
        processed.extend(batch)
        return Outcome()

    rules = Rules(attempts=attempts, bisect=True, partial=reports)
    delivery = BatchDelivery(rules, invoke, lambda g: given_up.extend(numbers(g.records)), lambda: NOW, lambda _s: None)
    delivery.deliver([record(number) for number in range(len(poison))])
    assert given_up == sorted(bad)
    assert processed == [number for number in range(len(poison)) if number not in bad]


@given(
    st.lists(st.lists(st.integers(-1, 6), max_size=4).map(tuple) | st.just(None), max_size=30),
    st.builds(Rules, st.integers(0, 3), st.just(-1), st.booleans(), st.booleans()),
)
def test_no_record_is_ever_lost(answers: list[tuple[int, ...] | None], rules: Rules) -> None:
    """For any answers of the function, each record is processed or given up exactly once."""
    fates: Counter[int] = Counter()
    script = list(answers)

    def invoke(records: Sequence[StreamRecord]) -> Outcome:
        answer = script.pop() if script else ()
        outcome = FAILED if answer is None else partial(*(str(number) for number in answer))
        batch = numbers(records)
        if outcome.failed:
            done = 0
        elif rules.partial and outcome.failures:
            done = min(batch.index(n) if n in batch else 0 for n in answer or ())
        else:
            done = len(batch)
        fates.update(batch[:done])
        return outcome

    delivery = BatchDelivery(rules, invoke, lambda g: fates.update(numbers(g.records)), lambda: NOW, lambda _s: None)
    delivery.deliver([record(number) for number in range(6)])
    assert fates == Counter(range(6))
