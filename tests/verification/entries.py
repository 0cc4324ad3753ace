"""A journal written by hand: requests with their answers, notifications and what became of them."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.core.journal import Data, Journal, Note
from simulator.verification.expectation import Verification
from simulator.verification.judging import Judge
from simulator.verification.verdict import Inquiry

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = "~SPDEV1~REF-1"
REPORT = "<addFaultReport><serviceAffected>S21709</serviceAffected><priorityLevel>2</priorityLevel></addFaultReport>"
NOTICE = "<notifyFaultReportUpdate><faultDetails><status>accepted</status></faultDetails></notifyFaultReportUpdate>"


class Written:
    """Writes entries, and shows them to inquiries."""

    def __init__(self) -> None:
        self.journal = Journal()
        self._deliveries = 0

    def _add(self, kind: str, data: Data, *, cause: int = 0, ticket: str = TICKET, at: str = "") -> int:
        hours, _, minutes = (at or "9:00").partition(":")
        instant = START.replace(hour=0) + timedelta(hours=int(hours), minutes=int(minutes))
        return self.journal.append(instant, cause, Note(kind, ticket, data))

    def request(
        self,
        operation: str = "addFaultReport",
        body: str | bytes = REPORT,
        *,
        rule: str = "",
        ticket: str = TICKET,
        at: str = "",
    ) -> int:
        """A request, taken unless a rule refuses it; its seq is returned."""
        told = {"body": body} if isinstance(body, str) else {"body_base64": base64.b64encode(body).decode()}
        seq = self._add("request-received", {"operation": operation, "method": "POST", **told}, ticket=ticket, at=at)
        kind = "request-refused" if rule else "request-answered"
        answer = {"rule": rule, "status": 400} if rule else {"status": 201}
        self._add(kind, {**answer, "body": ""}, cause=seq, ticket=ticket, at=at)
        return seq

    def notification(self, name: str = "accepted", outcome: str = "", *, ticket: str = TICKET, at: str = "") -> int:
        """A notification, and its outcome if there is one yet; its seq is returned."""
        self._deliveries += 1
        data = {"delivery": self._deliveries, "notification": name, "message_id": "1", "body": NOTICE}
        seq = self._add("notification", data, ticket=ticket, at=at)
        if outcome:
            self.outcome(self._deliveries, outcome)
        return seq

    def outcome(self, delivery: int, outcome: str) -> None:
        """What became of a delivery: delivered, refused, failed."""
        self._add(f"notification-{outcome}", {"delivery": delivery, "notification": "", "reason": ""})

    def ask(self, *expect: dict[str, Any], in_order: bool = False) -> Inquiry:
        """An inquiry that has looked at all that is written."""
        wanted = Verification.model_validate({"expect": expect, "in_order": in_order})
        judges = [Judge(one, one.ticket) for one in wanted.expect]
        inquiry = Inquiry(judges, in_order=wanted.in_order, began=START)
        for entry in self.journal:
            inquiry.take(entry)
        return inquiry
