"""Periods of days, working days and months (民法典 art. 200-204) on the State Council's calendar.

    the first day does not count; a period that ends on a rest day ends on the next working day
    working days are those of the yearly notice, make-up Saturdays and Sundays included
    months end on the corresponding day, or with the month

The notice for a year comes in the autumn before. A period that needs a day of a year without a table is
computed on plain weekdays and marked provisional; it must be computed again when the notice is out.
"""

import json
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bidding_rules.periods import Period, PeriodUnit

_DAY = timedelta(days=1)
_SATURDAY = 5
PERIOD_MAX = 10_000
"""Longest period, in days; a mistyped number must not run through the calendar for ever."""


class CalendarError(ValueError):
    """A table of working days cannot be read, or a period has no last day."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period (it ends with the day); `provisional` if it may move with a coming notice."""

    day: date
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are working days: the exceptions to Monday to Friday, and the years they cover."""

    exceptions: Mapping[date, bool]
    """Day -> whether one works on it."""
    years: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """Tell whether one works on `day`; by the weekday alone in a year without a table."""
        return self.exceptions.get(day, day.weekday() < _SATURDAY)

    def is_known(self, day: date) -> bool:
        """Tell whether the year of `day` has a table."""
        return day.year in self.years

    def after(self, start: date, period: Period) -> Deadline:
        """Return the end of `period` after `start`; `CalendarError` for hours, which a clock counts."""
        match period.unit:
            case PeriodUnit.WORKING_DAYS:
                return self.after_working_days(start, period.length)
            case PeriodUnit.DAYS:
                return self.after_days(start, period.length)
            case PeriodUnit.MONTHS:
                return self.after_months(start, period.length)
            case PeriodUnit.HOURS:
                raise CalendarError("hours are counted on the clock, not on the calendar")

    def after_working_days(self, start: date, days: int) -> Deadline:
        """Return the `days`-th working day after `start`."""
        _check(days)
        day, provisional = start, False
        while days:
            day += _DAY
            provisional = provisional or not self.is_known(day)
            days -= self.is_workday(day)
        return Deadline(day, provisional)

    def after_days(self, start: date, days: int) -> Deadline:
        """Return the end of a period of natural days after `start`."""
        _check(days)
        return self._rolled(start + days * _DAY) if days else Deadline(start)

    def after_months(self, start: date, months: int) -> Deadline:
        """Return the end of a period of months after `start`."""
        _check(months)
        if not months:
            return Deadline(start)
        years, month = divmod(start.month - 1 + months, 12)
        year, month = start.year + years, month + 1
        last = monthrange(year, month)[1]
        return self._rolled(date(year, month, min(start.day, last)))

    def workdays_in(self, year: int) -> int:
        """Return the number of working days of `year`."""
        first = date(year, 1, 1)
        days = (date(year + 1, 1, 1) - first).days
        return sum(self.is_workday(first + n * _DAY) for n in range(days))

    def _rolled(self, day: date) -> Deadline:
        provisional = not self.is_known(day)
        while not self.is_workday(day):
            day += _DAY
            provisional = provisional or not self.is_known(day)
        return Deadline(day, provisional)


def read_calendar(text: str) -> WorkCalendar:
    """Read tables: `{"2026": {"source", "rest_days", "make_up_workdays"}}`. Raises `CalendarError`."""
    try:
        tables = json.loads(text)
        exceptions: dict[date, bool] = {}
        for table in tables.values():
            exceptions.update(dict.fromkeys(map(date.fromisoformat, table["rest_days"]), False))
            worked = map(date.fromisoformat, table["make_up_workdays"])
            exceptions.update(dict.fromkeys(worked, True))
        return WorkCalendar(exceptions=exceptions, years=frozenset(map(int, tables)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CalendarError(f"not a table of working days: {error!r}") from error


def shipped_calendar() -> WorkCalendar:
    """Return the calendar that comes with the program."""
    return read_calendar(Path(__file__).with_name("workdays.json").read_text(encoding="utf-8"))


def _check(length: int) -> None:
    if not 0 <= length <= PERIOD_MAX:
        raise ValueError(f"a period lasts from 0 to {PERIOD_MAX}, not {length}")
