"""The flow from the table to the queues during faults."""

from __future__ import annotations

from integration.flow import Flow


def test_a_poison_record_ends_in_the_failure_queue_and_holds_nobody_up_for_good(flow: Flow) -> None:
    """Records before and after it arrive, and the failure message has its event id but not its content."""
    with flow.webhooks.watch() as arrivals:
        for name in ("before-1", "before-2"):
            assert flow.webhooks.send(flow.webhooks.event(name)).status == 202
        flow.write_poison("poison")
        for name in ("after-1", "after-2"):
            assert flow.webhooks.send(flow.webhooks.event(name)).status == 202
        flow.assert_arrive(arrivals, ["before-1", "before-2", "after-1", "after-2"])
        assert arrivals.of(f"{flow.webhooks.prefix}poison") == []
    report = flow.next_failure()
    assert (report["code"], report["event_id"]) == ("MalformedRecord", f"{flow.webhooks.prefix}poison")
    assert report.keys() == {"schema", "code", "event_id", "sequence_number"}


def test_events_outlast_a_router_that_is_stopped(flow: Flow) -> None:
    """With a concurrency of 0, events are accepted and wait; afterwards, all of them arrive."""
    functions, router = flow.client("lambda"), flow.function("router")
    reserved = functions.get_function_concurrency(FunctionName=router)["ReservedConcurrentExecutions"]
    names = [str(number) for number in range(40)]
    with flow.webhooks.watch() as arrivals:
        functions.put_function_concurrency(FunctionName=router, ReservedConcurrentExecutions=0)
        try:
            answers = flow.webhooks.send_all([flow.webhooks.event(name) for name in names], at_once=4)
            assert {answer.status for answer in answers} == {202}
            assert len(arrivals.wait_for([f"{flow.webhooks.prefix}{name}" for name in names], 1.0)) == len(names)
        finally:
            functions.put_function_concurrency(FunctionName=router, ReservedConcurrentExecutions=reserved)
        flow.assert_arrive(arrivals, names)
    assert {len(arrivals.of(f"{flow.webhooks.prefix}{name}")) for name in names} == {1}
