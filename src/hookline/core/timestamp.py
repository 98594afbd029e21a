"""Points in time: RFC 3339 strings and Unix seconds in, one form of UTC out."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hookline.core.amount import decimal_places
from hookline.core.errors import Rejected, invalid_field

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""The first instant that an event may carry."""

MAX_AHEAD = timedelta(hours=24)
"""How far ahead of the receiver's clock an event may be."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


def parse_timestamp(value: str | int | Decimal, now: datetime) -> datetime:
    """Read an event's time and hold it against the receiver's clock.

    Args:
        value: an RFC 3339 string, or a JSON number of Unix seconds with at most 6 decimal places.
        now: the receiver's clock, with a time zone.

    Returns:
        The instant in UTC, to the microsecond; further digits of a string are cut off.

    Raises:
        Rejected: 422 ``invalid_field``.
    """
    latest = now + MAX_AHEAD
    instant = _from_text(value) if isinstance(value, str) else _from_unix(Decimal(value), latest)
    if not EARLIEST <= instant <= latest:
        raise _out_of_range()
    return instant


def parse_rfc3339(text: str) -> datetime:
    """Read an RFC 3339 timestamp (section 5.6).

    A leap second, which RFC 3339 allows at 23:59:60 UTC only, is read as the first instant of the next
    minute, since ``datetime`` has no sixtieth second.

    Args:
        text: the timestamp; letters in either case, any offset.

    Returns:
        The instant in UTC, to the microsecond; further digits are cut off.

    Raises:
        ValueError: when the text is not such a timestamp or no such time exists.
    """
    match = _RFC3339.fullmatch(text)
    if not match:
        raise ValueError("not an RFC 3339 timestamp")
    date, minute, second, fraction, sign, hours, minutes = match.groups()
    leap = second == "60"
    try:
        local = datetime.fromisoformat(f"{date}T{minute}:{'59' if leap else second}")
        instant = local.replace(tzinfo=_offset(sign, hours, minutes)).astimezone(UTC)
        if not leap:
            return instant.replace(microsecond=int((fraction or "")[:6].ljust(6, "0")))
        if (instant.hour, instant.minute) != (23, 59):
            raise ValueError("a leap second ends a day in UTC")
        return instant + timedelta(seconds=1)
    except OverflowError:
        raise ValueError("no such time") from None


def format_utc(instant: datetime) -> str:
    """Return an instant as RFC 3339 in UTC; a fraction only if there is one, without trailing zeros."""
    utc = instant.astimezone(UTC)
    fraction = f".{utc.microsecond:06}".rstrip("0").rstrip(".")
    return f"{utc.replace(microsecond=0, tzinfo=None).isoformat()}{fraction}Z"


def _offset(sign: str | None, hours: str, minutes: str) -> timezone:
    if sign is None:
        return UTC
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)


def _from_text(text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise invalid_field("timestamp", "must be an RFC 3339 date and time with an offset") from None


def _from_unix(seconds: Decimal, latest: datetime) -> datetime:
    if decimal_places(seconds) > 6:
        raise invalid_field("timestamp", "must have at most 6 decimal places")
    # Compared before it is converted: a number like 1e999999 must not be expanded.
    if not int(EARLIEST.timestamp()) <= seconds <= int(latest.timestamp()) + 1:
        raise _out_of_range()
    return _EPOCH + timedelta(microseconds=int(seconds.scaleb(6)))


def _out_of_range() -> Rejected:
    return invalid_field("timestamp", "must lie between the year 2000 and a day from now")
