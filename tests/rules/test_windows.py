"""Windows: which day counts in which, and from when to when."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peken.calendar import local_date
from peken.rules import DAY, MONTH, ORDER, YEAR, Day, Window, dates, occasion, season, weekday

WIB, WITA, WIT = (ZoneInfo(f"Asia/{name}") for name in ("Jakarta", "Makassar", "Jayapura"))
RAMADAN = season("ramadan", (date(2026, 2, 18), date(2026, 3, 20)), (date(2027, 2, 8), date(2027, 3, 10)))
SAME = dates("same-day-and-month", lambda on: on.day == on.month)
BOUNDED = [DAY, MONTH, YEAR, SAME, weekday(3), RAMADAN]


@pytest.mark.parametrize("window", BOUNDED, ids=lambda window: window.name)
@given(on=st.dates(date(2025, 12, 1), date(2027, 12, 31)))
def test_a_day_that_counts_lies_within_its_window_and_every_day_of_it_has_the_same_key(
    window: Window, on: date
) -> None:
    key = window.key(Day.on(on))

    if key is not None:
        assert window.bounds is not None
        first, after = window.bounds(key)
        assert first <= on < after
        assert window.key(Day.on(first)) == window.key(Day.on(after - timedelta(days=1))) == key
        assert window.key(Day.on(after)) != key


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([WIB, WITA, WIT]),
)
def test_the_month_of_an_instant_is_the_month_on_the_wall_there(instant: datetime, zone: ZoneInfo) -> None:
    wall = instant.astimezone(zone)

    day = Day.on(local_date(instant, zone))

    assert MONTH.key(day) == wall.strftime("%Y-%m")
    assert YEAR.key(day) == wall.strftime("%Y")
    assert day.weekday == wall.weekday()


BORDERS = st.one_of(
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    st.builds(date, st.integers(2024, 2028), st.integers(1, 12), st.just(1)),
    st.builds(date, st.integers(2024, 2028), st.just(1), st.just(1)),
)
"""Days that begin something: any day, a month, a year."""


@pytest.mark.parametrize("window", [DAY, MONTH, YEAR], ids=lambda window: window.name)
@given(
    begins=BORDERS,
    zone=st.sampled_from([WIB, WITA, WIT]),
    late=st.timedeltas(timedelta(seconds=-2), timedelta(seconds=2)),
)
def test_around_a_midnight_an_instant_counts_on_its_own_side(
    window: Window, begins: date, zone: ZoneInfo, late: timedelta
) -> None:
    midnight = datetime(begins.year, begins.month, begins.day, tzinfo=zone).astimezone(UTC)
    side = begins if late >= timedelta(0) else begins - timedelta(days=1)

    key = window.key(Day.on(local_date(midnight + late, zone)))

    assert window.bounds is not None
    assert key == window.key(Day.on(side))
    first, after = window.bounds(str(key))
    assert first <= side < after


@given(
    number=st.integers(1, 12),
    year=st.integers(2024, 2028),
    zone=st.sampled_from([WIB, WITA, WIT]),
    late=st.timedeltas(timedelta(seconds=-2), timedelta(days=1, seconds=2)),
)
def test_a_given_date_lasts_from_midnight_to_midnight_in_its_city(
    number: int, year: int, zone: ZoneInfo, late: timedelta
) -> None:
    midnight = datetime(year, number, number, tzinfo=zone).astimezone(UTC)

    key = SAME.key(Day.on(local_date(midnight + late, zone)))

    within = timedelta(0) <= late < timedelta(days=1)
    assert key == (date(year, number, number).isoformat() if within else None)


def test_given_dates_count_on_these_dates_only() -> None:
    found = [SAME.key(Day.on(on)) for on in (date(2026, 5, 4), date(2026, 5, 5))]

    assert found == [None, "2026-05-05"]


def test_a_weekday_counts_once_a_week() -> None:
    found = [weekday(3).key(Day.on(date(2026, 11, day))) for day in (18, 19, 26)]

    assert found == [None, "2026-11-19", "2026-11-26"]


def test_a_season_is_one_window_a_year_and_over_on_the_first_day_after() -> None:
    days = (date(2026, 2, 17), date(2026, 2, 18), date(2026, 3, 19), date(2026, 3, 20), date(2027, 2, 8))

    found = [RAMADAN.key(Day.on(day)) for day in days]

    assert found == [None, "2026-02-18", "2026-02-18", None, "2027-02-08"]


def test_an_occasion_counts_when_a_calendar_says_so() -> None:
    feast = occasion("feast")
    on = date(2026, 11, 20)

    found = [feast.key(day) for day in (Day.on(on), Day.on(on, "feast"))]

    assert found == [None, "2026-11-20"]


def test_an_order_is_a_window_without_dates() -> None:
    assert ORDER.of_order
    assert ORDER.bounds is None
    assert ORDER.key(Day.on(date(2026, 11, 20))) is not None
