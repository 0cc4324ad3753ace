"""Writes ``simulator/cityfibre/bank_holidays.txt``: ``make docs``, or ``python -m docs.generator.bank_holidays``."""

from datetime import date
from pathlib import Path

import holidays

FILE = Path(__file__).parents[2] / "simulator" / "cityfibre" / "bank_holidays.txt"
FIRST, LAST = 2000, 2100


def text() -> str:
    """The whole file: a head that says what it is, then a date a line."""
    days = sorted(day for year in range(FIRST, LAST + 1) for day in bank_holidays(year))
    head = (
        f"# Bank holidays of England and Wales, {FIRST} to {LAST}, a date a line.\n"
        "# From the library `holidays`, which takes 100 ms to load: written down, they take one. `make docs` writes "
        "this file anew,\n"
        "# and a test holds it to the library; years that are not here are asked of the library itself.\n"
    )
    return head + "".join(f"{day.isoformat()}\n" for day in days)


def bank_holidays(year: int) -> list[date]:
    """Those of one year, as ``simulator/cityfibre/diary.py`` asks for years that the file does not have."""
    return sorted(holidays.country_holidays("GB", subdiv="ENG", years=year))


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8", newline="\n")
