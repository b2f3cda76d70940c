"""Local days and months, around the midnights of three zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peken.calendar import local_date, month_dates, month_key, start_of

WIB, WITA, WIT = (ZoneInfo(f"Asia/{name}") for name in ("Jakarta", "Makassar", "Jayapura"))
zones = st.sampled_from([WIB, WITA, WIT])
instants = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(("zone", "hours"), [(WIB, 7), (WITA, 8), (WIT, 9)])
def test_the_new_year_comes_to_the_east_first(zone: ZoneInfo, hours: int) -> None:
    midnight = datetime(2027, 1, 1, tzinfo=UTC) - timedelta(hours=hours)

    before, at = local_date(midnight - timedelta(microseconds=1), zone), local_date(midnight, zone)

    assert (before, at) == (date(2026, 12, 31), date(2027, 1, 1))


def test_half_past_midnight_on_the_first_is_the_new_month_though_utc_has_the_old_one() -> None:
    instant = datetime(2026, 10, 31, 17, 30, tzinfo=UTC)

    key = month_key(local_date(instant, WIB))

    assert key == "2026-11"


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_date(datetime(2026, 11, 1), WIB)


@given(instants, zones)
def test_an_instant_lies_in_its_own_day_and_in_no_other(instant: datetime, zone: ZoneInfo) -> None:
    day = local_date(instant, zone)

    begins, ends = start_of(day, zone), start_of(day + timedelta(days=1), zone)

    assert begins <= instant < ends
    assert local_date(begins, zone) == day
    assert local_date(ends - timedelta(microseconds=1), zone) == day


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_a_month_ends_where_the_next_begins(day: date) -> None:
    first, after = month_dates(month_key(day))

    assert first <= day < after
    assert first.day == after.day == 1
    assert month_dates(month_key(after))[0] == after


@pytest.mark.parametrize("key", ["2026", "2026-13", "2026-00", "today"])
def test_a_key_that_names_no_month_is_refused(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are Python's own
        month_dates(key)
