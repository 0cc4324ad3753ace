"""The player of scripts, as the supplier knows it: which tickets they take, and what each learns of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from email.message import Message

from simulator.cityfibre.books import Books, Draft
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.received import Received
from simulator.cityfibre.ticket import Ticket
from simulator.core.engine import Refusal
from simulator.core.inputs import RequestReceived, Steered, Timer
from simulator.scenario import script as interpreter
from simulator.scenario.buyer_steps import OfTheBuyer
from simulator.scenario.file import Match
from simulator.scenario.loader import ScenarioError, Script, Source, load
from simulator.scenario.message import fields_of
from simulator.scenario.progress import ALONE, Heard, Progress
from simulator.scenario.script import REPORT

RUN = "run-scenario"
"""The command that lets one scenario have the environment for itself: ``scenario``, ``case``, ``patience``."""
LOAD = "load-scenarios"
"""The command that puts files in force: ``names``, in order, and ``files``, from names to texts that have changed."""
_LIBRARY = "library"
HEADER = "X-Scenario"


class Scripts:
    """Plays the scripts of some files. It keeps nothing itself: all that changes is in the supplier's books."""

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        """``sources`` are what there is from the start, in the order in which tickets are offered to them."""
        self._sources: Mapping[str, Source] = {one.document.name: one for one in sources}

    def sources(self, books: Books) -> Mapping[str, Source]:
        """The files in force, by name."""
        found = books.scripts.get(_LIBRARY, self._sources)
        assert isinstance(found, Mapping)  # noqa: S101 - narrows the type
        return found

    def alone(self, books: Books) -> Progress | None:
        """How far the scenario has come that has the environment for itself; ``None`` where there is none."""
        found = books.scripts.get(ALONE)
        return found if isinstance(found, Progress) else None

    def copies(self, books: Books) -> list[Progress]:
        """Every copy that is at work."""
        return [one for one in books.scripts.values() if isinstance(one, Progress)]

    # -- what the supplier asks

    def takes(self, ticket: Ticket, draft: Draft) -> bool:
        """Whether a script leads this new ticket: the one that waits for it, or the first that matches."""
        alone = self.alone(draft.books)
        if alone is not None:
            return _awaits_report(alone, draft)
        chosen = self._chosen(ticket, draft)
        if chosen is None:
            return False
        step = _first_report(chosen)
        if step is None:
            reason = f"{chosen.scenario.name} has no step in which the buyer reports a fault"
            draft.note("script-refused", ticket.address, {"reason": reason})
            return False
        interpreter.begin(Progress(chosen, step, ticket.address, opening=True), draft)
        return True

    def heard(self, request: RequestReceived, received: Received, draft: Draft) -> None:
        """Tell a request to the copies that it concerns."""
        copies = list(self._concerned(request, received, draft))
        if not copies:
            return
        reply = received.reply
        heard = Heard(
            at=draft.now,
            operation=request.operation,
            body=request.body,
            status=reply.status,
            refused_by=received.rule,
            reason=received.reason,
            answer=reply.body,
            ticket=received.ticket,
        )
        for progress in copies:
            interpreter.hear(progress, heard, draft)

    def due(self, timer: Timer, open_draft: Callable[[], Draft]) -> Draft:
        """Do the step of a copy whose timer has fired."""
        progress = open_draft().script(timer.subject)
        assert isinstance(progress, Progress), "the timer goes with its script"  # noqa: S101 - narrows the type
        return interpreter.due(progress, open_draft)

    def commands(self) -> frozenset[str]:
        """What it can be told to do."""
        return frozenset({RUN, LOAD})

    def steered(self, steered: Steered, draft: Draft) -> Refusal | None:
        """Begin a scenario, or take other files."""
        try:
            return self._run(steered, draft) if steered.command == RUN else self._load(steered, draft)
        except ScenarioError as error:
            return Refusal(str(error))

    # -- commands

    def _run(self, steered: Steered, draft: Draft) -> Refusal | None:
        name, case = str(steered.parameters["scenario"]), str(steered.parameters.get("case", ""))
        source = self._named(name, draft)
        if source is None:
            return Refusal(f"there is no scenario {name!r}")
        if self.alone(draft.books) is not None:
            return Refusal("a scenario has this environment for itself already; reset it first")
        patience = steered.parameters.get("patience")
        assert patience is None or isinstance(patience, int | float)  # noqa: S101 - narrows the type
        interpreter.begin(Progress(source.script(case), 0, alone=True, patience=patience), draft)
        return None

    def _load(self, steered: Steered, draft: Draft) -> Refusal | None:
        """Take files as they now are; a script that runs goes on as it began."""
        files, names = steered.parameters["files"], steered.parameters["names"]
        assert isinstance(files, Mapping)  # noqa: S101 - narrows the type
        assert isinstance(names, list)  # noqa: S101 - the same
        known = {**self.sources(draft.books), **{name: load(text, name) for name, text in files.items()}}
        if not set(names) <= known.keys():
            return Refusal("other scenarios are in force meanwhile; look again")
        draft.keep_script(_LIBRARY, {name: known[name] for name in names})
        return None

    # -- which script, which copies

    def _named(self, name: str, draft: Draft) -> Source | None:
        sources = self.sources(draft.books).values()
        return next((one for one in sources if one.scenario.name == name), None)

    def _chosen(self, ticket: Ticket, draft: Draft) -> Script | None:
        """The script that the request asks for, else the first that matches."""
        wanted = draft.received.scenario if draft.received is not None else ""
        if not wanted:
            sources = self.sources(draft.books).values()
            return next((one.script() for one in sources if _fits(one.scenario.match, ticket)), None)
        name, case, parameters = _read_header(wanted)
        source = self._named(name, draft)
        try:
            if source is not None:
                return source.script(case, parameters)
            reason = f"there is no scenario {name!r}"
        except ScenarioError as error:
            reason = "; ".join(problem.message for problem in error.problems)
        draft.note("script-refused", ticket.address, {"reason": f"{HEADER}: {reason}"})
        return None

    def _concerned(self, request: RequestReceived, received: Received, draft: Draft) -> Iterator[Progress]:
        alone = draft.script(ALONE)
        if isinstance(alone, Progress):
            yield alone
            return
        of_ticket = draft.script(received.ticket)
        if isinstance(of_ticket, Progress):
            yield of_ticket
            return
        operation = OPERATIONS.get(request.operation)
        if operation is not None and operation.family == "appointment" and draft.books.scripts:
            yield from _at_address(request, draft)


def _at_address(request: RequestReceived, draft: Draft) -> Iterator[Progress]:
    """The copies that still wait for such an appointment request, and whose ticket's service is at its address."""
    copies = [one for one in draft.books.scripts.values() if isinstance(one, Progress)]
    waiting = [one for one in copies if one.script.awaits.get(request.operation, -1) >= one.step]
    if not waiting:
        return
    fields = fields_of(request.body)
    buyer, address = fields.value(("buyer", "buyerIdentifier")), fields.value(("addressKey",))
    for progress in waiting:
        ticket = draft.books.find_address(progress.ticket)
        service = draft.inventory.services.get(ticket.service) if ticket else None
        if ticket and ticket.buyer == buyer and service and service.address == address:
            yield progress


def _awaits_report(alone: Progress, draft: Draft) -> bool:
    """Whether the step at hand waits for just this report."""
    step = alone.at_hand
    if not isinstance(step, OfTheBuyer) or step.operation != REPORT or draft.received is None:
        return False
    return interpreter.fits(alone, step, draft.received.body, draft)


def _first_report(script: Script) -> int | None:
    """The step in which the ticket is made."""
    for index, step in enumerate(script.steps):
        if isinstance(step, OfTheBuyer) and step.operation == REPORT and not step.refused_by and not step.forbids:
            return index
    return None


def _fits(match: Match | None, ticket: Ticket) -> bool:
    if match is None:
        return False
    wanted = (
        (match.buyer, ticket.buyer),
        (match.service, ticket.service),
        (_collapsed(match.type), _collapsed(ticket.reported.type)),
        (match.priority, ticket.priority_level),
    )
    return (
        all(one is None or one == found for one, found in wanted)
        and ticket.buyer_reference.startswith(match.reference or "")
        and (match.description or "") in (ticket.reported.description or "")
    )


def _collapsed(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split()).casefold()


def _read_header(text: str) -> tuple[str, str, dict[str, str | None]]:
    """Scenario, case and parameters of ``name; case=row; parameter=value``; a value may be quoted."""
    message = Message()
    try:
        message[HEADER] = text
        (name, _), *given = message.get_params([("", "")], header=HEADER)
    except (TypeError, ValueError, LookupError):  # the library's parts of a parameter, out of step with each other
        return text, "", {}
    parameters: dict[str, str | None] = {key: _text(value) for key, value in given if key}
    return name.strip(), str(parameters.pop("case", "") or ""), parameters


def _text(value: object) -> str:
    """A parameter's value; one that says its charset comes as three parts (RFC 2231)."""
    return str(value[2] if isinstance(value, tuple) else value)
