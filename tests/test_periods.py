"""Days, months, quarters and years of the desk."""

from datetime import UTC, date, datetime

import pytest

from claims.models.periods import By, Period, first_day, midnight, next_first, split, today


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"])
def zone(request, settings):
    settings.TIME_ZONE = request.param
    return request.param


NEW_YEAR = {
    "UTC": datetime(2026, 1, 1, 0, tzinfo=UTC),
    "America/New_York": datetime(2026, 1, 1, 5, tzinfo=UTC),
    "Asia/Tokyo": datetime(2025, 12, 31, 15, tzinfo=UTC),
}


def test_a_day_begins_at_the_desk_s_own_midnight(zone):
    assert midnight(date(2026, 1, 1)) == NEW_YEAR[zone]
    year = Period(date(2025, 1, 1), date(2025, 12, 31), By.YEAR)
    assert year.end == NEW_YEAR[zone]


def test_a_day_of_23_hours_is_a_day(settings):
    settings.TIME_ZONE = "Europe/Madrid"
    day = Period(date(2026, 3, 29), date(2026, 3, 29))
    assert (day.end.astimezone(UTC) - day.start.astimezone(UTC)).total_seconds() == 23 * 3600


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", "2025-12-31"), ("America/New_York", "2025-12-31"), ("Europe/Madrid", "2026-01-01")]
)
def test_half_past_eleven_on_new_year_s_eve_is_another_year_further_east(settings, monkeypatch, zone, day):
    settings.TIME_ZONE = zone
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    assert today().isoformat() == day


def test_a_span_is_split_at_the_ends_of_months_quarters_and_years():
    def days(by):
        return [(str(each.first), str(each.last)) for each in split(date(2025, 11, 12), date(2026, 2, 3), by)]

    assert days(By.MONTH) == [
        ("2025-11-12", "2025-11-30"), ("2025-12-01", "2025-12-31"), ("2026-01-01", "2026-01-31"),
        ("2026-02-01", "2026-02-03"),
    ]  # fmt: skip
    assert days(By.QUARTER) == [("2025-11-12", "2025-12-31"), ("2026-01-01", "2026-02-03")]
    assert days(By.YEAR) == [("2025-11-12", "2025-12-31"), ("2026-01-01", "2026-02-03")]


@pytest.mark.parametrize(
    ("first", "last", "by", "name", "label", "short"),
    [
        ("2026-02-01", "2026-02-28", "month", "2026-02", "Feb 2026", ("Feb", "2026")),
        ("2026-02-03", "2026-02-28", "month", "2026-02", "3 Feb – 28 Feb 2026", ("Feb", "2026")),
        ("2026-04-01", "2026-06-30", "quarter", "2026-Q2", "Q2 2026", ("Q2", "2026")),
        ("2026-01-01", "2026-12-31", "year", "2026", "2026", ("2026", "")),
        ("2026-01-01", "2026-11-23", "year", "2026", "1 Jan – 23 Nov 2026", ("2026", "")),
        ("2025-12-01", "2026-01-01", None, "2025", "1 Dec 2025 – 1 Jan 2026", ("2025", "")),
    ],
)
def test_a_period_has_a_name_for_programs_and_words_for_people(first, last, by, name, label, short):
    period = Period(date.fromisoformat(first), date.fromisoformat(last), by)
    assert (period.name, period.label, period.short) == (name, label, short)


def test_first_days_go_forward_and_back_over_the_year_s_end():
    day = date(2026, 1, 31)
    assert first_day(day, By.QUARTER) == date(2026, 1, 1)
    assert [next_first(day, By.MONTH, steps) for steps in (-1, 0, 1, 12)] == [
        date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2027, 1, 1),
    ]  # fmt: skip
    assert next_first(date(2026, 12, 31), By.QUARTER) == date(2027, 1, 1)
    assert next_first(day, By.YEAR, -1) == date(2025, 1, 1)
