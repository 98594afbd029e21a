"""The default quotas of AWS that a stack can reach, each with the URL of its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib.resources import files
from typing import Any

import hookline
from hookline.errors import UserError


@dataclass(frozen=True)
class Quota:
    """One quota of an AWS service.

    Attributes:
        title: the limited resource, in words for the user.
        value: AWS's default value, or the value that the user gave.
        unit: unit of the value, such as `calls/s`.
        adjustable: True if AWS raises the quota on request.
        remedy: advice to a user who reaches the quota.
        source: URL of the page that states the quota.
    """

    title: str
    value: Decimal
    unit: str
    adjustable: bool
    remedy: str
    source: str


@dataclass(frozen=True)
class QuotaTable:
    """The quotas of one AWS region on one day.

    Attributes:
        region: the AWS region.
        date: date on which the quotas were looked up.
        quotas: name → quota.
    """

    region: str
    date: str
    quotas: Mapping[str, Quota]

    def raised(self, values: Mapping[str, Decimal]) -> QuotaTable:
        """Return the table with other values for the quotas that AWS has raised for the user.

        Args:
            values: name of a quota → new value; more than 0.

        Raises:
            UserError: if there is no such quota, or a value is not more than 0.
        """
        for name, value in values.items():
            if name not in self.quotas:
                raise UserError(f"there is no quota {name}: choose from {', '.join(self.quotas)}")
            if value <= 0:
                raise UserError(f"the quota {name} is {value}: it must be more than 0")
        changed = {name: replace(self.quotas[name], value=value) for name, value in values.items()}
        return replace(self, quotas={**self.quotas, **changed})


def load_quotas() -> QuotaTable:
    """Return the table of quotas in the package's file quotas.json."""
    table = json.loads((files(hookline) / "operate" / "estimates" / "quotas.json").read_text("utf-8"))
    quotas = {name: _quota(entry) for name, entry in table["quotas"].items()}
    return QuotaTable(table["region"], table["date"], quotas)


def _quota(entry: Mapping[str, Any]) -> Quota:
    return Quota(
        title=entry["title"],
        value=Decimal(entry["value"]),
        unit=entry["unit"],
        adjustable=entry["adjustable"],
        remedy=entry["remedy"],
        source=entry["source"],
    )
