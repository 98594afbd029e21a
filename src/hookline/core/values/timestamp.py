"""Times: parsing of RFC 3339 and Unix seconds, formatting as RFC 3339 in UTC, and the expiry of DynamoDB items."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hookline.core.errors import Rejected, invalid_field
from hookline.core.values.amount import decimal_places
from hookline.core.values.characters import DIGITS_AS_ZEROS

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Earliest timestamp that an event may have."""

MAX_AHEAD = timedelta(hours=24)
"""How far in the future the timestamp of an event may be."""

_SECONDS_PER_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TWO_DIGITS = tuple(f"{number:02}" for number in range(60))
_DATE_AND_TIME = b"0000-00-00T00:00:00"
_OFFSETS = (b"Z", b"+00:00", b"-00:00")


def parse_timestamp(value: str | int | Decimal, now: datetime) -> datetime:
    """Parse the timestamp of an event, and check that it is from the year 2000 to 24 hours from now.

    Args:
        value: an RFC 3339 string, or a JSON number of Unix seconds with at most 6 decimal places.
        now: current time of the receiver, with a time zone.

    Returns:
        The time in UTC. In a string, the decimal places after the sixth are cut off.

    Raises:
        Rejected: 422 ``invalid_field`` when the timestamp is malformed or out of range.
    """
    latest = now + MAX_AHEAD
    instant = _from_text(value) if isinstance(value, str) else _from_unix(Decimal(value), latest)
    if not EARLIEST <= instant <= latest:
        raise _out_of_range()
    return instant


def parse_rfc3339(text: str) -> datetime:
    """Parse an RFC 3339 timestamp (section 5.6).

    A leap second (RFC 3339 allows it only at 23:59:60 UTC) becomes the first second of the next minute, because
    ``datetime`` does not support second 60.

    Args:
        text: the timestamp, with any offset and with letters in upper or lower case.

    Returns:
        The time in UTC. The decimal places after the sixth are cut off.

    Raises:
        ValueError: when the text is not an RFC 3339 timestamp, or the date or time does not exist.
    """
    if not _has_rfc3339_form(text):
        raise ValueError("not an RFC 3339 timestamp")
    leap = text[17:19] == "60"
    possible = f"{text[:17]}59{text[19:]}" if leap else text
    try:
        instant = datetime.fromisoformat(possible.upper()).astimezone(UTC)
        return _after_leap_second(instant) if leap else instant
    except OverflowError:
        raise ValueError("the time does not exist") from None


def format_utc(instant: datetime) -> str:
    """Format a time as RFC 3339 in UTC, without trailing zeros after the decimal point."""
    utc = instant.astimezone(UTC)
    date = f"{utc.year:04}-{_TWO_DIGITS[utc.month]}-{_TWO_DIGITS[utc.day]}"
    time = f"{_TWO_DIGITS[utc.hour]}:{_TWO_DIGITS[utc.minute]}:{_TWO_DIGITS[utc.second]}"
    fraction = f".{utc.microsecond:06}".rstrip("0") if utc.microsecond else ""
    return f"{date}T{time}{fraction}Z"


def expiry_days(text: str) -> int | None:
    """Return the number of days in the text of a setting, or None for ``never``."""
    return None if text == "never" else int(text)


def expiry(received_at: datetime, days: int | None) -> dict[str, dict[str, str]]:
    """Return the attribute ``expires_at`` of an item in DynamoDB JSON: Unix seconds.

    Args:
        received_at: time of receipt, with a time zone.
        days: days from the receipt until DynamoDB may delete the item. With None, the result is empty, and DynamoDB
            keeps the item.
    """
    if days is None:
        return {}
    return {"expires_at": {"N": str(int(received_at.timestamp()) + days * _SECONDS_PER_DAY)}}


def _has_rfc3339_form(text: str) -> bool:
    """Return whether a text has the format of RFC 3339.

    ``datetime.fromisoformat`` is not enough for this check, because it also accepts other formats.
    """
    form = text.encode("ascii", "replace").upper().translate(DIGITS_AS_ZEROS)
    fraction_and_offset = form[len(_DATE_AND_TIME) :]
    offset = fraction_and_offset[1:].lstrip(b"0") if fraction_and_offset.startswith(b".0") else fraction_and_offset
    if not form.startswith(_DATE_AND_TIME) or offset not in _OFFSETS:
        return False
    return offset == b"Z" or (text[-5:-3] <= "23" and text[-2:] <= "59")


def _after_leap_second(before: datetime) -> datetime:
    if (before.hour, before.minute) != (23, 59):
        raise ValueError("a leap second must be at 23:59:60 UTC")
    return before.replace(microsecond=0) + timedelta(seconds=1)


def _from_text(text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise invalid_field("timestamp", "must be an RFC 3339 date and time with an offset") from None


def _from_unix(seconds: Decimal, latest: datetime) -> datetime:
    if decimal_places(seconds) > 6:
        raise invalid_field("timestamp", "must have at most 6 decimal places")
    # The range is checked before the conversion, because the conversion would expand a number like 1e999999.
    if not int(EARLIEST.timestamp()) <= seconds <= int(latest.timestamp()) + 1:
        raise _out_of_range()
    return _EPOCH + timedelta(microseconds=int(seconds.scaleb(6)))


def _out_of_range() -> Rejected:
    return invalid_field("timestamp", "must lie between the year 2000 and a day from now")
