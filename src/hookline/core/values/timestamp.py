"""Points in time: RFC 3339 strings and Unix seconds in, one form of UTC out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hookline.core.errors import Rejected, invalid_field
from hookline.core.values.amount import decimal_places
from hookline.core.values.characters import DIGITS_AS_ZEROS

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""The first instant that an event may carry."""

MAX_AHEAD = timedelta(hours=24)
"""How far ahead of the receiver's clock an event may be."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TWO_DIGITS = tuple(f"{number:02}" for number in range(60))
_DATE_AND_TIME = b"0000-00-00T00:00:00"
_OFFSETS = (b"Z", b"+00:00", b"-00:00")


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
    if not _has_rfc3339_form(text):
        raise ValueError("not an RFC 3339 timestamp")
    leap = text[17:19] == "60"
    possible = f"{text[:17]}59{text[19:]}" if leap else text
    try:
        instant = datetime.fromisoformat(possible.upper()).astimezone(UTC)
        return _after_leap_second(instant) if leap else instant
    except OverflowError:
        raise ValueError("no such time") from None


def format_utc(instant: datetime) -> str:
    """Return an instant as RFC 3339 in UTC; a fraction only if there is one, without trailing zeros."""
    utc = instant.astimezone(UTC)
    date = f"{utc.year:04}-{_TWO_DIGITS[utc.month]}-{_TWO_DIGITS[utc.day]}"
    time = f"{_TWO_DIGITS[utc.hour]}:{_TWO_DIGITS[utc.minute]}:{_TWO_DIGITS[utc.second]}"
    fraction = f".{utc.microsecond:06}".rstrip("0") if utc.microsecond else ""
    return f"{date}T{time}{fraction}Z"


def _has_rfc3339_form(text: str) -> bool:
    """Return whether every character is where it belongs; ``datetime`` reads much else, and not all of this."""
    form = text.encode("ascii", "replace").upper().translate(DIGITS_AS_ZEROS)
    fraction_and_offset = form[len(_DATE_AND_TIME) :]
    offset = fraction_and_offset[1:].lstrip(b"0") if fraction_and_offset.startswith(b".0") else fraction_and_offset
    if not form.startswith(_DATE_AND_TIME) or offset not in _OFFSETS:
        return False
    return offset == b"Z" or (text[-5:-3] <= "23" and text[-2:] <= "59")


def _after_leap_second(before: datetime) -> datetime:
    if (before.hour, before.minute) != (23, 59):
        raise ValueError("a leap second ends a day in UTC")
    return before.replace(microsecond=0) + timedelta(seconds=1)


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
