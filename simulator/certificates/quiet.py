"""Keeps the warnings to itself that cryptography has for odd certificates: they are judged, and not complained of."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quietly() -> Iterator[None]:
    """Without a warning for a serial number below one, a country of three letters and the like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
