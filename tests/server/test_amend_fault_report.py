"""amendFaultReport over HTTP: what it changes field by field, cancelling, and what is only warned of."""

import pytest

from tests.conftest import Start
from tests.messages import FIRST_REFERENCE, Tree, amend, outage, slot
from tests.rig import Simulator, child_at, children, text_at
from tests.situations import reported, reserve, resolved

BARE = b"""<?xml version="1.0" encoding="UTF-8"?>
<receivedAmendFaultReport xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="../faultReport.xsd">
  <apiVersion>1.0</apiVersion>
  <buyerIdentifier>SPDEV1</buyerIdentifier>
  <sentAt>2026-01-05T09:00:00.000Z</sentAt>
  <messageId>MSG-2</messageId>
  <buyerFaultReference>REF-1</buyerFaultReference>
  <status>accepted</status>
  <responseCode>200</responseCode>
</receivedAmendFaultReport>
"""


async def test_an_amend_is_answered_to_the_byte(simulator: Simulator) -> None:
    """200, and the ticket's own status."""
    await reported(simulator)
    answer = await simulator.post("amendFaultReport", amend())
    assert (answer.status, answer.content_type) == (200, "application/xml; charset=utf-8")
    assert answer.body == BARE


async def test_an_amend_in_soap_is_answered_in_soap(simulator: Simulator) -> None:
    """The same message in an envelope."""
    await reported(simulator)
    answer = await simulator.post("amendFaultReport", amend(), soap=True)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    inside = b"".join(line.strip() for line in BARE.splitlines()[1:])
    stripped = b"".join(line.strip() for line in answer.body.splitlines()[1:])
    assert stripped == (
        b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        + inside
        + b"</soap:Body></soap:Envelope>"
    )


@pytest.mark.parametrize(("advance", "status"), [("PT0S", "accepted"), ("PT2H", "in-progress"), ("P1D", "resolved")])
async def test_the_answer_carries_the_present_status(simulator: Simulator, advance: str, status: str) -> None:
    """Whatever that is, and the amend does not change it."""
    await reported(simulator)
    await simulator.advance(advance)
    answer = await simulator.post("amendFaultReport", amend())
    await simulator.advance()
    assert (answer.text("status"), (await simulator.tickets())[0]["status"]) == (status, status)
    assert simulator.endpoint.statuses[-1] == status


@pytest.mark.parametrize("reference", [None, "", "  ", FIRST_REFERENCE], ids=["absent", "empty", "blank", "its-own"])
async def test_the_ticket_is_found_by_the_buyers_reference(simulator: Simulator, reference: str | None) -> None:
    """§2: the maintainer's may be left out or blank; where it is given it must fit."""
    await reported(simulator)
    answer = await simulator.post("amendFaultReport", amend({"maintainerFaultReference": reference}))
    assert answer.status == 200


COMMENT: Tree = {
    "value": "Call before noon.",
    "commentedBy": "buyer",
    "commentedTime": "2026-01-05T09:30:00Z",
}
UNCHANGED = {
    "reportDateTime": "2026-01-05T08:45:00Z",
    "reporterContactDetails/name": "Fault desk",
    "reporterContactDetails/phone": "01632 960001",
    "endUserContactDetails/name": "Occupier",
    "serviceAffected": "S21709",
    "maintainerFaultReference": FIRST_REFERENCE,
    "parentFaultReference": "",
    "faultDetails/description": "Slow since the weekend.",
    "faultDetails/type": "Impaired Service",
    "faultDetails/faultStartTime": "2026-01-03T18:00:00Z",
    "faultDetails/faultLocation": "1 Sample Street",
    "faultDetails/siteAccessDetails": "Ring the bell.",
    "faultDetails/siteAccessContactDetails/phone": "01632 960003",
    "faultDetails/triageComplete": "true",
    "faultDetails/triageFindings": "Throughput a tenth of what it should be.",
    "comment/value": None,
}
"""What the notification shows after an amend that changes nothing."""
CHANGES: list[tuple[Tree, dict[str, str]]] = [
    ({}, {}),
    ({"reportDateTime": "2026-01-05T08:50:00Z"}, {"reportDateTime": "2026-01-05T08:50:00Z"}),
    (
        {"reporterContactDetails": {"name": "Night desk", "phone": "2"}},
        {"reporterContactDetails/name": "Night desk", "reporterContactDetails/phone": "2"},
    ),
    ({"endUserContactDetails": {"name": "Neighbour"}}, {"endUserContactDetails/name": "Neighbour"}),
    ({"serviceAffected": "S30001"}, {"serviceAffected": "S30001"}),
    ({"parentFaultReference": "REF-1"}, {"parentFaultReference": "REF-1"}),
    ({"faultDetails": {"description": "Now it is gone."}}, {"faultDetails/description": "Now it is gone."}),
    ({"faultDetails": {"description": ""}}, {"faultDetails/description": ""}),
    ({"faultDetails": {"type": "Performance Issue"}}, {"faultDetails/type": "Performance Issue"}),
    ({"faultDetails": {"type": "Service Outage"}}, {"faultDetails/type": "Service Outage"}),
    (
        {"faultDetails": {"faultStartTime": "2026-01-02T10:00:00Z"}},
        {"faultDetails/faultStartTime": "2026-01-02T10:00:00Z"},
    ),
    ({"faultDetails": {"faultLocation": "At the back"}}, {"faultDetails/faultLocation": "At the back"}),
    ({"faultDetails": {"siteAccessDetails": "Key box"}}, {"faultDetails/siteAccessDetails": "Key box"}),
    (
        {"faultDetails": {"siteAccessContactDetails": {"phone": "3"}}},
        {"faultDetails/siteAccessContactDetails/phone": "3"},
    ),
    ({"faultDetails": {"triageComplete": "false"}}, {"faultDetails/triageComplete": "false"}),
    ({"faultDetails": {"triageFindings": "Loss of light"}}, {"faultDetails/triageFindings": "Loss of light"}),
    ({"comment": COMMENT}, {"comment/value": "Call before noon."}),
]


@pytest.mark.parametrize(
    ("changes", "shown"), CHANGES, ids=[f"{number}-{next(iter(row[1]), '')}" for number, row in enumerate(CHANGES)]
)
async def test_what_an_amend_names_changes_and_the_rest_stays(
    simulator: Simulator, changes: Tree, shown: dict[str, str]
) -> None:
    """Left out means unchanged; the notification of the amend shows the ticket as it now stands."""
    await reported(simulator)
    assert (await simulator.post("amendFaultReport", amend(changes))).status == 200
    await simulator.advance()
    assert simulator.endpoint.statuses == ["accepted", "accepted"]
    told = simulator.endpoint.received[1]
    assert UNCHANGED | shown == {path: text_at(told, path) for path in UNCHANGED}


async def test_the_priority_is_kept_although_no_page_shows_it(simulator: Simulator) -> None:
    """No notification lists priorityLevel; the books have the report's, then the amend's."""
    kept = []
    await reported(simulator)
    for changes in ({}, {"priorityLevel": "1"}, {"priorityLevel": None}):
        await simulator.post("amendFaultReport", amend(changes))
        kept.append(simulator.environment.supplier.books.tickets[1].priority_level)
    assert kept == ["2", "1", "1"]


async def test_an_amend_is_one_line_of_the_history(simulator: Simulator) -> None:
    """Updates of the buyer's are appended; that it was amended is told behind them."""
    await reported(simulator)
    update: Tree = {
        "description": "Router changed.",
        "updatedBy": "buyer",
        "updatedTime": "2026-01-05T08:58:00Z",
    }
    await simulator.post("amendFaultReport", amend({"updates": {"update": [update]}}))
    await simulator.advance()
    told = child_at(simulator.endpoint.received[1], "updates")
    assert [list(children(update).values()) for update in told] == [
        ["Created", "buyer", "2026-01-05T09:00:00.000Z"],
        ["Accepted", "seller", "2026-01-05T09:00:00.000Z"],
        ["Router changed.", "buyer", "2026-01-05T08:58:00Z"],
        ["Amended", "buyer", "2026-01-05T09:00:00.000Z"],
    ]


async def test_every_update_that_is_told_has_an_author_and_a_time(simulator: Simulator) -> None:
    """Contract §3: each is by buyer or seller and has a time, also where the buyer's message left both out."""
    await reported(simulator)
    await simulator.post("amendFaultReport", amend({"updates": {"update": [{"description": "Router changed."}]}}))
    await simulator.advance()
    told = child_at(simulator.endpoint.received[1], "updates")
    assert children(told[2]) == {
        "description": "Router changed.",
        "updatedBy": "buyer",
        "updatedTime": "2026-01-05T09:00:00.000Z",
    }


async def test_a_later_comment_replaces_an_earlier_one(simulator: Simulator) -> None:
    """The comment holds only the newest."""
    await reported(simulator)
    for number, said in enumerate(("First.", "Second."), start=10):
        changes: Tree = {"messageId": f"MSG-{number}", "comment": {**COMMENT, "value": said}}
        await simulator.post("amendFaultReport", amend(changes))
    await simulator.advance()
    assert [text_at(told, "comment/value") for told in simulator.endpoint.received] == [None, "First.", "Second."]


@pytest.mark.parametrize("element", ["type", "faultLocation", "siteAccessDetails", "triageFindings"])
async def test_a_blank_detail_that_can_not_be_blank_counts_as_left_out(simulator: Simulator, element: str) -> None:
    """§2: a notification could not show it; the warning names the element as the contract spells it."""
    await reported(simulator)
    assert (await simulator.post("amendFaultReport", amend({"faultDetails": {element: "  "}}))).status == 200
    await simulator.advance()
    shown = text_at(simulator.endpoint.received[1], f"faultDetails/{element}")
    assert UNCHANGED[f"faultDetails/{element}"] == shown
    assert await simulator.warnings() == [("§2", f"faultDetails/{element}")]


@pytest.mark.parametrize("element", ["serviceAffected", "parentFaultReference"])
async def test_a_blank_field_leaves_the_ticket_as_it_was(simulator: Simulator, element: str) -> None:
    """A service can't be taken away, and a blank parent names nothing."""
    await reported(simulator)
    assert (await simulator.post("amendFaultReport", amend({element: " "}))).status == 200
    await simulator.advance()
    assert UNCHANGED[element] == text_at(simulator.endpoint.received[1], element)


async def test_the_status_cancelled_cancels(simulator: Simulator) -> None:
    """R25: the answer says so at once; the buyer hears of the amend, then of the cancellation, then of nothing."""
    await reported(simulator)
    answer = await simulator.post("amendFaultReport", amend({"faultDetails": {"status": "cancelled"}}))
    assert (answer.status, answer.text("status")) == (200, "cancelled")
    await simulator.advance("P30D")
    assert simulator.endpoint.statuses == ["accepted", "accepted", "cancelled"]
    told = child_at(simulator.endpoint.received[2], "updates")
    assert list(children(told[-1]).values()) == [
        "Cancelled - by the buyer",
        "buyer",
        "2026-01-05T09:00:00.000Z",
    ]


@pytest.mark.parametrize("status", ["pending", "accepted", "closed", "resolved", "rejected", "on-hold", "open"])
async def test_any_other_status_is_ignored_with_a_warning(simulator: Simulator, status: str) -> None:
    """R25: only the supplier moves a ticket."""
    await reported(simulator)
    answer = await simulator.post("amendFaultReport", amend({"faultDetails": {"status": status}}))
    assert (answer.status, answer.text("status")) == (200, "accepted")
    assert await simulator.warnings() == [("R25", "faultDetails/status")]


async def test_a_resolved_fault_may_be_amended_and_still_closes(simulator: Simulator) -> None:
    """The 48 hours run from the resolution."""
    await resolved(simulator)
    await simulator.advance("PT47H")
    assert (await simulator.post("amendFaultReport", amend())).text("status") == "resolved"
    await simulator.advance("PT1H")
    assert (await simulator.tickets())[0]["status"] == "closed"


async def test_reappointing_frees_the_old_slot(start: Start) -> None:
    """§3: query and reserve, then amend with the new key; another buyer may then have the old slot."""
    simulator = await start(diary={"capacity": 1})
    first = await reserve(simulator)
    assert (await simulator.post("addFaultReport", outage(first))).status == 201
    second = await reserve(simulator, slot("2026-01-09"), {"cfh:reappointment": "true"})
    changes: Tree = {"appointment": {"appointmentReservationKey": second}}
    assert (await simulator.post("amendFaultReport", amend(changes))).status == 200
    third = await reserve(simulator)
    assert len({first, second, third}) == 3


async def test_cancelling_frees_the_slot(start: Start) -> None:
    """Nobody comes to a cancelled fault (an assumption): its place is another's."""
    simulator = await start(diary={"capacity": 1})
    await simulator.post("addFaultReport", outage(await reserve(simulator)))
    await simulator.advance()
    await simulator.post("amendFaultReport", amend({"faultDetails": {"status": "cancelled"}}))
    await reserve(simulator)


async def test_a_fault_is_not_resolved_before_its_new_appointment_is_over(simulator: Simulator) -> None:
    """Reappointed while in progress, from Wednesday to Friday: it is resolved on Friday at the soonest."""
    key = await reserve(simulator)
    await simulator.post("addFaultReport", outage(key))
    await simulator.advance("PT2H")
    later = await reserve(simulator, slot("2026-01-09"))
    await simulator.post("amendFaultReport", amend({"appointment": {"appointmentReservationKey": later}}))
    await simulator.advance("P3DT22H")
    assert (await simulator.tickets())[0]["status"] == "in-progress"
    await simulator.advance("PT4H")
    assert (await simulator.tickets())[0]["status"] == "resolved"


async def test_the_ticket_s_own_key_again_changes_nothing(simulator: Simulator) -> None:
    """A buyer that sends the whole report again amends nothing by it."""
    key = await reserve(simulator)
    await simulator.post("addFaultReport", outage(key))
    await simulator.advance()
    changes: Tree = {"appointment": {"appointmentReservationKey": key}}
    assert (await simulator.post("amendFaultReport", amend(changes))).status == 200
    assert len((await simulator.tickets())[0]["appointments"]) == 1


async def test_any_fault_may_be_given_an_appointment_by_an_amend(simulator: Simulator) -> None:
    """R28: the TLOS rule binds the report, not the amend."""
    await reported(simulator)
    key = await reserve(simulator)
    answer = await simulator.post("amendFaultReport", amend({"appointment": {"appointmentReservationKey": key}}))
    assert (answer.status, len((await simulator.tickets())[0]["appointments"])) == (200, 1)
