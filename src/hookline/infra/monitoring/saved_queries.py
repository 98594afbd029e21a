"""The queries for CloudWatch Logs Insights that a stack saves."""

from __future__ import annotations

from hookline.infra.monitoring.widgets import LATENCY_AIM_MS

SAVED_QUERIES = {
    "find-an-event": """\
fields @timestamp, @log, provider, outcome, reason, status, error, trace_id
| filter @message like "EVENT_ID"
| sort @timestamp
| limit 200""",
    "refusals-by-reason": """\
filter ispresent(outcome) and (Unauthorized > 0 or Rejected > 0)
| stats count(*) as refused by @log, provider, outcome, reason
| sort refused desc""",
    "slow-events": f"""\
fields @timestamp, @log, LatencyMs, Published, Routed, errors
| filter LatencyMs > {LATENCY_AIM_MS}
| sort LatencyMs desc
| limit 100""",
}
"""Name of a query → query. In `find-an-event`, the operator writes the id of an event in place of `EVENT_ID`."""
