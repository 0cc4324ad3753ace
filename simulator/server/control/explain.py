"""Explanations of the control API (``docs/control-api.md``): what would become of a message, without any effect."""

from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from simulator.cityfibre.attachments import SCHEME
from simulator.cityfibre.explaining import Asked, Check, Explanation, Outcome, operation_of
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.ticket import Ticket
from simulator.core.effects import Reply
from simulator.core.inputs import RequestReceived
from simulator.core.instants import format_instant
from simulator.core.journal import Note
from simulator.runtime.environments import Environments
from simulator.server.addresses import url_of
from simulator.server.bodies import read_message
from simulator.server.control.pictures import TimerPicture
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.requests import environment_of, query_of
from simulator.server.control.route import ENVIRONMENT, Route
from simulator.server.file_routes import FOLDER
from simulator.server.supplier_routes import LONGEST_NAME, LONGEST_SCENARIO, clean
from simulator.wire.envelope import Style, guess_style

SEE = "docs/conformance.md#2-the-rules-that-reject"
"""Where each rule stands in a table, with every reason that it may give."""
_OPERATIONS = tuple(OPERATIONS)
_MEDIA_TYPES: dict[Style, str] = {"bare": "application/xml", "soap": "text/xml"}
"""What a buyer is taken to send, unless the query says otherwise."""


def _check_header(value: str) -> str:
    if not value.isprintable():
        raise ValueError("expected what a header can carry: characters that can be printed")
    return value


_Header = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_check_header)]


class Posted(BaseModel):
    """How the body is taken to be posted: to which operation, and under which Content-Type."""

    model_config = ConfigDict(extra="forbid")

    operation: Literal[_OPERATIONS] | None = Field(  # type: ignore[valid-type]
        None, description="where it is posted to; unless said, where its first element belongs"
    )
    content_type: _Header | None = Field(
        None, description="the header that goes with it, empty for none; unless said, the one that is right"
    )


class CheckPicture(TypedDict):
    """A check under its rule's id; ``passed`` is null where it was not made, since one before it has failed."""

    check: str
    passed: bool | None
    reason: str | None
    line: int | None
    column: int | None
    path: str | None


class ViolationPicture(TypedDict):
    """A breach of the XSD: where, the value that is there, what is wrong with it, and what is allowed."""

    line: int | None
    path: str | None
    value: str | None
    reason: str
    allowed: str | None


class SchemaPicture(TypedDict):
    """The XSD of the operation; ``passed`` is null where it was not asked. Twenty violations at most."""

    file: str | None
    passed: bool | None
    violations: list[ViolationPicture]


class WarningPicture(TypedDict):
    """A looser reading that would be taken, where a stricter one would refuse."""

    ruling: str
    field: str
    warning: str


class RulePicture(TypedDict):
    """A rule: what it demands, and what comes of it. The first that has failed decides, unless something else has."""

    id: str
    source: str
    see: str
    status: int
    says: str
    outcome: Outcome
    decides: bool
    field: str | None
    reason: str | None
    line: int | None
    path: str | None


class AnswerPicture(TypedDict):
    """The answer, as it would go on the wire."""

    status: int
    content_type: str
    body: str


class NotePicture(TypedDict):
    """What the journal would be told; messages are left out."""

    kind: str
    ticket: str
    data: dict[str, Any]


class NotificationPicture(TypedDict):
    """A notification that would be made."""

    notification: str
    buyer: str
    ticket: str
    message_id: str
    body: str


class CancelledPicture(TypedDict):
    """A timer that would wait no longer."""

    timer: str
    subject: str


class ThenPicture(TypedDict):
    """What would follow from the request itself. What a timer leads to is not told, though it be due at once."""

    journal: list[NotePicture]
    notifications: list[NotificationPicture]
    timers_set: list[TimerPicture]
    timers_cancelled: list[CancelledPicture]


class OfTicketPicture(TypedDict):
    """The ticket that a message speaks of, as it now is."""

    ticket: str
    status: str


class ExplanationPicture(TypedDict):
    """What would become of a message that a buyer posted now, and why. ``found`` says how its operation is known."""

    now: str
    operation: str | None
    found: str
    content_type: str
    style: Style
    ticket: OfTicketPicture | None
    verdict: Literal["taken", "refused"]
    refused_by: str | None
    transport: list[CheckPicture]
    xml: list[CheckPicture]
    schema: SchemaPicture
    warnings: list[WarningPicture]
    rules: list[RulePicture]
    answer: AnswerPicture
    then: ThenPicture


class ExplainRoutes:
    """The handler of ``/control/v1/environments/{env}/explain``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        path = f"{ENVIRONMENT}/explain"
        return [
            Route(
                "POST", path, self.explain, ExplanationPicture, query=Posted, takes="application/xml", problems=(503,)
            )
        ]

    async def explain(self, request: web.Request) -> web.Response:
        """Tell what would become of a message if a buyer posted it now, and why; nothing changes by it."""
        environment = environment_of(request, self._environments)
        posted = query_of(Posted, request)
        body, trouble = await read_message(request)
        if trouble not in {None, "body-too-big"}:
            raise Problem(400, "the body can't be read")
        if environment.engine.failed:
            raise Problem(503, f"the environment has failed ({environment.engine.failed}); reset it")
        operation, found = _find(posted.operation, body)
        content_type = posted.content_type
        if content_type is None:
            content_type = _MEDIA_TYPES[guess_style(body)]
        scenario = clean(request.headers.get("X-Scenario", ""), LONGEST_SCENARIO)
        received = RequestReceived(operation, body, content_type=content_type, trouble=trouble, scenario=scenario)
        now = environment.driver.now()
        explanation = environment.supplier.explain(received, now)
        picture: ExplanationPicture = {
            "now": format_instant(now),
            "operation": operation or None,
            "found": found,
            "content_type": content_type,
            "style": explanation.style,
            "ticket": _ticket_picture(explanation.ticket),
            "verdict": "refused" if explanation.refused_by else "taken",
            "refused_by": explanation.refused_by or None,
            "transport": [_check_picture(check) for check in explanation.transport],
            "xml": [_check_picture(check) for check in explanation.xml],
            "schema": _schema_picture(explanation),
            "warnings": [_warning_picture(note) for note in explanation.warnings],
            "rules": [_rule_picture(asked) for asked in explanation.rules],
            "answer": _answer_picture(explanation.reply, url_of(environment.name, request)),
            "then": _then_picture(explanation, now),
        }
        return json_response(picture)


def _find(told: str | None, body: bytes) -> tuple[str, str]:
    """The operation, and how it is known."""
    if told is not None:
        return told, "the query names it"
    guessed = operation_of(body)
    if guessed:
        return guessed, f"the message's element is {OPERATIONS[guessed].request_element}"
    named = ", ".join(_OPERATIONS)
    return "", f"not found: the body begins as no operation's message; add ?operation= and one of {named}"


def _ticket_picture(ticket: Ticket | None) -> OfTicketPicture | None:
    return {"ticket": ticket.address, "status": ticket.state.value} if ticket else None


def _check_picture(check: Check) -> CheckPicture:
    return {
        "check": check.rule,
        "passed": check.passed,
        "reason": check.reason or None,
        "line": check.place.line or None,
        "column": check.place.column or None,
        "path": check.place.path or None,
    }


def _schema_picture(explanation: Explanation) -> SchemaPicture:
    return {
        "file": explanation.schema or None,
        "passed": explanation.valid,
        "violations": [
            {
                "line": one.place.line or None,
                "path": one.place.path or None,
                "value": one.value or None,
                "reason": one.reason,
                "allowed": one.allowed or None,
            }
            for one in explanation.violations
        ],
    }


def _warning_picture(note: Note) -> WarningPicture:
    ruling, field, warning = (str(note.data[name]) for name in ("ruling", "field", "warning"))
    return {"ruling": ruling, "field": field, "warning": warning}


def _rule_picture(asked: Asked) -> RulePicture:
    return {
        "id": asked.rule.id,
        "source": asked.rule.source,
        "see": SEE,
        "status": asked.rule.status,
        "says": asked.says,
        "outcome": asked.outcome,
        "decides": asked.decides,
        "field": asked.field or None,
        "reason": asked.reason or None,
        "line": asked.place.line or None,
        "path": asked.place.path or None,
    }


def _answer_picture(reply: Reply, base: str) -> AnswerPicture:
    """The bytes as they go out: an announced file's url has the supplier's port in place of the journal's short one."""
    body = reply.body.decode().replace(f"<url>{SCHEME}", f"<url>{base}/{FOLDER}/")
    return {"status": reply.status, "content_type": reply.content_type, "body": body}


def _then_picture(explanation: Explanation, now: datetime) -> ThenPicture:
    return {
        "journal": [
            {
                "kind": note.kind,
                "ticket": note.ticket,
                "data": {name: value for name, value in note.data.items() if name != "body"},
            }
            for note in explanation.notes
        ],
        "notifications": [
            {
                "notification": one.notification,
                "buyer": one.buyer,
                "ticket": one.lane,
                "message_id": one.message_id,
                "body": one.body.decode(),
            }
            for one in explanation.notifications
        ],
        "timers_set": [
            {"due": format_instant(max(one.due, now)), "timer": one.timer.kind, "subject": one.timer.subject}
            for one in explanation.timers_set
        ],
        "timers_cancelled": [
            {"timer": one.timer.kind, "subject": one.timer.subject} for one in explanation.timers_cancelled
        ],
    }
