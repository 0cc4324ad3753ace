"""Every attack of the corpus against a running simulator: its exact answer, nothing changed, nothing fetched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.figures import Figure
from tests.hostile.attack import TAKEN, Attack
from tests.hostile.attacks_on_the_meaning import ATTACKS as ON_THE_MEANING
from tests.hostile.attacks_on_the_parser import ATTACKS as ON_THE_PARSER
from tests.hostile.lures import CANARY, WATCHABLE, WHY_NOT, Lures, laid
from tests.messages import request
from tests.rig import Answer, Simulator, in_soap, name_of

ATTACKS = ON_THE_PARSER + ON_THE_MEANING
FAULT, APPOINTMENT = "addFaultReport", "queryAppointmentAvailability"
ANSWERS = {FAULT: "receivedFaultReport", APPOINTMENT: "queryAppointmentAvailabilityResponse"}
STATUSES = {"xml-not-well-formed": 500, "envelope": 500, "envelope-version": 500, "envelope-must-understand": 500}
"""Of a refusal, for fault operations (contract §1); all else, and all for appointments, is 400, unless said here."""
NAMES = {"Envelope", "Body", "Fault", "fault", "faultcode", "faultmessage", "faultstring", "detail", "rule", "reason"}
NAMES |= {
    "receivedFaultReport",
    "apiVersion",
    "buyerIdentifier",
    "sentAt",
    "messageId",
    "buyerFaultReference",
    "status",
}
NAMES |= {"responseCode", "errorMessage", "queryAppointmentAvailabilityResponse", "message", "correlationId", "buyer"}
NAMES |= {"seller", "sellerIdentifier", "queryAppointmentAvailabilityAccepted", "appointmentSlots", "appointmentSlot"}
NAMES |= {"appointmentDate", "appointmentStartTime", "appointmentEndTime"}
"""All elements that an answer to these may have: markup of a request's would be another."""

SENT: list[str] = []
"""The attacks that have been sent, once for each operation."""

pytestmark = pytest.mark.skipif(not WATCHABLE, reason=WHY_NOT)


@pytest.fixture
def lures(tmp_path: Path) -> Iterator[Lures]:
    """A file and two ports that no document may get anybody to."""
    with laid(tmp_path) as laid_out:
        yield laid_out


def status_of(rule: str, *, appointment: bool) -> int:
    if rule == TAKEN:
        return 200 if appointment else 201
    if rule == "body-too-big":
        return 413
    return 400 if appointment else STATUSES.get(rule, 400)


def is_our_own(answer: Answer) -> bool:
    """Well-formed, of no element but ours, and without what stands in the file."""
    return {name_of(one) for one in answer.root.iter()} <= NAMES and CANARY.encode() not in answer.body


def test_the_corpus_is_large_and_each_name_stands_for_one() -> None:
    """Sixty at least, and most of them for a bare document as for an enveloped one."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60


@pytest.mark.parametrize("operation", [FAULT, APPOINTMENT])
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_an_attack_gets_its_answer_and_nothing_else(
    simulator: Simulator, attack: Attack, operation: str, lures: Lures
) -> None:
    """The exact status and rule, bare and in an envelope; no file is opened, nobody is connected to."""
    appointment = operation == APPOINTMENT
    rule = attack.rule_for(appointment=appointment)
    for style in ("bare", "soap"):
        if attack.style not in {"", style}:
            continue
        document = request(operation, {} if appointment else {"buyerFaultReference": style})
        document = in_soap(document) if style == "soap" else document
        body = attack.make(document, lures)
        assert body not in {document, document.encode()}
        state, seq = simulator.state(), simulator.last_seq
        answer = await simulator.post(operation, body)
        assert is_our_own(answer)
        if rule == TAKEN:
            assert (status_of(rule, appointment=appointment), ANSWERS[operation]) == (answer.status, answer.name)
            assert appointment or attack.read == answer.text("messageId")
            continue
        assert status_of(rule, appointment=appointment) == answer.status
        refused = await simulator.one_refusal(seq, state)
        assert (rule, answer.status) == (refused["rule"], refused["status"])
    assert (0, 0) == (lures.opened(), lures.connected())
    SENT.append(attack.name)


def test_the_figures_of_the_corpus(figure: Figure) -> None:
    """Of all that were sent above, by this process."""
    assert len(SENT) <= 2 * len(ATTACKS)
    figure(f"{len(set(SENT))} attack documents to {len(ANSWERS)} operations: 0 files opened, 0 connections made")
