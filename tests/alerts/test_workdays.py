from datetime import date, datetime, time

import pytest
from alerting import SHANGHAI, us

from alerts.incident_plan import WorkdaySettings
from alerts.workdays import Workdays, read_days
from connectors.ticket import at_us


def workdays(**changes):
    return Workdays(WorkdaySettings(**changes), SHANGHAI)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-10-01", False),  # 国庆节
        ("2026-10-10", True),  # Saturday, make-up workday
        ("2026-10-11", False),
        ("2026-09-20", True),  # Sunday, make-up workday
        ("2026-11-20", True),
        ("2026-11-22", False),
    ],
)
def test_china_works_on_make_up_workdays_and_rests_on_holidays(day, works):
    assert workdays().works(date.fromisoformat(day)) == works


def test_from_2027_on_nothing_is_confirmed_unless_it_is_said():
    assert workdays().confirmed(date(2026, 12, 31))
    assert not workdays().confirmed(date(2027, 1, 4))
    own = workdays(days={"2027-02-20": "work"}, confirmed_through=datetime(2027, 1, 31, tzinfo=SHANGHAI))
    assert own.works(date(2027, 2, 20))
    assert [own.confirmed(date(2027, *day)) for day in [(1, 31), (2, 1), (2, 20)]] == [True, False, True]


def test_a_country_without_make_up_workdays_is_known_for_ever():
    assert workdays(country="US").confirmed(date(2031, 1, 1))
    assert workdays(country="").works(date(2026, 10, 1))


def test_three_working_days_after_the_national_day_holiday_began():
    # 1-7 October are off in 2026, 10 October (Saturday) is worked.
    due = workdays().after(us("2026-09-30 23:10"), 3)
    assert at_us(due).astimezone(SHANGHAI).isoformat() == "2026-10-10T18:00:00+08:00"


def test_business_hours_hold_on_workdays_and_may_go_over_midnight():
    days = workdays()
    assert days.open(us("2026-11-20 09:00"))
    assert not days.open(us("2026-11-20 18:00"))
    assert not days.open(us("2026-11-22 10:00"))
    night = workdays(start=time(20), end=time(4))
    assert night.open(us("2026-11-21 03:00"))  # Friday's night
    assert not night.open(us("2026-11-22 03:00"))


def test_days_come_from_a_file_and_mistakes_in_it_are_sentences(tmp_path):
    file = tmp_path / "days.toml"
    file.write_text('2027-02-20 = "work"\n')
    assert read_days(file) == {"2027-02-20": "work"}
    file.write_text('2027-02-30 = "work"\n')
    with pytest.raises(ValueError, match='"2027-02-30" is no date'):
        read_days(file)
    file.write_text('2027-02-20 = "perhaps"\n')
    with pytest.raises(ValueError, match='"work" or "off"'):
        read_days(file)
    with pytest.raises(ValueError, match="cannot be read"):
        read_days(tmp_path / "none.toml")
