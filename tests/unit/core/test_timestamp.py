"""Timestamps: RFC 3339 and Unix seconds as input, one UTC format as output."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.outcome import outcome_of

from hookline.core.errors import Rejected
from hookline.core.values.timestamp import EARLIEST, MAX_AHEAD, format_utc, parse_rfc3339, parse_timestamp

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

instants = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis needs naive bounds
    datetime(2026, 11, 22, 12),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-21T10:21:00Z", "2026-11-21T10:21:00Z"),
        ("2026-11-21t10:21:00z", "2026-11-21T10:21:00Z"),
        ("2026-11-21T12:21:00+02:00", "2026-11-21T10:21:00Z"),
        ("2026-11-20T22:51:00-11:30", "2026-11-21T10:21:00Z"),
        ("2026-11-21T10:21:00-00:00", "2026-11-21T10:21:00Z"),
        ("2026-11-21T10:21:00.000Z", "2026-11-21T10:21:00Z"),
        ("2026-11-21T10:21:00.120Z", "2026-11-21T10:21:00.12Z"),
        ("2026-11-21T10:21:00.123456999Z", "2026-11-21T10:21:00.123456Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60.75Z", "2017-01-01T00:00:00Z"),
        ("2016-12-31T18:29:60-05:30", "2017-01-01T00:00:00Z"),
        (946684800, "2000-01-01T00:00:00Z"),
        (1760000000, "2025-10-09T08:53:20Z"),
        (Decimal("1760000000.5"), "2025-10-09T08:53:20.5Z"),
        (Decimal("1760000000.000001"), "2025-10-09T08:53:20.000001Z"),
        (Decimal("1.76E+9"), "2025-10-09T08:53:20Z"),
    ],
)
def test_reads_a_time_and_writes_it_in_utc(value: str | int | Decimal, text: str) -> None:
    """Each accepted form gives the same instant in UTC, with a fraction only if it is not zero."""
    assert format_utc(parse_timestamp(value, NOW)) == text


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2026-11-21",
        "2026-11-21T10:21:00",
        "2026-11-21 10:21:00Z",
        "2026-11-21T10:21Z",
        "20261121T102100Z",
        "2026-11-21T10:21:00.Z",
        "2026-11-21T10:21:00Z ",
        "2026-11-21T10:21:00+0200",
        "2026-11-21T10:21:00+24:00",
        "2026-11-21T10:21:00+02:60",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T10:60:00Z",
        "2026-11-21T10:21:61Z",
        "2016-12-31T12:30:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:60Z",
        "٢٠٢٦-11-21T10:21:00Z",
        "1760000000",
    ],
)
def test_refuses_text_that_is_no_rfc_3339_timestamp(value: str) -> None:
    """Other formats, and times that do not exist, get 422."""
    with pytest.raises(Rejected) as caught:
        parse_timestamp(value, NOW)
    assert (caught.value.status, caught.value.code, caught.value.field) == (422, "invalid_field", "timestamp")
    assert "RFC 3339" in caught.value.message


@pytest.mark.parametrize(
    "value",
    [
        "1999-12-31T23:59:59.999999Z",
        "2026-11-22T12:00:00.000001Z",
        946684799,
        -1,
        int((NOW + MAX_AHEAD).timestamp()) + 1,
        Decimal("1763812800000"),
        10**63,
        Decimal("1e999999"),
    ],
)
def test_refuses_a_time_out_of_range(value: str | int | Decimal) -> None:
    """A time before 2000, or more than a day ahead of the receiver's clock, is rejected."""
    with pytest.raises(Rejected, match="between the year 2000 and a day from now"):
        parse_timestamp(value, NOW)


def test_accepts_both_ends_of_the_range() -> None:
    """The first instant of 2000 and exactly a day ahead are accepted, as text and as number."""
    for instant in (EARLIEST, NOW + MAX_AHEAD):
        assert parse_timestamp(format_utc(instant), NOW) == instant
        assert parse_timestamp(int(instant.timestamp()), NOW) == instant


def test_refuses_a_number_finer_than_microseconds() -> None:
    """Seven decimal places are rejected, even if the last digit is zero."""
    with pytest.raises(Rejected, match="at most 6 decimal places"):
        parse_timestamp(Decimal("1760000000.0000000"), NOW)


@given(instants, st.integers(-1439, 1439))
def test_an_instant_survives_every_offset(instant: datetime, minutes: int) -> None:
    """An instant has the same value with any offset, and one output format."""
    local = instant.astimezone(timezone(timedelta(minutes=minutes)))
    assert parse_rfc3339(local.isoformat()) == instant
    assert format_utc(local) == format_utc(instant)
    assert parse_rfc3339(format_utc(local)) == instant


@given(instants)
def test_unix_seconds_are_exact_to_the_microsecond(instant: datetime) -> None:
    """Six decimal places give the exact microsecond."""
    microseconds = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_timestamp(Decimal(microseconds).scaleb(-6), NOW) == instant


@given(st.text() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_any_value_is_a_time_or_refused(value: str | int | Decimal) -> None:
    """Any text or number gives a time in range or a rejection."""
    outcome = outcome_of(parse_timestamp, value, NOW)
    assert outcome.status == 422 if isinstance(outcome, Rejected) else EARLIEST <= outcome <= NOW + MAX_AHEAD
