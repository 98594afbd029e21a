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


def test_some_metrics_are_counted_for_each_provider_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The line has a second definition with the dimension `Provider`, for those metrics only."""
    telemetry = Telemetry("providers", "dev", by_provider=True)
    telemetry.emit(milliseconds=1, fields={}, counts={"Unauthorized": 1, "PanLike": 1}, provider="stripe")
    telemetry.emit(milliseconds=1, fields={}, counts={"PanLike": 1}, provider="stripe")
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["Provider"] == "stripe"
    assert [definition["Dimensions"] for definition in first["_aws"]["CloudWatchMetrics"]] == [
        [["Service", "Environment"]],
        [["Service", "Environment", "Provider"]],
    ]
    assert first["_aws"]["CloudWatchMetrics"][1]["Metrics"] == [{"Name": "Unauthorized"}]
    assert len(second["_aws"]["CloudWatchMetrics"]) == 1


def test_metrics_by_provider_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Each additional metric costs money, so a stack without alarms for its providers has none."""
    Telemetry("providers", "dev").emit(milliseconds=1, fields={}, counts={"Accepted": 1}, provider="stripe")
    assert "Provider" not in json.loads(capsys.readouterr().out)
