"""Figures that tests measure: told by a test, printed at the end of the run, whichever process it ran in."""

from collections.abc import Callable

Figure = Callable[[str], None]
"""The fixture ``figure``: tells one line."""
NAME = "figure"
"""What the properties of a test's report are called that hold one."""
