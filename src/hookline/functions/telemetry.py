"""One JSON log line per invocation, with the log fields and the metrics.

CloudWatch extracts the metrics from log lines in the embedded metric format ("Specification: Embedded metric format" in
the CloudWatch user guide), so metrics need no API call. The functions write log lines directly to stdout, because the
Lambda runtime forwards stdout unchanged. Python's ``logging`` would add a prefix to each log line.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hookline.core.values.strict_json import encode_in_order

NAMESPACE = "hookline"
"""The CloudWatch namespace of all metrics."""


@dataclass(frozen=True)
class Telemetry:
    """The writer of a function's log lines. The function's name is in the name of the log group, not in the log lines.

    Attributes:
        service: value of the dimension ``Service``.
        environment: value of the dimension ``Environment``.
        by_provider: whether some metrics are counted for each provider, with the dimension ``Provider``.
    """

    service: str
    environment: str
    by_provider: bool = False

    def emit(
        self,
        *,
        milliseconds: int,
        fields: Mapping[str, object],
        counts: Mapping[str, int],
        durations: Mapping[str, int] | None = None,
        provider: str | None = None,
        of_provider: Mapping[str, int] | None = None,
    ) -> None:
        """Write a log line with log fields and metrics.

        Args:
            milliseconds: timestamp in Unix milliseconds.
            fields: log field → value, without payloads, header values or secrets. Fields with the value None are left
                out.
            counts: name → value of metrics without a unit.
            durations: name → value of metrics in milliseconds.
            provider: payment provider of the request, or None.
            of_provider: name → value of the metrics that are counted for this provider.
        """
        durations = durations or {}
        told = {name: value for name, value in fields.items() if value is not None}
        separate: Mapping[str, int] = of_provider if of_provider and self.by_provider and provider else {}
        same = _same_in_every_line(
            self.service, self.environment, tuple(counts), tuple(durations), provider or "", tuple(separate)
        )
        line = encode_in_order({**told, **separate, **counts, **durations})
        sys.stdout.write(f'{{"_aws":{{"Timestamp":{milliseconds},{same},{line[1:]}\n')
        sys.stdout.flush()


@cache
def _same_in_every_line(
    service: str,
    environment: str,
    counts: tuple[str, ...],
    durations: tuple[str, ...],
    provider: str,
    of_provider: tuple[str, ...],
) -> str:
    """Return the part of a log line that is often the same: the definition of the metrics, and the dimensions."""
    metrics = [{"Name": name} for name in counts]
    metrics += [{"Name": name, "Unit": "Milliseconds"} for name in durations]
    directives = [{"Namespace": NAMESPACE, "Dimensions": [["Service", "Environment"]], "Metrics": metrics}]
    dimensions = {"Service": service, "Environment": environment}
    if of_provider:
        separate = [{"Name": name} for name in of_provider]
        names = [["Service", "Environment", "Provider"]]
        directives.append({"Namespace": NAMESPACE, "Dimensions": names, "Metrics": separate})
        dimensions["Provider"] = provider
    return f'"CloudWatchMetrics":{encode_in_order(directives)}}},{encode_in_order(dimensions)[1:-1]}'
