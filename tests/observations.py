"""What a buyer sees of a switch: each function does something over HTTP and returns what came of it."""

from collections.abc import Awaitable, Callable

import pytest

from tests.messages import Tree, add, amend, outage, request
from tests.rig import Simulator, child_at, name_of, text_at
from tests.situations import reported, reserve


async def wrapping(simulator: Simulator) -> object:
    """How answers are wrapped: two of fault operations, two of appointments, broken XML, and twice no operation."""
    answers = [
        await simulator.post("addFaultReport", add()),
        await simulator.post("amendFaultReport", amend(), soap=True),
        await simulator.post("queryAppointmentAvailability", request("queryAppointmentAvailability")),
        await simulator.post("reserveAppointment", request("reserveAppointment"), soap=True),
        await simulator.post("addFaultReport", "<a>"),
        await simulator.post("nothing", add()),
        await simulator.post("nothing", add(), soap=True),
    ]
    media_types = {"text/xml; charset=utf-8": "soap", "application/xml; charset=utf-8": "bare"}
    shown = [{True: "soap", False: "bare"}[name_of(answer.root) == "Envelope"] for answer in answers]
    assert shown == [media_types[answer.content_type] for answer in answers]
    return " ".join(shown)


async def notified(simulator: Simulator) -> object:
    """Envelope, media type and SOAPAction of a notification."""
    await reported(simulator)
    (body,), (headers,) = simulator.endpoint.bodies, simulator.endpoint.headers
    return b"<soap:Envelope" in body, headers["Content-Type"], headers.get("SOAPAction")


async def attempts(simulator: Simulator) -> object:
    """The instants at which an endpoint that always answers 500 is tried for the first notification."""
    simulator.endpoint.status = 500
    await reported(simulator)
    await simulator.advance("P4D")
    ended = await simulator.journal(kind="delivery-completed")
    return [entry["at"][8:-1] for entry in ended if entry["data"]["delivery"] == 1]


async def statuses(simulator: Simulator) -> object:
    """Good, refused by a rule, by the appointment validator, by the XSD, broken, DOCTYPE, and another address."""
    answers = [
        await simulator.post("addFaultReport", add()),
        await simulator.post("addFaultReport", add()),
        await simulator.post("addFaultReport", outage("NONE", {"buyerFaultReference": "REF-2"})),
        await simulator.post("amendFaultReport", amend({"sentAt": None})),
        await simulator.post("reserveAppointment", request("reserveAppointment", {"addressKey": "1"})),
        await simulator.post("addFaultReport", "<a>"),
        await simulator.post("addFaultReport", "<!DOCTYPE a><a/>"),
        await simulator.post("nothing", add()),
    ]
    codes = [answers[number].text("responseCode") for number in range(4)]
    assert codes == ["201", "400", "403", "400"]
    return [answer.status for answer in answers]


async def enveloped_fault(simulator: Simulator) -> object:
    """The children of a fault in an envelope, and its code."""
    answer = await simulator.post("addFaultReport", "<!DOCTYPE a><a/>", soap=True)
    return [child.tag for child in answer.message], text_at(answer.message, "faultcode")


async def appointments_told(simulator: Simulator) -> object:
    """How the appointment stands in a notification, and whether its details have triage."""
    key = await reserve(simulator)
    await simulator.post("addFaultReport", outage(key))
    await simulator.advance("PT2H")
    told = simulator.endpoint.received[-1]
    (name,) = [name for name in map(name_of, told) if name.startswith("appointment")]
    return name, text_at(told, "faultDetails/triageComplete")


async def a_long_message_id(simulator: Simulator) -> object:
    """What becomes of a report whose messageId is longer than the table allows."""
    answer = await simulator.post("addFaultReport", add({"messageId": "M" * 37}))
    return answer.status, await simulator.warnings()


async def from_this_machine(simulator: Simulator) -> object:
    """What a report is answered that comes from the loopback network."""
    return (await simulator.post("addFaultReport", add())).status


async def reference(simulator: Simulator) -> object:
    """The first fault's maintainerFaultReference."""
    await reported(simulator)
    return (await simulator.tickets())[0]["maintainerFaultReference"]


async def cancelling(simulator: Simulator) -> object:
    """What an amend with the status cancelled does."""
    await reported(simulator)
    answer = await simulator.post("amendFaultReport", amend({"faultDetails": {"status": "cancelled"}}))
    return answer.text("status"), await simulator.warnings()


async def outage_without_key(simulator: Simulator) -> object:
    """What is answered, whether the ticket moves by itself, and whether a key by an amend sets it going."""
    answer = await simulator.post("addFaultReport", add({"faultDetails": {"type": "Service Outage"}}))
    await simulator.advance("P7D")
    waited = list(simulator.endpoint.statuses)
    key = await reserve(simulator, {"appointmentSlot": {"appointmentDate": "2026-01-14"}})
    await simulator.post("amendFaultReport", amend({"appointment": {"appointmentReservationKey": key}}))
    await simulator.advance("PT2H")
    return answer.status, answer.text("status"), waited, simulator.endpoint.statuses


async def refused_appointment(simulator: Simulator) -> object:
    """The shape of a refusal."""
    message = request("reserveAppointment", {"cfh:addressKey": "1"})
    answer = await simulator.post("reserveAppointment", message)
    return answer.status, answer.name


async def broken_appointment(simulator: Simulator) -> object:
    """What broken XML gets from an appointment operation, and from another."""
    return [(await simulator.post(name, "<a>")).status for name in ("reserveAppointment", "addFaultReport")]


async def strangers(simulator: Simulator) -> object:
    """A buyer, a service, an address and a product that nobody lists."""
    stranger: Tree = {"buyerIdentifier": "OURS", "serviceAffected": "OUR-1"}
    added = await simulator.post("addFaultReport", add(stranger))
    changes: Tree = {"buyer": {"buyerIdentifier": "OURS"}, "cfh:addressKey": "7", "cfh:productName": "ours"}
    reserved = await simulator.post("reserveAppointment", request("reserveAppointment", changes))
    return added.status, name_of(reserved.message[-1]), [field for _, field in await simulator.warnings()]


async def orphan(simulator: Simulator) -> object:
    """A report and an amend that name an unknown parent."""
    orphan: Tree = {"parentFaultReference": "NO-SUCH"}
    first = await simulator.post("addFaultReport", add(orphan))
    await simulator.post("addFaultReport", add({"messageId": "MSG-8"}))
    second = await simulator.post("amendFaultReport", amend(orphan))
    return first.status, second.status


async def unreserved_key(simulator: Simulator) -> object:
    """A report and an amend with a key that nobody reserved here."""
    first = await simulator.post("addFaultReport", outage("ANY-KEY"))
    await simulator.post("addFaultReport", add({"messageId": "MSG-8", "buyerFaultReference": "REF-2"}))
    changes: Tree = {"buyerFaultReference": "REF-2", "appointment": {"appointmentReservationKey": "OTHER"}}
    second = await simulator.post("amendFaultReport", amend(changes))
    return first.status, second.status


async def changes(simulator: Simulator) -> object:
    """When a ticket that nobody answers changes."""
    await simulator.post("addFaultReport", add())
    await simulator.advance("P9D")
    changed = await simulator.journal(kind="ticket-changed")
    return [f"{entry['at'][8:16]} {entry['data']['to']}" for entry in changed]


def deadline_of(priority: str) -> Callable[[Simulator], Awaitable[object]]:
    """When the repair of a fault of that priority must be done."""

    async def look(simulator: Simulator) -> object:
        await reported(simulator, {"priorityLevel": priority})
        return (await simulator.tickets())[0]["sla"]["deadline"]

    return look


async def a_file_of_eleven_bytes(simulator: Simulator) -> object:
    """What putting it gets."""
    announced: Tree = {"attachments": {"attachment": {"filename": "a.txt"}}}
    answer = await simulator.post("addFaultReport", add(announced))
    url = answer.text("attachments/attachment/url") or ""
    return (await simulator.send("PUT", url, b"hello world")).status


async def places(simulator: Simulator) -> object:
    """How many may have the same slot, of five who ask."""
    answers = [await simulator.post("reserveAppointment", request("reserveAppointment")) for _ in range(5)]
    return [name_of(answer.message[-1]) for answer in answers].count("reserveAppointmentAccepted")


async def valid_until(simulator: Simulator) -> object:
    """How long a key is held."""
    answer = await simulator.post("reserveAppointment", request("reserveAppointment"))
    return answer.text("reserveAppointmentAccepted/appointment/appointmentReservationValidUntil")


async def days_offered(simulator: Simulator) -> object:
    """How many days are offered from the twelfth of January on, and the last of them."""
    message = request("queryAppointmentAvailability", {"appointmentsFrom": "2026-01-12"})
    answer = await simulator.post("queryAppointmentAvailability", message)
    slots = child_at(answer.message, "queryAppointmentAvailabilityAccepted")[0]
    days = sorted({text_at(one, "appointmentDate") or "" for one in slots})
    return len(days), days[-1:]


async def an_invalid_notification(simulator: Simulator) -> object:
    """Whether a notification that breaks the XSD goes out, and whether that is told: here its version is blank."""
    simulator.bugs_expected = True
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("simulator.cityfibre.notifying.API_VERSION", "")
        await simulator.post("addFaultReport", add())
        await simulator.advance()
    return len(simulator.endpoint.received), len(await simulator.journal(kind="bug"))
