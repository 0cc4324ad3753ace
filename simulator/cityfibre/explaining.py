"""What would become of a request, and why: every check and every rule with what it says, and nothing is kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, Literal
from xml.parsers import expat

from simulator.cityfibre.books import Draft
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.reception import CHECKS, SCHEMAS, Message, Opened, Unfit, open_message, place_of
from simulator.cityfibre.rules import Rule
from simulator.cityfibre.ticket import Ticket
from simulator.core.effects import CancelTimer, Deliver, Effect, Reply, SetTimer
from simulator.core.engine import Decision
from simulator.core.inputs import RequestReceived
from simulator.core.journal import Note
from simulator.wire.envelope import Style, guess_style
from simulator.wire.errors import Place, ProtocolError, ProtocolRule
from simulator.wire.explanation import Violation

Outcome = Literal["passed", "failed", "not-run"]
NOWHERE = Place()

BUILDS_ON: Mapping[str, tuple[str, ...]] = {
    "reference-unused": ("buyer-known",),
    "service-known": ("buyer-known",),
    "parent-known": ("buyer-known",),
    "tlos-key": ("fault-details-present",),
    "key-usable": ("buyer-known", "service-known", "tlos-key"),
    "ticket-known": ("buyer-known",),
    "ticket-amendable": ("ticket-known",),
    "ticket-cancellable": ("ticket-known", "ticket-amendable"),
    "amended-service-known": ("buyer-known",),
    "amended-parent-known": ("buyer-known",),
    "amended-key-usable": ("ticket-known", "amended-service-known"),
    "ticket-resolved": ("ticket-known",),
    "slot-free": ("address-known", "slot-offered"),
}
"""Rules that say nothing of use before others have passed: of the service of a stranger, of the state of no ticket."""
_STAGES: tuple[tuple[ProtocolRule, ...], ...] = (
    ("xml-not-well-formed", "xml-limit"),
    ("envelope-version",),
    ("envelope", "envelope-must-understand"),
)
"""The checks of a body in order. Those of one stage are made in one go, and the first that refuses ends it."""
_ANSWERS = frozenset({"request-answered", "request-refused"})


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a request's head, XML or envelope, under its rule's id; ``passed`` is ``None`` if it was not made."""

    rule: str
    passed: bool | None
    reason: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule says of a request. ``reason`` is why it fails, or was not run; one that ``decides`` is the answer."""

    rule: Rule[Any]
    outcome: Outcome
    reason: str = ""
    field: str = ""
    place: Place = NOWHERE
    decides: bool = False

    @property
    def says(self) -> str:
        """What the rule demands."""
        return " ".join((getdoc(self.rule.check) or "").replace("``", "`").split())


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of a request.

    ``ticket`` is the one that it speaks of. ``refused_by`` is a rule's id, or empty where the request would be taken.
    ``schema`` is the file of its XSD; ``valid`` is ``None`` where the XSD was not asked. ``notes`` are what the journal
    would be told beside the answer and the ``warnings``.
    """

    style: Style
    ticket: Ticket | None
    refused_by: str
    transport: tuple[Check, ...]
    xml: tuple[Check, ...]
    schema: str
    valid: bool | None
    violations: tuple[Violation, ...]
    rules: tuple[Asked, ...]
    reply: Reply
    warnings: tuple[Note, ...]
    notes: tuple[Note, ...]
    effects: Sequence[Effect]

    @property
    def notifications(self) -> list[Deliver]:
        """What the buyer would be told at once."""
        return [effect for effect in self.effects if isinstance(effect, Deliver)]

    @property
    def timers_set(self) -> list[SetTimer]:
        """What would be waited for from then on."""
        return [effect for effect in self.effects if isinstance(effect, SetTimer)]

    @property
    def timers_cancelled(self) -> list[CancelTimer]:
        """What would be waited for no longer."""
        return [effect for effect in self.effects if isinstance(effect, CancelTimer)]


def explained(
    request: RequestReceived, opened: Opened, decision: Decision, open_draft: Callable[[], Draft]
) -> Explanation:
    """Why a request meets that decision, which nobody is to commit. ``opened`` is what reading the request came to."""
    operation = OPERATIONS.get(request.operation)
    inside: ProtocolError | Message | None
    if not isinstance(opened, Unfit):
        inside = opened
    else:  # its head alone refuses it; the body is looked at all the same, unless it is not whole
        inside = None if request.trouble else open_message(request.body, operation)
    message = inside if isinstance(inside, Message) else None
    assert decision.reply is not None, "a request always has a reply"  # noqa: S101 - narrows the type
    refused_by = next((str(note.data["rule"]) for note in decision.notes if note.kind == "request-refused"), "")
    warnings = tuple(note for note in decision.notes if note.kind == "conformance-warning")
    return Explanation(
        style=message.echo.style if message else guess_style(request.body),
        ticket=open_draft().find(message.echo.buyer_identifier, message.echo.buyer_fault_reference)
        if message
        else None,
        refused_by=refused_by,
        transport=tuple(_of_head(request)),
        xml=tuple(_of_body(inside)),
        schema=SCHEMAS[operation.family] if operation else "",
        valid=message.request is not None if message and operation else None,
        violations=message.violations if message else (),
        rules=tuple(_of_rules(operation.rules, inside, refused_by, open_draft)) if operation else (),
        reply=decision.reply,
        warnings=warnings,
        notes=tuple(note for note in decision.notes if note.kind not in _ANSWERS and note not in warnings),
        effects=decision.effects,
    )


def _of_head(request: RequestReceived) -> Iterator[Check]:
    for rules, check in CHECKS.items():
        unfit = check(request)
        for rule in rules:
            failed = unfit is not None and unfit.rule == rule
            yield Check(rule, not failed, unfit.reason if unfit and failed else "")


def _of_body(inside: ProtocolError | Message | None) -> Iterator[Check]:
    error = inside if isinstance(inside, ProtocolError) else None
    reached = inside is not None
    for stage in _STAGES:
        failed = error is not None and error.rule in stage
        for rule in stage:
            if error is not None and rule == error.rule:
                yield Check(rule, passed=False, reason=error.reason, place=error.place)
            else:
                yield Check(rule, passed=True if reached and not failed else None)
        reached = reached and not failed


def _of_rules(
    rules: Sequence[Rule[Any]],
    inside: ProtocolError | Message | None,
    refused_by: str,
    open_draft: Callable[[], Draft],
) -> Iterator[Asked]:
    """Every rule, in order: behind the one that decides, others may have something to say too."""
    if not isinstance(inside, Message) or inside.request is None:
        why = "the message breaks its XSD" if isinstance(inside, Message) else "the message can't be read"
        yield from (Asked(rule, "not-run", why) for rule in rules)
        return
    outcomes: dict[str, Outcome] = {}
    for rule in rules:
        asked = _ask(rule, inside, outcomes, refused_by, open_draft)
        outcomes[rule.id] = asked.outcome
        yield asked


def _ask(
    rule: Rule[Any],
    message: Message,
    outcomes: Mapping[str, Outcome],
    refused_by: str,
    open_draft: Callable[[], Draft],
) -> Asked:
    """Ask one rule, on a draft of its own, unless it builds on what has not passed."""
    for needed in BUILDS_ON.get(rule.id, ()):
        if outcomes.get(needed, "passed") != "passed":
            return Asked(rule, "not-run", f"it builds on {needed}, which has not passed")
    try:
        rejection = rule.rejects(message.request, open_draft())
    except Exception as error:
        if "failed" not in outcomes.values():
            raise  # nothing excuses it: a bug of ours
        return Asked(rule, "not-run", f"it can't cope with what is refused before it ({type(error).__name__})")
    if rejection is None:
        return Asked(rule, "passed")
    place = place_of(rejection, message.element)
    return Asked(rule, "failed", rejection.reason, rejection.field, place, decides=rule.id == refused_by)


# -- which operation


def operation_of(body: bytes) -> str:
    """The operation that a body is a request of, bare or in an envelope, by its first element; empty where none is.

    What comes behind that element does not count: a message that breaks off was still meant for somebody.
    """
    name = _Beginning().first_element(body)
    return next((one.name for one in OPERATIONS.values() if one.request_element == name), "")


class _KnownError(Exception):
    """Enough has been read."""


class _Beginning:
    """Reads a body so far as to know the message's element, and no further."""

    def __init__(self) -> None:
        self._above: list[str] = []
        self._name = ""

    def first_element(self, body: bytes) -> str:
        """The local name of the message; empty where none begins."""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        with suppress(_KnownError, expat.ExpatError, LookupError, ValueError):  # the last two are of its encoding
            parser.Parse(body, True)  # noqa: FBT003 - expat takes no keyword
        return self._name

    def _doctype(self, name: str, *_: object) -> None:
        """It names the root; whatever it declares beside that is not looked at."""
        self._name = name
        raise _KnownError

    def _start(self, name: str, _attributes: object) -> None:
        name = name.rpartition(":")[2]
        if self._above == ["Envelope", "Body"] or (not self._above and name != "Envelope"):
            self._name = name
            raise _KnownError
        self._above.append(name)

    def _end(self, _name: str) -> None:
        self._above.pop()
