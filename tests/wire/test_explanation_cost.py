"""An explanation costs about as much as the message is long, however it is wrong: counted, not timed."""

import difflib
from collections.abc import Iterator

import pytest
from lxml import etree

from simulator.wire import explanation
from simulator.wire.schema import schema

SHAPES = {
    "unknown": ("<zzz/>" * 390, 1),
    "nearly known": ("<buyerFaultReferenc/>" * 390, 1),
    "in a contact": (f"<reporterContactDetails>{'<nam/>' * 360}</reporterContactDetails>", 2),
    "in a list": (f"<updates>{'<z/>' * 360}</updates>", 2),
    "text between": (f"<zzz/>{'t' * 200}" * 390, 1),
}
"""What stands in a report hundreds of times, and how many elements have children that are wrong."""


@pytest.mark.parametrize(("inside", "parents"), SHAPES.values(), ids=SHAPES.keys())
def test_hundreds_of_stray_children(inside: str, parents: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """xmlschema errs once for each; we walk a parent's children once, and compare a name once."""
    walked: list[object] = []
    compared: list[str] = []
    walk, compare = explanation._children, difflib.get_close_matches  # noqa: SLF001 - its calls are counted

    def counted_walk(error: object, place: object) -> Iterator[explanation.Violation]:
        walked.append(place)
        return walk(error, place)  # type: ignore[arg-type]

    def counted_compare(word: str, names: list[str], n: int = 3) -> list[str]:
        compared.append(word)
        return compare(word, names, n)

    monkeypatch.setattr(explanation, "_children", counted_walk)
    monkeypatch.setattr(difflib, "get_close_matches", counted_compare)
    told = schema("faultReport.xsd").explain(etree.fromstring(f"<addFaultReport>{inside}</addFaultReport>"))
    assert 1 <= len(told) <= 20
    assert (len(walked), len(compared)) == (parents, 1)


def test_the_first_twenty_are_the_documents_first() -> None:
    """What the root lacks stands on its line 1, before forty updates that are wrong, although it is found last."""
    updates = "<update>\n</update>" * 40
    told = schema("faultReport.xsd").explain(
        etree.fromstring(f"<addFaultReport>\n<updates>{updates}</updates></addFaultReport>")
    )
    lacking = ["apiVersion", "buyerIdentifier", "messageId", "serviceAffected", "buyerFaultReference"]
    assert len(told) == 20
    expected = [f"the required element {name} is missing" for name in lacking]
    assert [violation.reason for violation in told[:5]] == expected
