"""The transactions system's memory behind the bus: the validator with an outbox table on the simulation's clock."""

import contextlib
import io
import json
from datetime import timedelta
from typing import Any

from support.fakes.table import outbox_table
from support.pipeline.system import System

from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions import bus_events
from hookline.functions.transactions.outbox_table import OutboxTable


class Books:
    """The transactions that the validator accepted from the bus.

    Attributes:
        system: the providers system whose bus events are forwarded.
        booked: the ids of the accepted transactions, in order. An id that was booked twice is there twice.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.booked: list[str] = []
        self._table = outbox_table()

    def settle(self) -> None:
        """Process all messages, and pass every new bus event to the validator."""
        cloud = self.system.cloud
        with contextlib.redirect_stdout(io.StringIO()):
            self.system.process()
            for entry in cloud.bus:
                self._forward({"source": entry["Source"], "detail": json.loads(entry["Detail"])})
        cloud.bus.clear()

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages of the accepted transactions, in order."""
        return [json.loads(item["message"]["S"]) for item in self._table.stored.values()]

    def later(self, time: timedelta) -> None:
        """Move the clock forward. DynamoDB deletes the expired items of both tables."""
        cloud = self.system.cloud
        cloud.now += time
        self.system.restart()
        for items in (cloud.items, self._table.stored):
            for key, item in list(items.items()):
                if int(item.get("expires_at", {"N": "99999999999"})["N"]) < cloud.now.timestamp():
                    del items[key]

    def _forward(self, event: dict[str, object]) -> None:
        outbox = OutboxTable(self._table, "events", 35, None)
        before = set(self._table.stored)
        bus_events.respond(event, outbox, Telemetry("transactions", "dev"), self.system.cloud.now, "trace")
        self.booked += sorted(set(self._table.stored) - before)
