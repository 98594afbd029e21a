"""A time of day that tests agree on."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
