"""Local days and months of a city. Refuses to know what time it is now."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The day it is there: 17:00 UTC is already tomorrow in WIB."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone; a naive one could be any day")
    return instant.astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def month_key(day: date) -> str:
    """`2026-11`: the name of a local day's month."""
    return f"{day.year:04d}-{day.month:02d}"


def month_dates(key: str) -> tuple[date, date]:
    """First day of the month and first day after it; raises ValueError when the key names no month."""
    year, _, month = key.partition("-")
    first = date(int(year), int(month), 1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, after
