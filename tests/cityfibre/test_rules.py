"""The rules as values: what each is called, that it reads and never changes, and the edges of its predicate.

That each says no over HTTP is shown in ``tests/server/test_rejections.py``.
"""

import json
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from simulator.cityfibre import OPERATIONS, RULES, SupplierSettings
from simulator.cityfibre.appointment_rules import region_of, slot_offered, wanted_slot
from simulator.cityfibre.books import Books, Draft
from simulator.cityfibre.rules import (
    Rejection,
    amended_key_usable,
    asks_to_cancel,
    find_ticket,
    is_tlos,
)
from simulator.cityfibre.visits import Visit
from simulator.wire.binding import bind
from tests.drafts import NOW, basis, draft_of, ticket_of
from tests.messages import Tree, request, slot
from tests.rejections import CASES, Case

STATUSES = {
    "table-limit": 400,
    "buyer-known": 400,
    "fault-details-present": 400,
    "reference-unused": 400,
    "service-known": 400,
    "parent-known": 400,
    "tlos-key": 403,
    "key-usable": 403,
    "ticket-known": 400,
    "ticket-amendable": 400,
    "ticket-cancellable": 400,
    "amended-service-known": 400,
    "amended-parent-known": 400,
    "amended-key-usable": 400,
    "ticket-resolved": 400,
    "answer-given": 400,
    "appointment-buyer-known": 200,
    "address-known": 200,
    "product-known": 200,
    "date-not-past": 200,
    "slot-offered": 200,
    "slot-free": 200,
}
ORDER = {
    "addFaultReport": [
        "table-limit",
        "fault-details-present",
        "buyer-known",
        "reference-unused",
        "service-known",
        "parent-known",
        "tlos-key",
        "key-usable",
    ],
    "amendFaultReport": [
        "table-limit",
        "buyer-known",
        "ticket-known",
        "ticket-amendable",
        "ticket-cancellable",
        "amended-service-known",
        "amended-parent-known",
        "amended-key-usable",
    ],
    "resolveResponse": ["table-limit", "buyer-known", "ticket-known", "ticket-resolved", "answer-given"],
    "requestFaultReportUpdate": ["table-limit", "buyer-known", "ticket-known"],
    "queryAppointmentAvailability": ["appointment-buyer-known", "address-known", "product-known", "date-not-past"],
    "reserveAppointment": [
        "appointment-buyer-known",
        "address-known",
        "product-known",
        "slot-offered",
        "slot-free",
    ],
}


def message(operation: str, *changes: Tree) -> Any:  # noqa: ANN401 - each operation's own type
    """A request, read into its type."""
    return bind(OPERATIONS[operation].request, etree.fromstring(request(operation, *changes)))


def test_every_rule_has_the_contracts_status_and_names_its_place() -> None:
    """403 is the appointment validator's alone; a refused appointment is a 200 (R20)."""
    assert {rule.id: rule.status for rule in RULES.values()} == STATUSES
    assert all(rule.source for rule in RULES.values())


def test_the_rules_stand_in_the_contracts_order() -> None:
    """§2: the first that says no is the answer."""
    assert {name: [rule.id for rule in one.rules] for name, one in OPERATIONS.items()} == ORDER


def test_one_id_is_one_rule() -> None:
    """Two rules of one id would hide each other in the table."""
    rules = {id(rule): rule for one in OPERATIONS.values() for rule in one.rules}
    assert len(rules) == len(RULES)


IN_A_NEW_ENVIRONMENT = [case for case in CASES if case.prepare.__name__ == "nothing"]


@pytest.mark.parametrize("case", IN_A_NEW_ENVIRONMENT, ids=lambda case: case.id)
def test_a_rule_reads_and_changes_nothing(case: Case) -> None:
    """It says no, twice the same, and leaves books, counters and effects alone."""
    draft = draft_of(**dict[str, Any](case.switches))
    before = deepcopy(draft.books)
    sent = message(case.operation, case.changes)
    rejections = [RULES[case.rule].rejects(sent, draft) for _ in range(2)]
    assert rejections == [Rejection(case.rule, case.status, case.path, case.reason)] * 2
    assert (draft.books, draft.effects, draft.notes) == (before, [], [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_reason_is_a_sentence_for_people_that_json_can_hold(case: Case) -> None:
    """Short, of one line, and never the request's own text."""
    assert len(case.reason) <= 120
    assert case.reason.isprintable()
    assert json.loads(json.dumps({"field": case.reason}, ensure_ascii=False)) == {"field": case.reason}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Service Outage", True),
        ("service outage", True),
        ("  SERVICE \t\n OUTAGE  ", True),
        ("Service  Outage", True),
        ("ServiceOutage", False),
        ("Service Outages", False),
        ("Total Loss of Service", False),
        ("Service\u00a0Outage", False),
        ("Impaired Service", False),
        ("", False),
    ],
)
def test_what_is_a_total_loss_of_service(kind: str, expected: bool) -> None:  # noqa: FBT001 - a row of a table
    """White space and case do not count, all else does; a non-breaking space is not white to XML."""
    assert is_tlos(kind) == expected


def books_with(**changes: Any) -> Books:  # noqa: ANN401 - any field of a ticket
    """Books with one fault of SPDEV1's, known here as CS0000001."""
    books = Books()
    draft = draft_of(books)
    draft.add(ticket_of(**{"maintainer_reference": "CS0000001", **changes}))
    draft.commit()
    return books


@pytest.mark.parametrize(
    ("buyer", "reference", "claimed", "found"),
    [
        ("SPDEV1", "REF-1", None, True),
        ("SPDEV1", "REF-1", "", True),
        ("SPDEV1", "REF-1", "CS0000001", True),
        ("SPDEV1", "REF-1", "CS0000002", False),
        ("SPDEV1", "REF-1", "cs0000001", False),
        ("SPDEV1", "ref-1", None, False),
        ("SPDEV1", "REF-2", "CS0000001", False),
        ("SPDEV2", "REF-1", "CS0000001", False),
        ("SPDEV2", "REF-1", None, False),
    ],
)
def test_which_fault_a_message_speaks_of(buyer: str, reference: str, claimed: str | None, found: bool) -> None:  # noqa: FBT001
    """Both references fit, or the buyer's alone where the other is blank; another buyer's is never found."""
    references: Tree = {"buyerFaultReference": reference, "maintainerFaultReference": claimed}
    amend = message("amendFaultReport", references, {"buyerIdentifier": buyer})
    ticket = find_ticket(amend, draft_of(books_with()))
    assert (ticket is not None) == found


def test_a_pending_fault_is_found_by_the_buyers_reference_only() -> None:
    """It has no other yet; a blank one that is claimed is left out."""
    books = books_with(maintainer_reference="")
    for claimed, found in ((None, True), ("", True), ("CS0000001", False)):
        response = message("resolveResponse", {"maintainerFaultReference": claimed})
        assert (find_ticket(response, draft_of(books)) is not None) == found
    assert find_ticket(message("requestFaultReportUpdate"), draft_of(books)) is None


@pytest.mark.parametrize(
    ("details", "switch", "expected"),
    [
        ({"status": "cancelled"}, True, True),
        ({"status": "cancelled"}, False, False),
        ({"status": "closed"}, True, False),
        ({"description": "cancelled"}, True, False),
        (None, True, False),
    ],
)
def test_when_an_amend_cancels(details: Tree | None, switch: bool, expected: bool) -> None:  # noqa: FBT001
    """R25: by that status alone, and only where the switch lets it."""
    amend = message("amendFaultReport", {"faultDetails": details})
    assert asks_to_cancel(amend, draft_of(amend_cancels=switch)) == expected


@pytest.mark.parametrize(
    ("day", "start", "end", "expected"),
    [
        ("2026-01-07", "08:00", "13:00", "2026-01-07 08:00-13:00"),
        ("2026-01-07", "13:00", "18:00", "2026-01-07 13:00-18:00"),
        ("2026-01-07Z", "08:00", "13:00", "2026-01-07 08:00-13:00"),
        ("2026-01-07+14:00", "08:00", "13:00", "2026-01-07 08:00-13:00"),
        (" 2026-01-07\n", " 08:00 ", "13:00", "2026-01-07 08:00-13:00"),
        ("2026-01-07", "08:00", "18:00", None),
        ("2026-01-07", "13:00", "08:00", None),
        ("2026-01-11", "08:00", "13:00", None),
        ("-2026-01-07", "08:00", "13:00", None),
        ("12026-01-07", "08:00", "13:00", None),
    ],
)
def test_which_slot_is_wanted(day: str, start: str, end: str, expected: str | None) -> None:
    """A date's zone says nothing: the supplier's calendar is meant."""
    wanted = message("reserveAppointment", slot(day, start, end))
    found = wanted_slot(wanted)
    assert (found and str(found)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 6, 10, 6, 59, 59, tzinfo=UTC), None),
        (datetime(2026, 6, 10, 7, tzinfo=UTC), "The slot has begun or lies in the past"),
    ],
    ids=["before", "at-its-start"],
)
def test_a_slot_is_offered_until_it_begins(now: datetime, expected: str | None) -> None:
    """Eight o'clock in London is seven in UTC in summer."""
    draft = Draft(Books(), basis(), now, 1)
    rejection = slot_offered.rejects(message("reserveAppointment", slot("2026-06-10")), draft)
    assert (rejection and rejection.reason) == expected


@pytest.mark.parametrize(("days", "offered"), [(90, True), (91, False)])
def test_the_horizon_is_the_last_day_that_is_offered(days: int, offered: bool) -> None:  # noqa: FBT001 - a row
    """Ninety days ahead is open, the day after is not; both are working days here."""
    now = NOW + timedelta(days=2)
    day = date(2026, 1, 7) + timedelta(days=days)
    draft = Draft(Books(), basis(), now, 1)
    rejection = slot_offered.rejects(message("reserveAppointment", slot(day.isoformat())), draft)
    assert (rejection is None) == offered


def test_an_unlisted_address_is_a_region_of_its_own() -> None:
    """So that under inventory: any two of them do not share their engineers."""
    listed = message("reserveAppointment")
    other = message("reserveAppointment", {"cfh:addressKey": "OUR-ADDRESS"})
    assert region_of(listed, draft_of()) == "MK"
    assert region_of(other, draft_of()) == "OUR-ADDRESS"


def test_an_amend_may_repeat_the_key_in_force() -> None:
    """It is spent, but by this very fault; an earlier one of the fault's may not come back."""
    visits = tuple(Visit(key, None, None, None) for key in ("OLD", "NEW"))
    draft = draft_of(books_with(visits=visits))
    for key, refused in (("NEW", False), ("OLD", True), ("", False)):
        amend = message("amendFaultReport", {"appointment": {"appointmentReservationKey": key}})
        assert (amended_key_usable.rejects(amend, draft) is not None) == refused


def test_the_default_switches_take_the_contracts_side() -> None:
    """The stricter reading where one would hide a buyer's bug, the looser with a warning where the text disagrees."""
    settings = SupplierSettings()
    assert (settings.limits, settings.parent_reference) == ("warn", "warn")
    assert (settings.inventory, settings.appointment_keys, settings.tlos_without_key) == (
        "listed",
        "reserved",
        "reject",
    )


def test_a_good_message_passes_every_rule() -> None:
    """So that each no above is the case's own doing."""
    report = message("addFaultReport")
    draft = draft_of()
    assert [rule.rejects(report, draft) for rule in OPERATIONS["addFaultReport"].rules] == [None] * 8
    assert draft.notes == []


@pytest.mark.parametrize("kind", ["TLOS", "Total Loss of Service", "ServiceOutage", "service-outage", "Outage"])
def test_what_sounds_like_a_total_loss_is_warned_of(kind: str) -> None:
    """It is an ordinary fault, and a buyer who meant otherwise would never learn of appointments."""
    assert [("§2.6", "faultDetails/type")] == _warned_of_type(kind)


def test_an_ordinary_fault_is_not_warned_of() -> None:
    """Neither is the exact name of the total loss, with its key or without."""
    assert [] == _warned_of_type("Impaired Service")
    assert [] == _warned_of_type("Service Outage")


def _warned_of_type(kind: str) -> list[tuple[object, object]]:
    draft = draft_of()
    RULES["tlos-key"].check(message("addFaultReport", {"faultDetails": {"type": kind}}), draft)
    return [(note.data["ruling"], note.data["field"]) for note in draft.notes]
