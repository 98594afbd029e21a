"""CloudWatch's evaluation of an alarm against samples: periods, statistics, M of N, missing data, metric math."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Samples = Mapping[str, Sequence[tuple[float, float]]]
"""Name of a metric → its samples, each with the time in seconds and the value."""

_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Average": lambda values: sum(values) / len(values),
}
_COMPARISONS = {"GreaterThanThreshold": operator.gt}


class Series(dict[int, float]):
    """The values of a metric or an expression: number of a period → value. A missing period has no value."""

    def _with(self, other: Series | float, combine: Callable[[float, float], float]) -> Series:
        there = other if isinstance(other, Series) else dict.fromkeys(self, other)
        return Series({period: combine(value, there[period]) for period, value in self.items() if period in there})

    def __mul__(self, other: Series | float) -> Series:
        return self._with(other, operator.mul)

    __rmul__ = __mul__

    def __truediv__(self, other: Series) -> Series:
        return self._with(Series({period: value for period, value in other.items() if value}), operator.truediv)

    def __gt__(self, other: float) -> Series:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._with(other, operator.gt)

    def __eq__(self, other: Series | float) -> Series:  # type: ignore[override]
        return self._with(other, operator.eq)

    __hash__ = None  # type: ignore[assignment]


def _if(condition: Series, then: Series | float, otherwise: Series | float) -> Series:
    def at(period: int, value: Series | float) -> float | None:
        return value.get(period) if isinstance(value, Series) else value

    chosen = {period: at(period, then if true else otherwise) for period, true in condition.items()}
    return Series({period: value for period, value in chosen.items() if value is not None})


def _sum(series: Sequence[Series]) -> Series:
    """Add the values that exist in each period."""
    return Series({period: sum(s[period] for s in series if period in s) for s in series for period in s})


def _math(periods: range) -> dict[str, Any]:
    def fill(series: Series, value: float) -> Series:
        """Fill the missing periods. A series without any value stays empty, as in CloudWatch."""
        return Series({period: series.get(period, value) for period in periods}) if series else series

    return {"IF": _if, "SUM": _sum, "FILL": fill, "__builtins__": {}}


def _period(alarm: Mapping[str, Any]) -> int:
    metrics = [query["metric"] for query in alarm.get("metricQueries", []) if "metric" in query]
    (seconds,) = {metric["period"] for metric in metrics} or {alarm["period"]}
    return int(seconds)


def _series(samples: Samples, name: str, statistic: str, seconds: int, periods: range) -> Series:
    found: dict[int, list[float]] = {}
    for time, value in samples.get(name, ()):
        found.setdefault(int(time // seconds), []).append(value)
    return Series({period: _STATISTICS[statistic](values) for period, values in found.items() if period in periods})


def _values(alarm: Mapping[str, Any], samples: Samples, periods: range) -> Series:
    seconds = _period(alarm)
    if "metricQueries" not in alarm:
        return _series(samples, alarm["metricName"], alarm["statistic"], seconds, periods)
    known = _math(periods)
    returned: Series | None = None
    for query in alarm["metricQueries"]:
        if metric := query.get("metric"):
            value = _series(samples, metric["metricName"], metric["stat"], seconds, periods)
        else:
            value = eval(query["expression"], known)  # noqa: S307 - metric math of this repository
        known[query["id"]] = value
        returned = value if query.get("returnData") else returned
    assert returned is not None
    return returned


def alarm_states(alarm: Mapping[str, Any], samples: Samples, hours: float) -> list[bool]:
    """Return whether an alarm fires, at the end of each of its periods from time 0 on.

    CloudWatch also looks at periods before the last N if values are missing. Such values can only delay an alarm whose
    missing data is breaching, and make another one last longer.
    """
    seconds, of = _period(alarm), int(alarm["evaluationPeriods"])
    assert seconds * of <= (86_400 if seconds < 3600 else 604_800), "CloudWatch refuses such an alarm"
    breaches, missing = _COMPARISONS[alarm["comparisonOperator"]], alarm["treatMissingData"] == "breaching"
    states: list[bool] = []
    for end in range(1, int(hours * 3600 // seconds) + 1):
        last = range(end - of, end)
        values = _values(alarm, samples, last)
        breaching = [breaches(values[p], alarm["threshold"]) if p in values else missing for p in last]
        states.append(sum(breaching) >= alarm["datapointsToAlarm"])
    return states
