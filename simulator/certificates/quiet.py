"""How cryptography is asked about odd certificates: without its warnings, and knowing what it raises."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE = (
    TypeError,
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What is raised where a part of a certificate can't be read."""


@contextmanager
def quietly() -> Iterator[None]:
    """Without a warning for a serial number below one, a country of three letters and the like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
