"""Every way in which a rule says no, as a table: what was before, what is sent, and what is answered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.messages import FIRST_REFERENCE, Tree, merged, slot
from tests.situations import (
    Prepare,
    after_report,
    cancelled,
    closed,
    expired,
    full,
    nothing,
    of_another_address,
    of_another_buyer,
    reported,
    resolved,
    spent,
)

LONG = "R" * 37
KEY = "appointment/appointmentReservationKey"
NOBODY = "No buyer known with that identifier; list it in the inventory, or start with --inventory any"
NO_SERVICE = "No service of this buyer with that identifier; list it in the inventory, or start with --inventory any"
NO_LIVE_SERVICE = "That service is not live; the inventory lists it with live: false"
NO_WORKFLOW = "No workflow found with that reference"
NO_FAULT = "No fault of this buyer with that reference"
NO_KEY = "No appointment is reserved under that key"
SPENT = "That key has been used"
ELSEWHERE = "The appointment is reserved for another address than this service's"
REFERENCE_USED = "A fault of this buyer has that reference already"
NEEDS_KEY = "A fault of the type Service Outage needs an appointment reservation key"
NO_KEY_ALLOWED = (
    "Only a fault of the type Service Outage may carry an appointment reservation key; this one is Impaired Service"
)
NO_ADDRESS = "No address known with that key; list it in the inventory, or start with --inventory any"
NO_PRODUCT = "No product known with that name; list it in the inventory, or start with --inventory any"
NOT_OFFERED = "No such slot is offered; query the availability for those that are"


@dataclass(frozen=True, slots=True)
class Case:
    """One refusal: by which rule of which operation, what is sent, and what is said of which field of it.

    ``at`` is where the message lacks the field: the last element on the way to it that is there.
    """

    operation: str
    rule: str
    name: str
    changes: Tree
    path: str
    reason: str
    at: str | None = None
    status: int = 400
    prepare: Prepare = nothing
    switches: Mapping[str, object] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """How pytest shows it."""
        return f"{self.operation}-{self.rule}-{self.name}"

    @property
    def place(self) -> str:
        """The path that the journal names, below the message."""
        return self.path if self.at is None else self.at


def change(path: str, text: str | None) -> Tree:
    """The change of one element at a path."""
    first, _, rest = path.partition("/")
    return {first: change(rest, text) if rest else text}


TLOS = change("faultDetails/type", "Service Outage")
CANCEL = change("faultDetails/status", "cancelled")
ENFORCED: Mapping[str, object] = {"limits": "enforce"}
ENFORCED_PARENT: Mapping[str, object] = {"parent_reference": "enforce"}
NOT_YET: Mapping[str, object] = {"default_life": {"accept_after": "PT1H"}}

_LIMITS = (
    ("addFaultReport", "apiVersion"),
    ("addFaultReport", "messageId"),
    ("addFaultReport", "buyerFaultReference"),
    ("addFaultReport", "maintainerFaultReference"),
    ("addFaultReport", "parentFaultReference"),
    ("amendFaultReport", "maintainerFaultReference"),
    ("resolveResponse", "rejectedReason"),
    ("requestFaultReportUpdate", "buyerFaultReference"),
)


def _limits() -> Iterator[Case]:
    """The tables' limits, where the switch enforces them."""
    for operation, name in _LIMITS:
        reason = "37 characters; the table allows 36"
        yield Case(operation, "table-limit", name, {name: LONG}, name, reason, switches=ENFORCED)
    for name in ("sentAt", "reportDateTime"):
        reason = "27 characters; the table allows 25"
        changes = change(name, "2026-01-05T08:59:58.250001Z")
        yield Case("addFaultReport", "table-limit", name, changes, name, reason, switches=ENFORCED)
    reason = "missing; the table requires it, the XSD does not"
    changes = change("sentAt", None)
    yield Case("addFaultReport", "table-limit", "no-sentAt", changes, "sentAt", reason, at="", switches=ENFORCED)


def _buyers() -> Iterator[Case]:
    """Buyers that nobody knows: the names are compared as they are."""
    for name, buyer in (("unknown", "NOBODY"), ("blank", ""), ("lower-case", "spdev1")):
        for operation in ("addFaultReport", "amendFaultReport", "resolveResponse", "requestFaultReportUpdate"):
            changes = change("buyerIdentifier", buyer)
            yield Case(operation, "buyer-known", name, changes, "buyerIdentifier", NOBODY)
    for operation in ("queryAppointmentAvailability", "reserveAppointment"):
        path = "buyer/buyerIdentifier"
        changes = change(path, "NOBODY")
        yield Case(operation, "appointment-buyer-known", "unknown", changes, path, NOBODY, status=200)


def _reports() -> Iterator[Case]:
    def case(rule: str, name: str, changes: Tree, path: str, reason: str, **more: Any) -> Case:  # noqa: ANN401 - as Case
        return Case("addFaultReport", rule, name, changes, path, reason, **more)

    absent = change("faultDetails", None)
    yield case(
        "fault-details-present", "left-out", absent, "faultDetails", "The details of the fault are missing", at=""
    )
    for prepare in (reported, closed, cancelled):
        again = {"messageId": "MSG-9"}
        yield case("reference-unused", prepare.__name__, again, "buyerFaultReference", REFERENCE_USED, prepare=prepare)
    for name, service, reason in (
        ("unknown", "S99999", NO_SERVICE),
        ("of-another-buyer", "S40001", NO_SERVICE),
        ("not-live", "S30019", NO_LIVE_SERVICE),
    ):
        yield case("service-known", name, {"serviceAffected": service}, "serviceAffected", reason)
    orphan = {"parentFaultReference": "NO-SUCH"}
    yield case("parent-known", "unknown", orphan, "parentFaultReference", NO_FAULT, switches=ENFORCED_PARENT)
    yield case("tlos-key", "outage-without-appointment", TLOS, KEY, NEEDS_KEY, at="", status=403)
    yield case("tlos-key", "outage-with-blank-key", merged(TLOS, change(KEY, " ")), KEY, NEEDS_KEY, status=403)
    yield case("tlos-key", "other-type-with-key", change(KEY, "ANY"), KEY, NO_KEY_ALLOWED, status=403)
    for name, carried, reason, before in KEYS:
        yield case("key-usable", name, merged(TLOS, carried), KEY, reason, status=403, prepare=before)


KEYS: tuple[tuple[str, Tree, str, Prepare], ...] = (
    ("unknown", change(KEY, "A" * 32), NO_KEY, nothing),
    ("of-another-buyer", {}, NO_KEY, of_another_buyer),
    ("of-another-address", {}, ELSEWHERE, of_another_address),
    ("spent", {}, SPENT, spent),
    ("expired", {}, "The reservation has expired", expired),
)


def _of_tickets() -> Iterator[Case]:
    """References that lead nowhere; the same for amend, resolve and request."""
    for operation in ("amendFaultReport", "resolveResponse", "requestFaultReportUpdate"):
        for name, changes in (
            ("unknown", {"buyerFaultReference": "NO-SUCH", "maintainerFaultReference": FIRST_REFERENCE}),
            ("not-that-pair", {"maintainerFaultReference": "CS0000001"}),
            ("of-another-buyer", {"buyerIdentifier": "SPDEV2", "maintainerFaultReference": FIRST_REFERENCE}),
        ):
            path = "maintainerFaultReference"
            yield Case(operation, "ticket-known", name, changes, path, NO_WORKFLOW, prepare=reported)
    blank = {"buyerFaultReference": "NO-SUCH", "maintainerFaultReference": " "}
    path = "maintainerFaultReference"
    yield Case("resolveResponse", "ticket-known", "blank", blank, path, NO_WORKFLOW, prepare=reported)
    absent = {"buyerFaultReference": "NO-SUCH"}
    yield Case("amendFaultReport", "ticket-known", "absent", absent, path, NO_WORKFLOW, at="", prepare=reported)


def _amends() -> Iterator[Case]:
    def case(rule: str, name: str, changes: Tree, path: str, reason: str, **more: Any) -> Case:  # noqa: ANN401 - as Case
        return Case("amendFaultReport", rule, name, changes, path, reason, **more)

    for state, prepare in (("closed", closed), ("cancelled", cancelled)):
        reason = f"The fault is {state} and can no longer be amended"
        yield case("ticket-amendable", state, {}, "buyerFaultReference", reason, prepare=prepare)
    path = "faultDetails/status"
    pending, done = ("The fault is pending and can't be cancelled", "The fault is resolved and can't be cancelled")
    yield case("ticket-cancellable", "pending", CANCEL, path, pending, prepare=reported, switches=NOT_YET)
    yield case("ticket-cancellable", "resolved", CANCEL, path, done, prepare=resolved)
    for name, service, reason in (
        ("unknown", "S99999", NO_SERVICE),
        ("of-another-buyer", "S40001", NO_SERVICE),
        ("not-live", "S30019", NO_LIVE_SERVICE),
    ):
        changes = {"serviceAffected": service}
        yield case("amended-service-known", name, changes, "serviceAffected", reason, prepare=reported)
    orphan = {"parentFaultReference": "NO-SUCH"}
    more: dict[str, Any] = {"prepare": reported, "switches": ENFORCED_PARENT}
    yield case("amended-parent-known", "unknown", orphan, "parentFaultReference", NO_FAULT, **more)
    for name, carried, reason, before in KEYS:
        yield case("amended-key-usable", name, carried, KEY, reason, prepare=after_report(before))


def _responses() -> Iterator[Case]:
    for state, prepare, switches in (
        ("pending", reported, NOT_YET),
        ("accepted", reported, {}),
        ("closed", closed, {}),
        ("cancelled", cancelled, {}),
    ):
        reason = f"The fault is {state}; only a resolved fault can be accepted or rejected"
        more: dict[str, Any] = {"prepare": prepare, "switches": switches}
        yield Case("resolveResponse", "ticket-resolved", state, {}, "buyerFaultReference", reason, **more)
    silent = change("resolveAccepted", None)
    more = {"at": "", "prepare": resolved}
    yield Case("resolveResponse", "answer-given", "left-out", silent, "resolveAccepted", "Say true or false", **more)


def _appointments() -> Iterator[Case]:
    def case(operation: str, rule: str, name: str, changes: Tree, path: str, reason: str, **more: Any) -> Case:  # noqa: ANN401 - as Case
        return Case(operation, rule, name, changes, path, reason, status=200, **more)

    for operation, key in (("queryAppointmentAvailability", "addressKey"), ("reserveAppointment", "cfh:addressKey")):
        yield case(operation, "address-known", "unknown", {key: "999"}, "addressKey", NO_ADDRESS)
        yield case(operation, "product-known", "unknown", {"cfh:productName": "copper"}, "productName", NO_PRODUCT)
    past = "The date lies in the past; today is 2026-01-05"
    yesterday = {"appointmentsFrom": "2026-01-04"}
    query = "queryAppointmentAvailability"
    yield case(query, "date-not-past", "yesterday", yesterday, "appointmentsFrom", past)
    for name, changes, reason in (
        ("on-a-sunday", slot("2026-01-11"), NOT_OFFERED),
        ("on-a-bank-holiday", slot("2026-04-03"), NOT_OFFERED),
        ("of-other-times", slot("2026-01-07", "08:00", "18:00"), NOT_OFFERED),
        ("in-the-year-10000", slot("10000-01-05"), NOT_OFFERED),
        ("begun", slot("2026-01-05"), "The slot has begun or lies in the past"),
        ("long-past", slot("1899-12-30"), "The slot has begun or lies in the past"),
        ("far-ahead", slot("2026-04-07"), "The diary is not open so far ahead"),
    ):
        yield case("reserveAppointment", "slot-offered", name, changes, "appointmentSlot", reason)
    yield case("reserveAppointment", "slot-free", "full", {}, "appointmentSlot", "The slot is full", prepare=full)


CASES: tuple[Case, ...] = (
    *_limits(),
    *_buyers(),
    *_reports(),
    *_of_tickets(),
    *_amends(),
    *_responses(),
    *_appointments(),
)
