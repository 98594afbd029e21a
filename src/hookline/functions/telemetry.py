"""One line of JSON per invocation: the structured log and, in the same line, its metrics.

CloudWatch reads metrics out of a log line in the embedded metric format ("Specification: Embedded metric
format" in the CloudWatch user guide), so a metric costs no call. Written to stdout because the Lambda runtime
forwards that as it stands, whereas ``logging`` adds its own prefix.
"""

import json
import sys

from hookline.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

NAMESPACE = "hookline"
"""The CloudWatch namespace of every metric."""


class Telemetry(Record):
    """Writes the lines of one function.

    Attributes:
        function: which function writes, such as ``validator``.
        service: value of the dimension ``Service``.
        environment: value of the dimension ``Environment``.
    """

    def __init__(self, function: str, service: str, environment: str) -> None:
        self.function: Final = function
        self.service: Final = service
        self.environment: Final = environment

    def emit(
        self,
        *,
        milliseconds: int,
        fields: "Mapping[str, object]",
        counts: "Mapping[str, int]",
        durations: "Mapping[str, int] | None" = None,
    ) -> None:
        """Write one line.

        Args:
            milliseconds: when, in Unix milliseconds.
            fields: what to log; never a payload, a header's value or a secret. None values are left out.
            counts: metrics in the unit Count, by name.
            durations: metrics in the unit Milliseconds, by name.
        """
        durations = durations or {}
        metrics = [{"Name": name, "Unit": "Count"} for name in counts]
        metrics += [{"Name": name, "Unit": "Milliseconds"} for name in durations]
        directive = {"Namespace": NAMESPACE, "Dimensions": [["Service", "Environment"]], "Metrics": metrics}
        line = {
            "_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]},
            "Service": self.service,
            "Environment": self.environment,
            "function": self.function,
            **{name: value for name, value in fields.items() if value is not None},
            **counts,
            **durations,
        }
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()
