"""Writes the reference in ``docs/scenarios.md``: ``make docs``, or ``python -m docs.generator.scenarios``.

Keys, types, defaults and meanings come from the models of ``simulator/scenario/steps.py``; what the played buyer says
is read off the journal of a run. The rest of the page is written by hand.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.generator import tables
from docs.generator.tables import code, table
from simulator.cityfibre import inventory
from simulator.cityfibre.faults import OF_NOTIFICATIONS, OF_REQUESTS, Fault
from simulator.cityfibre.operations import OPERATIONS
from simulator.config import load as load_settings
from simulator.core.instants import format_duration
from simulator.running.planning import Run, blueprint
from simulator.running.playing import Stage
from simulator.scenario.buyer_steps import SHORT_PATIENCE, BuyerStep, ExpectStep
from simulator.scenario.file import Given, Match, Scenario
from simulator.scenario.json_schema import Schema
from simulator.scenario.loader import load
from simulator.scenario.matching import Matcher
from simulator.scenario.message import fields_of, paths
from simulator.scenario.resolving import TICKET_VALUES
from simulator.scenario.steps import KINDS, Expected, FaultStep, Sla, SupplierStep, WaitStep
from simulator.scenario.values import MARKS

PAGE = Path(__file__).parents[1] / "scenarios.md"
BEGIN, END = "<!-- The reference: written by `make docs`. -->", "<!-- The end of the reference. -->"
_MOST_LISTED = 12
_HEADER = ("key", "takes", "default", "meaning")

_EVERY_OPERATION = """
scenario: 1
name: example
description: Every operation once, with nothing said that need not be.
steps:
  - buyer: queryAppointmentAvailability
    as: offer
  - buyer: reserveAppointment
    fill: {appointmentSlot: $offer.appointmentSlot}
  - buyer: addFaultReport
  - supplier: accept
  - buyer: amendFaultReport
  - buyer: requestFaultReportUpdate
  - supplier: resolve
  - buyer: resolveResponse
"""
_VARIES: Mapping[str, str] = {
    "sentAt": "now",
    "reportDateTime": "now",
    "faultStartTime": "now",
    "appointmentsFrom": "today",
    "messageId": "counted",
    "correlationId": "counted",
    "serviceAffected": "the parameter `service`, else the first live service",
    "buyerIdentifier": "whose service it is",
    "addressKey": "where the service is",
    "productName": "which product the service is",
    "buyerFaultReference": "the scenario's name in capitals, and a number; then the ticket's",
    "maintainerFaultReference": "the ticket's, once it has one",
    "appointmentDate": "",
    "appointmentStartTime": "",
    "appointmentEndTime": "",
}
"""What the played buyer takes from where it is; the slot is the script's own."""
_MARKS: Mapping[str, str] = {
    "appointment-start": "the fault's appointment begins",
    "appointment-end": "it ends",
    "sla-deadline": "the repair is due; a millisecond later the SLA is exceeded",
}


def page(before: str) -> str:
    """The page with its reference made anew; ``before`` is what it is now."""
    head, _, rest = before.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{reference()}\n\n{END}{tail}"


def reference() -> str:
    """All between the markers."""
    parts = (_file(), _values(), _requests(), _moves(), _faults(), _waits(), _checks(), _matchers(), _played())
    return "\n\n".join(parts)


def _file() -> str:
    rows = [*_rows(Scenario), *_rows(Given, "given."), *_rows(Match, "match.")]
    return f"""### The file

{table(_HEADER, rows)}

- `given.settings` takes the [switches](configuration.md#the-switches) and the groups below them, `given.inventory`
  entries as `cityfibre-simulator inventory` prints them.
- A step begins with {code(KINDS)}, and does that one thing."""


def _values() -> str:
    values = (
        ("`$name`", "a parameter; it is a whole value, and not a part of a text"),
        ("`$name.field`", f"a field of the answer to the step with `as: name`. {_WHICH}"),
        ("`$ticket.field`", f"of the fault, as it is by then: {code(TICKET_VALUES)}"),
        ("`$$text`", "the text `$text`"),
        ("`~`", "nothing: an element that is left out, or that is not there"),
    )
    return f"""### Values

{table(("value", "is"), values)}

References may stand below `seed`, `start`, `given`, `match` and `steps`. Text is taken as it is
written: `no`, `12:30` and `0123` too. YAML wants quotes around one that has `: ` or ` #` in it, or begins with a sign
of its own, such as `[`, `*` or `&`."""


_WHICH = "It is the first element called so, at any depth, with all that is inside; `$name.outer.field` says in which"


def _requests() -> str:
    rows: dict[tuple[str, ...], list[str]] = {}
    for word, kind in (("buyer", BuyerStep), ("expect", ExpectStep)):
        for row in _rows(kind):
            if row[0] != f"`{word}`":
                rows.setdefault(row, []).append(word)
    return f"""### Steps of the buyer

- `buyer`: {_about(BuyerStep)}
- `expect`: {_about(ExpectStep)}

Both name one of {code(OPERATIONS)}. Beside that stand:

{table(("key", "of", *_HEADER[1:]), ((row[0], code(words), *row[1:]) for row, words in rows.items()))}

- `with`, `fill` and `where` hold elements by name, one inside the other, as the messages have them. A list repeats an
  element. `answer` holds fields by their names alone.
- The rules for `refused_by` are those of [conformance.md](conformance.md#2-the-rules-that-reject), and `xsd`,
  `xml-not-well-formed` and the like for what is refused before them.
- With `never`, `within_real` is {SHORT_PATIENCE:g} unless said: what must not come is not waited for as long.
- `body` excludes `with` and `fill`; `never` excludes `within`, `status`, `answer` and `as`."""


def _moves() -> str:
    return f"""### Moves of the supplier

{_about(SupplierStep)} What is bold must be given.

{tables.actions()}

*Under repair* is every state between acceptance and repair: [lifecycle.md](lifecycle.md#actions).

{tables.parameters()}"""


def _faults() -> str:
    rows = []
    for kinds, meets in ((OF_REQUESTS, "a request"), (OF_NOTIFICATIONS, "a notification")):
        for kind, model in kinds.items():
            takes = "<br>".join(f"{key}: {about} ({values})" for key, values, _, about in _own(model))
            rows.append((f"`{kind}`", meets, _about(model), takes))
    return f"""### Faults

{_about(FaultStep)}
The played buyer meets those of its requests; those of notifications are seen where a real buyer is notified. In `run` a
fault is for all that comes, in `serve` for the ticket that the script leads.

{table(("`fault` takes", "it meets", "what happens", "what it takes"), rows)}

Which messages it meets is said beside it:

{table(_HEADER, [_ON, *_rows(Fault)])}

A request that is turned away is refused by the rule that is called like the fault: `refused_by: unavailable`. One
message meets one fault, the first that was set; the others count it too."""


_ON = ("`on`", "one or a list", "each", "the operations, or the notifications, by name")


def _own(model: type[BaseModel]) -> list[tuple[str, ...]]:
    """What a fault says otherwise of what all have."""
    common = list(_rows(Fault))
    return [row for row in _rows(model) if row not in common and row[0] != "`on`"]


def _waits() -> str:
    moments = [
        ("a duration", "`PT2H`, `P3D`", "so long"),
        ("a time", "`12:30`", "until then, London time, on the next working day on which that is ahead"),
        *(("a moment of the fault", f"`{mark}`", f"until {_MARKS[mark]}") for mark in MARKS),
    ]
    return f"""### Waits

{table(_HEADER, _rows(WaitStep))}

{table(("`wait` takes", "such as", "and waits"), moments)}

A moment that has passed, or that the fault does not have, fails the step."""


def _checks() -> str:
    inside = _rows(Sla, "sla.")
    rows = [row for row in _rows(Expected) if row[0] != "`sla`"]
    return f"""### Checks

{_about(Expected)}

{table(_HEADER, [*rows, *inside])}"""


def _matchers() -> str:
    return f"""### Matchers

In `where`, `answer` and `check.notification`, in the place of a text. All that is said must hold.

{table(_HEADER, _rows(Matcher))}

A text is compared without white space at its ends, and with one space in the place of several. Of a repeated element,
one must fit."""


# -- models


def _about(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, ...]]:
    """A row for each key: its name, what it takes, its default, its meaning."""
    says = model.model_json_schema(by_alias=True)
    for name, field in model.model_fields.items():
        key = field.alias or name
        takes = _takes(says["properties"][key], says.get("$defs", {}))
        default = "must be given" if field.is_required() else _default(field)
        yield f"`{prefix}{key}`", takes, default, field.description or ""


def _default(field: FieldInfo) -> str:
    default = field.get_default()
    if isinstance(default, timedelta):
        return f"`{format_duration(default)}`"
    if isinstance(default, float):
        return f"`{default:g}`"
    return f"`{default}`" if isinstance(default, str | int) else ""


def _takes(says: Schema, definitions: Mapping[str, Schema]) -> str:
    """The values of a key, in a few words."""
    match says:
        case {"$ref": name}:
            return _takes(definitions[name.rpartition("/")[2]], definitions)
        case {"anyOf": [one, {"type": "null"}]}:
            return _takes(one, definitions)
        case {"anyOf": [{"enum": _}, {"type": "array"}]}:
            return "one or a list"
        case {"enum": words}:
            return code(words)
        case {"const": word}:
            return code([word])
        case {"type": "object", "properties": inside}:
            return code(inside) if len(inside) <= _MOST_LISTED else "settings"
        case {"type": "object"}:
            return _mapping(says)
    return _list(says, says["items"]) if says["type"] == "array" else _number(says) or _text(says)


def _mapping(says: Schema) -> str:
    if "propertyNames" in says:
        return "numbers by name"
    return f"values by name, {says['maxProperties']} at the most" if "maxProperties" in says else "elements"


def _list(says: Schema, items: Schema) -> str:
    of = "steps" if "oneOf" in items else "mappings" if items.get("type") == "object" else "texts"
    return f"a list of {of}" + (f", {says['maxItems']} at the most" if "maxItems" in says else "")


def _number(says: Schema) -> str:
    match says:
        case {"type": "boolean"}:
            return code(("true", "false"))
        case {"exclusiveMinimum": below, "maximum": most}:
            return f"above {below:g}, up to {most:g}"
        case {"minimum": least, "maximum": most}:
            return f"{least} to {most}"
        case {"minimum": least}:
            return f"{least} or more"
    return ""


def _text(says: Schema) -> str:
    match says:
        case {"format": "duration"}:
            return "a duration"
        case {"format": "date-time"}:
            return "an instant with its zone"
        case {"maxLength": most}:
            return f"text, {most} characters at the most"
        case {"pattern": _}:
            return "a name"
        case {"examples": _}:
            return "a moment"
    return "text"


# -- the played buyer


def _played() -> str:
    header = ("element", "is", "in")
    rows = ((f"`{name}`", value, code(operations)) for (name, value), operations in _said().items())
    return f"""### What the played buyer says

Where no real buyer plays, `run` sends this, and over it what `fill` and `with` say; `~` leaves an element out. It has
no slot to reserve: the script says which.

{table(header, rows)}"""


def _said() -> dict[tuple[str, str], list[str]]:
    """Every element that it sends unasked, with its value in words, and in which operations."""
    said: dict[tuple[str, str], list[str]] = {}
    for operation, message in asyncio.run(_sent()):
        for path, value in paths(message):
            words = _VARIES.get(path[-1], f"`{value}`" if value else "empty")
            if words:
                said.setdefault((".".join(path), words), []).append(operation)
    return said


async def _sent() -> Iterable[tuple[str, dict[str, Any]]]:
    """Each request of a run, as it was sent."""
    source = load(_EVERY_OPERATION, "example.yaml")
    run = Run(source, source.scripts[0])
    plan = blueprint(run, load_settings({}, {}), inventory.default(), name="run", mode="frozen", notify=None)
    stage = Stage(plan, run.script)
    try:
        verdict = await stage.play_both_sides()
    finally:
        await stage.environment.close()
    if not verdict.passed:
        raise RuntimeError(f"the example has failed: {verdict.failure}")
    sent = [entry.data for entry in verdict.entries if entry.kind == "request-received"]
    return [(str(one["operation"]), _message(str(one["operation"]), str(one["body"]))) for one in sent]


def _message(operation: str, body: str) -> dict[str, Any]:
    """A request as a mapping."""
    message: dict[str, Any] = fields_of(body.encode()).value((OPERATIONS[operation].request_element,))
    return message


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8", newline="\n")
