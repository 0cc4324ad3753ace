"""``lint``: what is told of a scenario that can be read and can't be meant; and what is rightly not told."""

from collections.abc import Mapping

import pytest

from simulator.cityfibre import SupplierSettings, inventory
from simulator.scenario.lint import lint, unused
from simulator.scenario.loader import load
from tests.scenario.stories import HEAD

REPORT = "- buyer: addFaultReport\n"
ACCEPTED = REPORT + "- supplier: accept\n"
VISIT = (
    "- {buyer: queryAppointmentAvailability, as: offer}\n"
    "- {buyer: reserveAppointment, as: held, fill: {appointmentSlot: $offer.appointmentSlot}}\n"
    "- buyer: addFaultReport\n"
    "  with:\n"
    "    faultDetails: {type: Service Outage}\n"
    "    appointment: {appointmentReservationKey: $held.appointmentReservationKey}\n"
    "- supplier: accept\n"
)
REBOOKED = (
    "- {buyer: amendFaultReport, fill: {appointment: {appointmentReservationKey: $held.appointmentReservationKey}}}\n"
)


def findings(steps: str, head: str = "", switches: Mapping[str, object] | None = None) -> list[str]:
    """What is told of a scenario of these steps."""
    source = load(HEAD.replace("steps:", f"{head}steps:") + steps, "story.yaml")
    settings = SupplierSettings.model_validate(switches or {})
    found = [*unused(source), *lint(source.scripts[0], inventory.default(), settings)]
    return [message for _, message in found]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (
            "- supplier: accept\n",
            (
                "steps[0]: supplier accept: no fault has been reported by then; a step before it must be "
                "`buyer: addFaultReport`"
            ),
        ),
        (
            REPORT + "- supplier: start\n",
            (
                "steps[1]: supplier start: the fault is pending by then, and it must be accepted or open or re-opened; "
                "put `supplier: accept` before it"
            ),
        ),
        (
            ACCEPTED + "- supplier: resume\n",
            "steps[2]: supplier resume: the fault is accepted by then, and it must be on-hold",
        ),
        (
            ACCEPTED + "- supplier: cancel\n- supplier: {comment}\n".replace("{comment}", "comment\n  value: Done"),
            (
                "steps[3]: supplier comment: the fault is cancelled by then, and it must be accepted or open or "
                "in-progress or on-hold or resolved or re-opened"
            ),
        ),
        (
            ACCEPTED + "- supplier: confirm-appointment\n",
            (
                "steps[2]: supplier confirm-appointment: the fault has no appointment by then; report it with an "
                "appointmentReservationKey"
            ),
        ),
        (
            VISIT + "- supplier: cancel-appointment\n- supplier: confirm-appointment\n",
            (
                "steps[5]: supplier confirm-appointment: its appointment is cancelled by then; the buyer "
                "books another by "
                "an amend"
            ),
        ),
        (
            ACCEPTED + "- check: {state: resolved}\n",
            "steps[2]: check: the fault is accepted by then, never resolved",
        ),
        (
            VISIT + "- check: {appointment: missed}\n",
            "steps[4]: check: its appointment is booked by then, never missed",
        ),
        ("- check: {state: accepted}\n", "steps[0]: check: no fault has been reported by then"),
        (
            ACCEPTED + "- buyer: resolveResponse\n",
            "steps[2]: buyer resolveResponse: it will be refused: the fault is accepted by then, not resolved",
        ),
        (
            "- buyer: amendFaultReport\n",
            "steps[0]: buyer amendFaultReport: it will be refused: no fault has been reported by then",
        ),
        (
            ACCEPTED + "- supplier: cancel\n- expect: amendFaultReport\n",
            "steps[3]: expect amendFaultReport: it will be refused: the fault is cancelled by then, and has ended",
        ),
        (
            ACCEPTED + "- wait: appointment-start\n- check: {tickets: 1}\n",
            "steps[2]: wait appointment-start: the fault has no appointment by then",
        ),
        (
            VISIT + "- supplier: miss-appointment\n  by: seller\n- wait: appointment-end\n- check: {tickets: 1}\n",
            "steps[5]: wait appointment-end: its appointment is missed by then",
        ),
        (
            "- wait: sla-deadline\n- check: {tickets: 0}\n",
            "steps[0]: wait sla-deadline: no fault has been reported by then",
        ),
        (
            "- buyer: reserveAppointment\n",
            (
                "steps[0]: buyer reserveAppointment: it says no appointmentSlot; query before it, and fill "
                "in that of the "
                "answer"
            ),
        ),
        (
            "- {buyer: addFaultReport, with: {faultDetails: {type: service  outage}}}\n",
            (
                "steps[0]: buyer addFaultReport: it will be refused by tlos-key: a fault of type Service Outage needs "
                "an appointmentReservationKey"
            ),
        ),
        (
            "- {buyer: addFaultReport, with: {appointment: {appointmentReservationKey: X}}}\n",
            (
                "steps[0]: buyer addFaultReport: it will be refused by tlos-key: only a fault of type Service Outage "
                "may have an appointmentReservationKey"
            ),
        ),
        (
            ACCEPTED + "- wait: PT1H\n",
            "steps[2]: nothing follows this wait; end with a check, or leave it out",
        ),
        (
            "- {buyer: addFaultReport, with: {serviceAffected: S2170}}\n",
            "steps[0].with.serviceAffected: no service `S2170` is in the inventory — did you mean `S21709`?",
        ),
        (
            "- {expect: addFaultReport, where: {serviceAffected: S3000}}\n",
            "steps[0].where.serviceAffected: no service `S3000` is in the inventory — did you mean `S30020`?",
        ),
    ],
)
def test_what_no_state_allows_is_told(steps: str, told: str) -> None:
    """In one sentence each, which says what is so by then."""
    assert findings(steps) == [told]


@pytest.mark.parametrize(
    ("steps", "switches"),
    [
        (ACCEPTED + "- supplier: start\n- supplier: resolve\n- buyer: resolveResponse\n- check: {state: closed}\n", {}),
        (ACCEPTED + "- supplier: resolve\n- wait: PT48H\n- check: {state: closed}\n", {}),
        (ACCEPTED + "- supplier: resolve\n- expect: resolveResponse\n- check: {state: re-opened}\n", {}),
        (
            ACCEPTED + "- supplier: resolve\n- {buyer: resolveResponse, with: {resolveAccepted: false}}\n"
            "- supplier: start\n- check: {state: in-progress}\n",
            {},
        ),
        (
            ACCEPTED + "- {buyer: amendFaultReport, with: {faultDetails: {status: cancelled}}}\n"
            "- check: {state: cancelled}\n- {buyer: amendFaultReport, refused_by: ticket-amendable}\n",
            {},
        ),
        (VISIT + "- supplier: miss-appointment\n  by: seller\n" + REBOOKED + "- supplier: confirm-appointment\n", {}),
        (
            (
                "- {buyer: queryAppointmentAvailability, as: offer}\n- buyer: reserveAppointment\n"
                "  with: {appointmentSlot: {}}\n  fill: {appointmentSlot: $offer.appointmentSlot}\n"
            ),
            {},
        ),
        (VISIT + "- supplier: cancel\n- check: {appointment: cancelled}\n", {}),
        (VISIT + "- wait: appointment-end\n- supplier: complete-appointment\n  closure_code: FR\n", {}),
        ("- expect: addFaultReport\n- supplier: accept\n- wait: appointment-end\n- check: {tickets: 1}\n", {}),
        ("- {buyer: addFaultReport, with: {faultDetails: {type: Service Outage}}}\n", {"tlos_without_key": "wait"}),
        ("- {buyer: addFaultReport, with: {faultDetails: {type: Service Outage}}, refused_by: tlos-key}\n", {}),
        ("- {buyer: addFaultReport, with: {serviceAffected: OURS}}\n", {"inventory": "any"}),
        ("- {buyer: addFaultReport, with: {serviceAffected: OURS}, refused_by: service-known}\n", {}),
        (
            ACCEPTED + "- {buyer: amendFaultReport, with: {faultDetails: {status: cancelled}}}\n- supplier: start\n",
            {"amend_cancels": False},
        ),
        ("- {expect: addFaultReport, where: {serviceAffected: {matches: ^S3}}}\n- supplier: accept\n", {}),
        ("- {buyer: addFaultReport, body: '<addFaultReport/>', refused_by: xsd}\n- check: {tickets: 0}\n", {}),
    ],
)
def test_what_can_happen_is_not_told(steps: str, switches: Mapping[str, object]) -> None:
    """No false alarm: whoever reads one stops reading them."""
    assert findings(steps, switches=switches) == []


def test_a_parameter_that_nothing_uses_is_told() -> None:
    """But for ``service``, which the buyer that we play reads itself."""
    parameters = "parameters: {service: S30001, reason: x, day: y}\n"
    assert findings(ACCEPTED + "- supplier: put-on-hold\n  reason: $reason\n", parameters) == [
        "parameters.day: no step uses `$day`"
    ]


def test_a_service_to_match_by_must_be_known() -> None:
    """Else no ticket is ever led."""
    assert findings(ACCEPTED, "match: {service: S99}\n") == ["match.service: no service `S99` is in the inventory"]
