"""Moments as APIs write them."""

from datetime import datetime, timedelta, timezone

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LATEST = datetime(2200, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def timestamp_ns(text: str) -> int | None:
    """Nanoseconds since 1970 of an RFC 3339 timestamp; None where it is none of this time."""
    try:
        at = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None
    if at.tzinfo is None or not _EPOCH <= at < _LATEST:
        return None
    return (at - _EPOCH) // _MICROSECOND * 1000
