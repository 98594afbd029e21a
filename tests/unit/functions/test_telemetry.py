"""Telemetry: one line that contains log fields and metrics."""

import json

import pytest

from hookline.functions.telemetry import Telemetry


def test_one_line_carries_log_and_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    """The line is JSON in the embedded metric format, with a value for each metric, and an optional unit."""
    Telemetry("transactions", "dev").emit(
        milliseconds=1_795_262_400_250,
        fields={"outcome": "accepted", "field": None, "event_id": "line\nbreak"},
        counts={"Routed": 3},
        durations={"LatencyMs": 12},
    )
    out = capsys.readouterr().out
    assert out.endswith("\n")
    assert out.count("\n") == 1
    assert json.loads(out) == {
        "_aws": {
            "Timestamp": 1_795_262_400_250,
            "CloudWatchMetrics": [
                {
                    "Namespace": "hookline",
                    "Dimensions": [["Service", "Environment"]],
                    "Metrics": [
                        {"Name": "Routed"},
                        {"Name": "LatencyMs", "Unit": "Milliseconds"},
                    ],
                }
            ],
        },
        "Service": "transactions",
        "Environment": "dev",
        "outcome": "accepted",
        "event_id": "line\nbreak",
        "Routed": 3,
        "LatencyMs": 12,
    }
