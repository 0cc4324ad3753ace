"""The limits that stand in the supplier's tables and not in its XSD."""

from dataclasses import fields

import pytest

from simulator.cityfibre import LIMITS
from simulator.cityfibre.limits import Breach, breaches
from simulator.cityfibre.messages import AmendFaultReport, FaultReport, RequestFaultReportUpdate, ResolveResponse

INSTANT = "2026-01-05T09:00:00.000Z"


def report(**changes: str | None) -> FaultReport:
    """A report within every limit."""
    facts: dict[str, str | None] = {
        "api_version": "1.0",
        "buyer_identifier": "SPDEV1",
        "sent_at": INSTANT,
        "message_id": "MSG-1",
        "service_affected": "S21709",
        "buyer_fault_reference": "REF-1",
    }
    return FaultReport(**facts | changes)  # type: ignore[arg-type]


def test_within_every_limit() -> None:
    """Nothing to say."""
    assert list(breaches(report())) == []


@pytest.mark.parametrize(
    ("name", "element", "most"),
    [
        ("api_version", "apiVersion", 36),
        ("message_id", "messageId", 36),
        ("buyer_fault_reference", "buyerFaultReference", 36),
        ("maintainer_fault_reference", "maintainerFaultReference", 36),
        ("parent_fault_reference", "parentFaultReference", 36),
        ("sent_at", "sentAt", 25),
        ("report_date_time", "reportDateTime", 25),
    ],
)
def test_a_limit_is_kept_at_its_edge_and_broken_beyond_it(name: str, element: str, most: int) -> None:
    """As the field tables have it; instants are R21, all else R10."""
    assert list(breaches(report(**{name: "x" * most}))) == []
    expected = Breach("R21" if most == 25 else "R10", element, f"{most + 1} characters; the table allows {most}")
    assert list(breaches(report(**{name: "x" * (most + 1)}))) == [expected]


def test_every_limit_is_one_of_those_above_or_the_reason_of_a_rejection() -> None:
    """errorMessage has none (R11), serviceAffected neither: its table states no length."""
    assert {element for element, _ in LIMITS.values()} == {
        "apiVersion",
        "messageId",
        "buyerFaultReference",
        "maintainerFaultReference",
        "parentFaultReference",
        "sentAt",
        "reportDateTime",
        "rejectedReason",
    }


def test_every_limit_is_of_a_field_that_some_message_has() -> None:
    """A misspelt one would never be broken."""
    messages = (FaultReport, AmendFaultReport, ResolveResponse, RequestFaultReportUpdate)
    known = {field.name for message in messages for field in fields(message)}
    assert set(LIMITS) <= known


def test_a_missing_sent_at_is_a_breach() -> None:
    """R22: the table requires it on add, the XSD does not."""
    assert list(breaches(report(sent_at=None))) == [
        Breach("R22", "sentAt", "missing; the table requires it, the XSD does not")
    ]


def test_the_reason_of_a_rejection_has_a_limit_too() -> None:
    """36 characters, of a message that has few fields."""
    response = ResolveResponse(
        api_version="1.0",
        buyer_identifier="SPDEV1",
        sent_at=INSTANT,
        message_id="MSG-1",
        buyer_fault_reference="REF-1",
        rejected_reason="x" * 37,
    )
    assert [breach.field for breach in breaches(response)] == ["rejectedReason"]


def test_every_breach_is_told() -> None:
    """Not the first alone."""
    broken = report(message_id="x" * 99, parent_fault_reference="x" * 99, sent_at=None)
    assert [breach.field for breach in breaches(broken)] == ["messageId", "parentFaultReference", "sentAt"]
