"""Days, months, quarters and years as the desk counts them: in the site's time zone, whatever a reader's own is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

A_DAY = timedelta(days=1)


class By(models.TextChoices):
    MONTH = "month", gettext_lazy("Month")
    QUARTER = "quarter", gettext_lazy("Quarter")
    YEAR = "year", gettext_lazy("Year")


MONTHS_IN = {By.MONTH: 1, By.QUARTER: 3, By.YEAR: 12}


def day_of(moment):
    """The day it was at the desk."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def today():
    return day_of(timezone.now())


def midnight(day):
    """The moment at which this day begins at the desk."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


@dataclass(frozen=True)
class Period:
    """Some days in a row, `first` and `last` among them, inside one month, quarter or year; or any days (`by` None)."""

    first: date
    last: date
    by: str | None = None

    @property
    def start(self):
        return midnight(self.first)

    @property
    def end(self):
        """The moment after its last."""
        return midnight(self.last + A_DAY)

    @property
    def quarter(self):
        return (self.first.month + 2) // 3

    @property
    def is_whole(self):
        if self.by is None:
            return False
        return self.first == first_day(self.first, self.by) and self.last == next_first(self.last, self.by) - A_DAY

    @property
    def name(self):
        """As other programs read it: 2026-11, 2026-Q4 or 2026, whole or not."""
        if self.by == By.MONTH:
            return f"{self.first:%Y-%m}"
        return f"{self.first:%Y}-Q{self.quarter}" if self.by == By.QUARTER else f"{self.first:%Y}"

    @property
    def label(self):
        """For people; the days are named where it is no whole month, quarter or year."""
        if not self.is_whole:
            whole = pgettext("date format", "j M Y")
            first = pgettext("date format", "j M") if self.first.year == self.last.year else whole
            parts = {"first": date_format(self.first, first), "last": date_format(self.last, whole)}
            return _("%(first)s – %(last)s") % parts
        if self.by == By.MONTH:
            return date_format(self.first, pgettext("date format", "M Y"))
        return _("Q%(quarter)d %(year)d") % self._parts if self.by == By.QUARTER else str(self.first.year)

    @property
    def short(self):
        """(words, year) for the foot of a column; the year is empty where the words say it."""
        if self.by == By.MONTH:
            return date_format(self.first, pgettext("date format", "M")), str(self.first.year)
        if self.by == By.QUARTER:
            return _("Q%(quarter)d") % self._parts, str(self.first.year)
        return str(self.first.year), ""

    @property
    def _parts(self):
        return {"quarter": self.quarter, "year": self.first.year}


def first_day(day, by):
    """The first day of the month, quarter or year in which a day lies."""
    return date(day.year, day.month - (day.month - 1) % MONTHS_IN[by], 1)


def next_first(day, by, steps=1):
    """The first day of the following month, quarter or year, or of one further on, or back (`steps` below 1)."""
    months = day.year * 12 + first_day(day, by).month - 1 + MONTHS_IN[by] * steps
    return date(months // 12, months % 12 + 1, 1)


def split(first, last, by) -> Iterator[Period]:
    """The months, quarters or years from one day to another; the first and the last of them may be cut."""
    while first <= last:
        following = next_first(first, by)
        yield Period(first, min(last, following - A_DAY), by)
        first = following
