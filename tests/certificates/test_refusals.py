"""Why a client certificate is refused: every number of OpenSSL's has a reason, and words that say what to do."""

import re
from typing import get_args

import pytest

from simulator.certificates import refusals
from simulator.certificates.refusals import NO_CERTIFICATE, Reason, refusal_of

NUMBERS = range(1, 120)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (3, "revocation-list"),
        (7, "unknown-authority"),
        (9, "not-yet-valid"),
        (10, "expired"),
        (12, "revocation-list"),
        (18, "self-signed"),
        (19, "unknown-authority"),
        (20, "unknown-authority"),
        (21, "unknown-authority"),
        (23, "revoked"),
        (26, "wrong-usage"),
        (66, "unusable"),
        (79, "unknown-authority"),
    ],
)
def test_openssls_numbers_have_reasons(number: int, reason: Reason) -> None:
    """Those that a client is likely to meet."""
    assert reason == refusal_of(number).reason


def test_a_number_that_the_table_lacks_is_told_in_openssls_words() -> None:
    """It is better than none."""
    told = refusal_of(34)
    assert ("unusable", "the client certificate can't be used (unhandled critical extension): have it issued anew") == (
        told.reason,
        told.words,
    )


def test_every_number_is_told_in_one_sentence_that_is_the_same_in_every_run() -> None:
    """A lower-case beginning, a colon before what is to be done, no full stop, no line of its own."""
    for refusal in {refusal_of(number) for number in NUMBERS} | {NO_CERTIFICATE}:
        assert re.fullmatch(r"[a-z][^\n.]+: [a-z][^\n]+[^.\s]", refusal.words), refusal


def test_every_reason_is_somebodys() -> None:
    """None of them is only a word."""
    reached = {refusal_of(number).reason for number in NUMBERS} | {NO_CERTIFICATE.reason}
    assert set(get_args(Reason)) == reached


def test_every_refusal_of_the_table_can_be_met() -> None:
    """A constant that no number leads to would be a sentence for nobody."""
    written = {one for one in vars(refusals).values() if isinstance(one, refusals.Refusal)}
    assert written - {NO_CERTIFICATE} <= {refusal_of(number) for number in NUMBERS}
    assert len(written) > 10
