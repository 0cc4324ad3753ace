"""The story that ``docs/lifecycle.md`` tells: four faults of one buyer, in which every notification occurs.

January 2026; the 5th is a Monday. In winter London's time is UTC.
"""

from docs.generator.session import Chapter, Session
from tests.messages import Tree, merged

_OUTAGE: Tree = {
    "faultDetails": {
        "description": "No light on the ONT.",
        "type": "Service Outage",
        "triageFindings": "ONT restarted twice; its fibre light stays red.",
    },
}
_SLOW: Tree = {
    "faultDetails": {
        "description": "A tenth of the usual speed in the evening.",
        "type": "Impaired Service",
        "triageFindings": "Measured by wire, on two evenings.",
    },
}
_PHOTO = b"a picture of the ONT"
_FILES: Tree = {"attachments": {"attachment": [{"filename": "ont.jpg"}, {"filename": "router.log"}]}}
_ON_THE_5TH: Tree = {"serviceAffected": "S21709", "faultDetails": {"faultStartTime": "2026-01-05T07:30:00Z"}}
_ON_THE_11TH: Tree = {"serviceAffected": "S30001", "faultDetails": {"faultStartTime": "2026-01-11T19:00:00Z"}}
_ON_THE_14TH: Tree = {"serviceAffected": "S18650", "faultDetails": {"faultStartTime": "2026-01-14T06:15:00Z"}}
_ON_THE_17TH: Tree = {"serviceAffected": "S30006", "faultDetails": {"faultStartTime": "2026-01-17T20:00:00Z"}}


def play(**switches: object) -> list[Chapter]:
    """Play the whole story under some switches; the chapters have every step, and every notification's XML."""
    session = Session(**switches)
    _late(session)
    _rejected(session)
    _cancelled(session)
    _silent(session)
    return session.chapters


def _with_key(key: str, *trees: Tree) -> Tree:
    tree: Tree = {"appointment": {"appointmentReservationKey": key}}
    for one in trees:
        tree = merged(tree, one)
    return tree


def _late(session: Session) -> None:
    """The long one: held up, missed, repaired late, not repaired after all."""
    session.chapter("An outage that takes a week", "OUTAGE-1")
    session.at(5, "09:00")
    key = session.reserve("10002491172", 8, "AM")
    session.at(5, "09:05")
    said = "a Service Outage with that key, of priorityLevel 1; two files are announced"
    session.report(said, _with_key(key, _OUTAGE, _ON_THE_5TH, _FILES, {"priorityLevel": "1"}))
    session.at(5, "09:10")
    session.put("ont.jpg", _PHOTO)
    session.at(5, "09:40")
    session.act("open", reason="Passed to the field team")
    session.at(5, "10:00")
    session.act("confirm-appointment")
    session.at(5, "10:10")
    session.act("start")
    session.at(5, "11:00")
    session.act("put-on-hold", reason="Waiting for a permit to dig", exclusion_reason="PERMT")
    session.at(7, "11:00")
    session.act("resume", reason="The permit has come")
    session.at(8, "13:20")
    session.act("miss-appointment", by="seller")
    _book_again(session)
    _repair(session)


def _book_again(session: Session) -> None:
    session.at(8, "14:00")
    key = session.reserve("10002491172", 10, "AM")
    comment: Tree = {
        "comment": {
            "value": "Please ring half an hour before.",
            "commentedBy": "buyer",
            "commentedTime": "2026-01-08T14:05:00Z",
        }
    }
    session.at(8, "14:05")
    session.send("amendFaultReport", "the new key, and a comment", _with_key(key, comment))
    session.at(8, "15:00")
    session.act("confirm-appointment")


def _repair(session: Session) -> None:
    session.at(10, "11:50")
    session.act("complete-appointment", closure_code="FR")
    session.at(10, "12:00")
    session.act("resolve", reason="Cable to the house replaced")
    session.at(10, "15:30")
    no: Tree = {"resolveAccepted": "false", "rejectedReason": "Still no light on the ONT"}
    session.send("resolveResponse", "the repair is refused", no)
    session.at(10, "16:00")
    session.send("requestFaultReportUpdate", "how does the fault stand?")
    session.at(12, "08:40")
    session.act("resolve", reason="Splice in the joint made anew")
    session.at(12, "09:30")
    session.send("resolveResponse", "the repair is accepted")


def _rejected(session: Session) -> None:
    """A fault that the supplier does not take."""
    session.chapter("A report that is rejected", "SPEED-1")
    session.at(13, "09:00")
    session.report("an Impaired Service", _SLOW, _ON_THE_11TH, {"priorityLevel": "3"})
    session.at(13, "09:10")
    session.act("reject", reason="The line carries the full speed up to the ONT")


def _cancelled(session: Session) -> None:
    """Two appointments fall through; then nobody needs a third."""
    session.chapter("Two appointments that fall through", "OUTAGE-2")
    session.at(14, "09:00")
    key = session.reserve("123456789012", 15, "AM")
    session.at(14, "09:05")
    session.report("a Service Outage with that key", _with_key(key, _OUTAGE, _ON_THE_14TH))
    session.at(14, "10:00")
    session.act("fail-appointment", reason="No engineer with a tall enough ladder is free")
    session.at(14, "10:30")
    key = session.reserve("123456789012", 16, "PM")
    session.at(14, "10:35")
    session.send("amendFaultReport", "the new key", _with_key(key))
    session.at(14, "11:00")
    session.act("confirm-appointment")
    session.at(15, "17:00")
    session.act("cancel-appointment", reason="Every engineer is needed at a larger outage")
    session.at(16, "09:00")
    session.send("amendFaultReport", "the status `cancelled`", {"faultDetails": {"status": "cancelled"}})


def _silent(session: Session) -> None:
    """What the supplier finds out from afar; the buyer never answers."""
    session.chapter("A fault that is found from afar", "DROPS-1")
    session.at(19, "09:00")
    session.report("an Impaired Service", _SLOW, _ON_THE_17TH)
    session.at(19, "10:00")
    session.act("triage", findings="Errors on the access port; its optic will be changed")
    session.at(19, "10:30")
    session.act("comment", value="The optic is changed tonight; nobody needs to be in.")
    session.at(20, "07:30")
    session.act("resolve", reason="Optic changed")
    session.at(22, "09:00")
