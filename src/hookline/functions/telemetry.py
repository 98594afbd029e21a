"""One line of JSON per invocation: the structured log and, in the same line, its metrics.

CloudWatch reads metrics out of a log line in the embedded metric format ("Specification: Embedded metric
format" in the CloudWatch user guide), so a metric costs no call. Written to stdout because the Lambda runtime
forwards that as it stands, whereas ``logging`` adds its own prefix.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hookline.core.values.strict_json import encode_in_order

NAMESPACE = "hookline"
"""The CloudWatch namespace of every metric."""


@dataclass(frozen=True)
class Telemetry:
    """Writes the lines of one function; which one that is, the name of its log group says.

    Attributes:
        service: value of the dimension ``Service``.
        environment: value of the dimension ``Environment``.
    """

    service: str
    environment: str

    def emit(
        self,
        *,
        milliseconds: int,
        fields: Mapping[str, object],
        counts: Mapping[str, int],
        durations: Mapping[str, int] | None = None,
    ) -> None:
        """Write one line.

        Args:
            milliseconds: when, in Unix milliseconds.
            fields: what to log; never a payload, a header's value or a secret. None values are left out.
            counts: metrics without a unit, by name.
            durations: metrics in the unit Milliseconds, by name.
        """
        durations = durations or {}
        told = {name: value for name, value in fields.items() if value is not None}
        same = _same_in_every_line(self.service, self.environment, tuple(counts), tuple(durations))
        line = encode_in_order({**told, **counts, **durations})
        sys.stdout.write(f'{{"_aws":{{"Timestamp":{milliseconds},{same},{line[1:]}\n')
        sys.stdout.flush()


@cache
def _same_in_every_line(service: str, environment: str, counts: tuple[str, ...], durations: tuple[str, ...]) -> str:
    """Return the members after the time: what CloudWatch is to read, and the dimensions; names come in few sets."""
    metrics = [{"Name": name} for name in counts]
    metrics += [{"Name": name, "Unit": "Milliseconds"} for name in durations]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Service", "Environment"]], "Metrics": metrics}
    dimensions = {"Service": service, "Environment": environment}
    return f'"CloudWatchMetrics":[{encode_in_order(directive)}]}},{encode_in_order(dimensions)[1:-1]}'
