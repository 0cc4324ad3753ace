"""Every switch of the supplier, each of its values, as a buyer sees it over HTTP."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from simulator.cityfibre import SupplierSettings
from tests import observations as seen_as
from tests.conftest import Start
from tests.rig import Simulator

Observe = Callable[[Simulator], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is observed under each value of a switch, whose name is dotted where it stands in a group."""

    switch: str
    observe: Observe
    expected: dict[Any, object]


TEN = "2026-01-05T10:00:00.000Z"
DEFAULT_LIFE = ["05T09:00 accepted", "05T11:00 in-progress", "06T09:00 resolved", "08T09:00 closed"]
EIGHT_ATTEMPTS = [
    "05T09:00:00.000",
    "05T09:00:30.000",
    "05T09:02:30.000",
    "05T09:12:30.000",
    "05T10:12:30.000",
    "05T16:12:30.000",
    "06T04:12:30.000",
    "07T04:12:30.000",
]
SHAKEN = [
    "05T09:00:00.000",
    "05T09:00:25.969",
    "05T09:02:15.779",
    "05T09:12:21.413",
    "05T09:55:37.315",
    "05T18:10:11.460",
    "06T06:17:58.361",
    "07T06:00:53.636",
]
SEEN = (
    Seen(
        "envelope",
        seen_as.wrapping,
        {
            "mirror": "bare soap bare soap bare bare soap",
            "soap": "soap soap soap soap soap soap soap",
            "bare": "bare bare bare bare bare bare bare",
            "sampled": "bare bare soap soap bare bare soap",
        },
    ),
    Seen(
        "notification_envelope",
        seen_as.notified,
        {
            "bare": (False, "application/xml; charset=utf-8", None),
            "soap": (True, "text/xml; charset=utf-8", '""'),
        },
    ),
    Seen(
        "http_status",
        seen_as.statuses,
        {
            "documented": [201, 400, 403, 400, 400, 500, 400, 404],
            "always-200": [200, 200, 200, 200, 200, 500, 200, 404],
        },
    ),
    Seen(
        "fault_style",
        seen_as.enveloped_fault,
        {
            "soap": (["faultcode", "faultstring", "detail"], "soap:Client"),
            "supplier": (["faultcode", "faultmessage", "detail"], "soap:Client"),
        },
    ),
    Seen(
        "notification_schema",
        seen_as.appointments_told,
        {
            "documented": ("appointments", "true"),
            "xsd": ("appointment", "true"),
            "verbatim": ("appointments", None),
        },
    ),
    Seen("source_addresses", seen_as.from_this_machine, {"none": 201, "192.0.2.0/24,2001:db8::/32": 403}),
    Seen("limits", seen_as.a_long_message_id, {"warn": (201, [("R10", "messageId")]), "enforce": (400, [])}),
    Seen("reference_format", seen_as.reference, {"CS{:07d}": "CS0053224", "TIC-{:06d}": "TIC-053224"}),
    Seen(
        "amend_cancels",
        seen_as.cancelling,
        {True: ("cancelled", []), False: ("accepted", [("R25", "faultDetails/status")])},
    ),
    Seen(
        "tlos_without_key",
        seen_as.outage_without_key,
        {
            "reject": (403, "rejected", [], []),
            "wait": (201, "pending", [], ["pending", "accepted", "in-progress"]),
        },
    ),
    Seen(
        "appointment_rejection",
        seen_as.refused_appointment,
        {"element": (200, "reserveAppointmentResponse"), "fault": (400, "fault")},
    ),
    Seen("appointment_broken_xml", seen_as.broken_appointment, {400: [400, 500], 500: [500, 500]}),
    Seen(
        "inventory",
        seen_as.strangers,
        {
            "listed": (400, "reserveAppointmentRejected", []),
            "any": (
                201,
                "reserveAppointmentAccepted",
                ["buyerIdentifier", "serviceAffected", "buyer/buyerIdentifier", "addressKey", "productName"],
            ),
        },
    ),
    Seen("parent_reference", seen_as.orphan, {"warn": (201, 200), "enforce": (400, 400)}),
    Seen("appointment_keys", seen_as.unreserved_key, {"reserved": (403, 400), "any": (201, 200)}),
    Seen("validate_sent", seen_as.an_invalid_notification, {True: (0, 1), False: (1, 0)}),
    Seen(
        "default_life.accept_after",
        seen_as.changes,
        {
            "PT0S": DEFAULT_LIFE,
            "PT5M": ["05T09:05 accepted", "05T11:05 in-progress", "06T09:05 resolved", "08T09:05 closed"],
        },
    ),
    Seen(
        "default_life.start_after",
        seen_as.changes,
        {
            "PT2H": DEFAULT_LIFE,
            "PT0S": ["05T09:00 accepted", "05T09:00 in-progress", "06T07:00 resolved", "08T07:00 closed"],
        },
    ),
    Seen(
        "default_life.resolve_after",
        seen_as.changes,
        {"PT22H": DEFAULT_LIFE, "P1D": [*DEFAULT_LIFE[:2], "06T11:00 resolved", "08T11:00 closed"]},
    ),
    Seen(
        "default_life.close_after",
        seen_as.changes,
        {"PT48H": DEFAULT_LIFE, "P7D": [*DEFAULT_LIFE[:3], "13T09:00 closed"]},
    ),
    Seen(
        "default_life.up_to",
        seen_as.changes,
        {"resolved": DEFAULT_LIFE, "in-progress": DEFAULT_LIFE[:2], "accepted": DEFAULT_LIFE[:1], "pending": []},
    ),
    Seen(
        "delivery.retry",
        seen_as.attempts,
        {
            ("PT30S", "PT2M", "PT10M", "PT1H", "PT6H", "PT12H", "PT24H"): EIGHT_ATTEMPTS,
            (): EIGHT_ATTEMPTS[:1],
            ("PT1M", "PT0S"): ["05T09:00:00.000", "05T09:01:00.000", "05T09:01:00.000"],
        },
    ),
    Seen(
        "delivery.jitter",
        seen_as.attempts,
        {0.0: EIGHT_ATTEMPTS, 0.5: SHAKEN},
    ),
    Seen("sla.priority_1", seen_as.deadline_of("1"), {10: "2026-01-06T09:00:00.000Z", 1: TEN}),
    Seen("sla.priority_2", seen_as.deadline_of("2"), {20: "2026-01-07T09:00:00.000Z", 1: TEN}),
    Seen("sla.priority_3", seen_as.deadline_of("3"), {30: "2026-01-08T09:00:00.000Z", 1: TEN}),
    Seen("sla.priority_4", seen_as.deadline_of("4"), {40: "2026-01-09T09:00:00.000Z", 1: TEN}),
    Seen("sla.other", seen_as.deadline_of("5"), {20: "2026-01-07T09:00:00.000Z", 1: TEN}),
    Seen(
        "sla.calendar",
        seen_as.deadline_of("2"),
        {"working": "2026-01-07T09:00:00.000Z", "always": "2026-01-06T05:00:00.000Z"},
    ),
    Seen("attachments.most_bytes", seen_as.a_file_of_eleven_bytes, {10485760: 201, 10: 413}),
    Seen("diary.capacity", seen_as.places, {4: 4, 0: 0, 1: 1}),
    Seen("diary.hold", seen_as.valid_until, {"PT12H": "2026-01-05T21:00:00.000Z", "P1D": "2026-01-06T09:00:00.000Z"}),
    Seen("diary.window", seen_as.days_offered, {14: (12, ["2026-01-24"]), 3: (3, ["2026-01-14"])}),
    Seen("diary.horizon", seen_as.days_offered, {90: (12, ["2026-01-24"]), 10: (4, ["2026-01-15"]), 6: (0, [])}),
)


def _switches(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, list[object]]]:
    """Each switch with its dotted name, its default, and every value that it can have, where they are counted."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _switches(kind, f"{prefix}{name}.")
        elif get_origin(kind) is Literal:
            yield prefix + name, [*get_args(kind)]
        else:
            yield prefix + name, [True, False] if kind is bool else []


def test_every_value_of_every_switch_is_observed() -> None:
    """A new switch, or a new value of one, makes this red until somebody shows what it does."""
    seen = {one.switch: list(one.expected) for one in SEEN}
    switches = dict(_switches(SupplierSettings))
    assert set(switches) == set(seen)
    assert {name: values for name, values in switches.items() if values} == {
        name: values for name, values in seen.items() if switches[name]
    }


def test_a_switch_makes_a_difference() -> None:
    """No two values of a switch look alike."""
    for one in SEEN:
        shown = list(one.expected.values())
        assert all(shown.count(what) == 1 for what in shown), one.switch


@pytest.mark.parametrize(
    ("seen", "value"),
    [(one, value) for one in SEEN for value in one.expected],
    ids=[f"{one.switch}={value}" for one in SEEN for value in one.expected],
)
async def test_a_switch_does_what_it_says(start: Start, seen: Seen, value: object) -> None:
    """What is observed over HTTP under that value."""
    group, _, name = seen.switch.rpartition(".")
    simulator = await start(**({group: {name: value}} if group else {name: value}))
    assert seen.expected[value] == await seen.observe(simulator)


@pytest.mark.parametrize(
    "seen",
    [one for one in SEEN if one.switch != "validate_sent"],  # which is always on in tests
    ids=lambda seen: seen.switch,
)
async def test_the_first_value_is_the_default(start: Start, seen: Seen) -> None:
    """Nothing set, and it looks the same."""
    simulator = await start()
    assert next(iter(seen.expected.values())) == await seen.observe(simulator)
