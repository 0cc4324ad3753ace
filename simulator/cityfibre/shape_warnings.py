"""Warnings about a message's shape: what the schema lets through and a stricter reader would not."""

from collections import Counter

from lxml import etree

from simulator.cityfibre.books import Draft
from simulator.cityfibre.operation import Operation
from simulator.wire.envelope import local_name

CONTACTS = frozenset({"reporterContactDetails", "endUserContactDetails", "siteAccessContactDetails"})
ORDERS = {
    "queryAppointmentAvailability": (
        "message",
        "buyer",
        "seller",
        "addressKey",
        "appointmentsFrom",
        "appointmentType",
        "productName",
        "reappointment",
        "projectReference",
    ),
    "reserveAppointment": (
        "message",
        "buyer",
        "seller",
        "appointmentSlot",
        "appointmentType",
        "productName",
        "addressKey",
        "reappointment",
        "projectReference",
    ),
}
"""The order of the tables and samples. Nobody published an XSD that would demand it (R37)."""


def warn_of_shape(message: etree._Element, operation: Operation, draft: Draft) -> None:
    """Children that a contact repeats (R24); appointment children out of the tables' order, no correlationId (R37)."""
    if operation.family == "fault":
        for contact in message.iter(*CONTACTS):
            counted = Counter(local_name(child) for child in contact)
            for name, count in counted.items():
                if count > 1:
                    draft.warn("R24", f"{local_name(contact)}/{name}", "occurs more than once; the last wins")
        return
    names = [local_name(child) for child in message]
    if names != sorted(names, key=ORDERS[operation.name].index):
        draft.warn("R37", operation.request_element, "the elements are not in the order of the tables")
    head = message[names.index("message")]
    if "correlationId" not in [local_name(child) for child in head]:
        draft.warn("R37", "message/correlationId", "missing; the answer can't be matched by it")
