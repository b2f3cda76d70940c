"""Local days and months of a city, and their bounds as instants. Refuses to know what time it is now."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
WITA = ZoneInfo("Asia/Makassar")
WIT = ZoneInfo("Asia/Jayapura")
ZONES: Mapping[str, ZoneInfo] = MappingProxyType({"WIB": WIB, "WITA": WITA, "WIT": WIT})


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The day it is there: 17:00 UTC is already tomorrow in WIB."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone; a naive one could be any day")
    return instant.astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Half-open bounds (UTC) of a local day."""
    return start_of(day, zone), start_of(day + timedelta(days=1), zone)


def month_key(day: date) -> str:
    """`2026-11`: the name of a local day's month."""
    return f"{day.year:04d}-{day.month:02d}"


def month_dates(key: str) -> tuple[date, date]:
    """First day of the month and first day after it; raises ValueError when the key names no month."""
    year, _, month = key.partition("-")
    first = date(int(year), int(month), 1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, after


def month_bounds(key: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Half-open bounds (UTC) of a local month."""
    first, after = month_dates(key)
    return start_of(first, zone), start_of(after, zone)
