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


def test_some_metrics_are_counted_for_each_provider(capsys: pytest.CaptureFixture[str]) -> None:
    """The line has a second definition with the dimension `Provider`, for those metrics only."""
    telemetry = Telemetry("providers", "dev", by_provider=True)
    found = {"Verified": 0, "Unauthorized": 1}
    telemetry.emit(milliseconds=1, fields={}, counts={"Unauthorized": 1}, provider="stripe", of_provider=found)
    line = json.loads(capsys.readouterr().out)
    assert (line["Provider"], line["Verified"], line["Unauthorized"]) == ("stripe", 0, 1)
    first, second = line["_aws"]["CloudWatchMetrics"]
    assert (first["Dimensions"], first["Metrics"]) == ([["Service", "Environment"]], [{"Name": "Unauthorized"}])
    assert second["Dimensions"] == [["Service", "Environment", "Provider"]]
    assert second["Metrics"] == [{"Name": "Verified"}, {"Name": "Unauthorized"}]


@pytest.mark.parametrize(("by_provider", "provider"), [(False, "stripe"), (True, None)])
def test_metrics_by_provider_can_be_left_out(
    capsys: pytest.CaptureFixture[str], by_provider: bool, provider: str | None
) -> None:
    """Each additional metric costs money, so a stack without alarms for its providers has none."""
    telemetry = Telemetry("providers", "dev", by_provider=by_provider)
    telemetry.emit(milliseconds=1, fields={}, counts={"Accepted": 1}, provider=provider, of_provider={"Verified": 1})
    line = json.loads(capsys.readouterr().out)
    assert "Provider" not in line
    assert "Verified" not in line
