"""bank_holidays.txt is what the library ``holidays`` says, for every year that the file has."""

from datetime import date

import holidays

from docs.generator import bank_holidays
from simulator.cityfibre.diary import is_working_day

OUT_OF_DATE = "simulator/cityfibre/bank_holidays.txt is out of date: `make docs`"


def written_down() -> list[date]:
    """The dates of the file."""
    lines = bank_holidays.FILE.read_text("utf-8").splitlines()
    return [date.fromisoformat(line) for line in lines if not line.startswith("#")]


def test_each_year_is_as_the_library_has_it() -> None:
    """No day more and none less, in order, from 2000 to 2100 without a gap."""
    days = written_down()
    expected = [
        day for year in range(2000, 2101) for day in sorted(holidays.country_holidays("GB", subdiv="ENG", years=year))
    ]
    assert expected == days, OUT_OF_DATE
    assert list(range(2000, 2101)) == sorted({day.year for day in days})


def test_the_file_is_what_make_docs_writes() -> None:
    """Head and all, to the byte."""
    assert bank_holidays.text().encode() == bank_holidays.FILE.read_bytes(), OUT_OF_DATE


def test_the_diary_goes_by_the_file_and_beyond_it_by_the_library() -> None:
    """Of each bank holiday, and of a plain day beside them; 1999 and 2101 are not in the file."""
    assert [day for day in written_down() if is_working_day(day)] == []
    assert is_working_day(date(2026, 1, 2))
    beyond = [day for year in (1999, 2101) for day in holidays.country_holidays("GB", subdiv="ENG", years=year)]
    assert len(beyond) > 10
    assert [day for day in beyond if is_working_day(day)] == []
    assert [is_working_day(date(1999, 1, 4)), is_working_day(date(2101, 1, 4))] == [True, True]
