"""The diagrams and tables of ``docs/lifecycle.md``, from the code's own tables."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from simulator.cityfibre import (
    ACTIONS,
    CLOSURE_CODES,
    DEFAULT_LIFE,
    NOTIFICATIONS,
    TRANSITIONS,
    VISIT_TRANSITIONS,
    SupplierSettings,
)
from simulator.cityfibre.action_parameters import Parameters
from simulator.cityfibre.actions import UNDER_REPAIR, Action
from simulator.cityfibre.life import NextStep
from simulator.cityfibre.settings import DefaultLife, Sla
from simulator.cityfibre.ticket import State, Trigger
from simulator.cityfibre.visits import VisitState, VisitTrigger

MEANINGS: Mapping[State, str] = {
    State.PENDING: "reported; it has no maintainerFaultReference yet",
    State.ACCEPTED: "the supplier takes it on; the SLA's clock starts",
    State.OPEN: "it has been passed on inside of the supplier; optional",
    State.IN_PROGRESS: "somebody works on it",
    State.ON_HOLD: "work rests, and so does the SLA's clock",
    State.RESOLVED: "repaired, says the supplier; the buyer may accept or reject that",
    State.RE_OPENED: "the buyer has rejected the repair",
    State.CLOSED: "the end: repaired",
    State.REJECTED: "the end: never accepted",
    State.CANCELLED: "the end: no longer needed",
}


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') or '–' for cell in row)} |" for row in lines)


def code(words: Iterable[str]) -> str:
    """Words in backticks, with commas."""
    return ", ".join(f"`{word}`" for word in words)


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words in backticks, as a sentence lists them."""
    *first, end = [f"`{word}`" for word in words]
    return f"{', '.join(first)} {last} {end}" if first else end


# -- diagrams


def diagram(
    ways: Mapping[State, Mapping[Trigger, State]] | Mapping[VisitState, Mapping[VisitTrigger, VisitState]],
    *,
    direction: str = "TB",
    note: tuple[str, ...] = (),
) -> str:
    """A state diagram of mermaid: an edge for each transition, and one out of the picture for each end.

    A hyphen would end a name in mermaid, so that states with one get an alias. A note stands last: mermaid fails on a
    note to a state that it has not met yet.
    """
    edges = {str(state): {str(on): str(after) for on, after in away.items()} for state, away in ways.items()}
    lines = [f"direction {direction}"]
    lines += [f'state "{state}" as {_alias(state)}' for state in edges if state != _alias(state)]
    lines += [f"[*] --> {_alias(next(iter(edges)))}"]
    for state, away in edges.items():
        lines += [f"{_alias(state)} --> {_alias(after)}: {trigger}" for trigger, after in away.items()]
        lines += [] if away else [f"{_alias(state)} --> [*]"]
    return "\n".join(("```mermaid", "stateDiagram-v2", *(f"    {line}" for line in (*lines, *note)), "```"))


def _alias(state: str) -> str:
    return state.replace("-", "_")


# -- the default life


def states() -> str:
    """What each state means, and what ends it when nobody does anything."""
    header = ("state", "what it means", "by itself it is then", "after", "where `default_life.up_to` is")
    return table(header, (_state(state) for state in TRANSITIONS))


def _state(state: State) -> tuple[str, ...]:
    step = DEFAULT_LIFE.get(state)
    if step is None:
        return f"`{state}`", MEANINGS[state], "", "", ""
    far: tuple[str, ...] = get_args(DefaultLife.model_fields["up_to"].annotation)[::-1]
    enough = far[far.index(step.reaches) :]
    reach = "any" if enough == far else code(enough)
    after = f"`{setting_of(step)}`, {hours(step.delay(DefaultLife()))}"
    return f"`{state}`", MEANINGS[state], f"`{TRANSITIONS[state][step.trigger]}`", after, reach


def setting_of(step: NextStep) -> str:
    """The setting that a step waits for: the one that moves it."""
    odd = timedelta(days=99)
    moved = [name for name in DefaultLife.model_fields if name != "up_to" and step.delay(_life(name, odd)) == odd]
    return f"default_life.{moved[0]}"


def _life(name: str, delay: timedelta) -> DefaultLife:
    return DefaultLife.model_validate({name: delay})


def hours(span: timedelta) -> str:
    """A duration as people say it."""
    return f"{span / timedelta(hours=1):g} h" if span else "at once"


# -- the supplier's moves


def actions() -> str:
    """Each action: what it takes, when it is possible, and which notification follows."""
    header = ("action", "takes", "while the ticket is", "while its appointment is", "the buyer is told")
    return table(header, (_action(action) for action in ACTIONS.values()))


def _action(action: Action) -> tuple[str, ...]:
    fields = action.parameters.model_fields.items()
    takes = ", ".join(f"**`{name}`**" if field.is_required() else f"`{name}`" for name, field in fields)
    visits = [state for state, ways in VISIT_TRANSITIONS.items() if action.visit in ways]
    told = ", ".join(f"*{one.name}*" for one in NOTIFICATIONS if action.name in one.on)
    return f"`{action.name}`", takes, during(action.during), code(visits), told


def during(allowing: frozenset[State]) -> str:
    """States in the order of a life; the five that are under repair have a name together."""
    together = ["under repair"] if allowing >= UNDER_REPAIR else []
    others = allowing - UNDER_REPAIR if together else allowing
    return ", ".join([*together, *(f"`{state}`" for state in State if state in others)])


def parameters() -> str:
    """Each parameter of each action; one row for those that are the same."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for action in ACTIONS.values():
        for row in _parameters(action.parameters):
            rows.setdefault(row, []).append(action.name)
    header = ("parameter", "of", "takes", "default", "meaning")
    return table(header, ((row[0], code(names), *row[1:]) for row, names in rows.items()))


def _parameters(model: type[Parameters], prefix: str = "") -> Iterable[tuple[str, ...]]:
    schema = model.model_json_schema()
    for name, field in model.model_fields.items():
        says = schema["properties"][name]
        default = "must be given" if field.is_required() else _default(field.get_default())
        meaning = field.description or ""
        part = _part_of(field)
        if part is None:
            yield f"`{prefix}{name}`", _takes(says, field), default, meaning
        else:
            yield f"`{prefix}{name}`", f"a list, {says['maxItems']} at the most", default, meaning
            yield from _parameters(part, f"{name}[].")


def _part_of(field: FieldInfo) -> type[Parameters] | None:
    """The model of a list's parts, where the field is such a list."""
    inner = get_args(field.annotation)
    first = inner[0] if inner else None
    return first if isinstance(first, type) and issubclass(first, Parameters) else None


def _takes(says: dict[str, Any], field: FieldInfo) -> str:
    says = next((one for one in says.get("anyOf", ()) if one["type"] != "null"), says)
    match says:
        case {"enum": values}:
            return code(values)
        case {"type": "boolean"}:
            return code(("true", "false"))
        case {"minimum": least, "maximum": most}:
            return f"{least} to {most}"
        case {"format": "date-time"}:
            return "an instant with its zone"
        case {"type": "string", "maxLength": most}:
            return f"text, {most} characters at the most{'' if _takes_blank(field) else ', not blank'}"
    raise LookupError(f"no words yet for what {says} takes")


def _takes_blank(field: FieldInfo) -> bool:
    """No schema says so; but the field itself can be asked."""
    kind: Any = Annotated[field.annotation, *field.metadata]
    try:
        TypeAdapter(kind).validate_python(" ")
    except ValidationError:
        return False
    return True


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value else ""


def closure_codes() -> str:
    """What a completed visit may end with."""
    return table(("code", "meaning"), ((f"`{key}`", words) for key, words in CLOSURE_CODES.items()))


# -- the rest


def sla_hours() -> str:
    """The hours that a repair may take."""
    levels = {name: name.removeprefix("priority_") for name in Sla.model_fields if name != "calendar"}
    settings = SupplierSettings().sla
    rows = (
        ("any other, or none" if name == level else f"`{level}`", f"{getattr(settings, name)} h", f"`sla.{name}`")
        for name, level in levels.items()
    )
    return table(("priorityLevel", "a repair may take", "setting"), rows)


def notifications() -> str:
    """Each notification: what leads to it, what it leaves the ticket in, and what it shows."""
    header = ("notification", "on", "the ticket is then", "shows besides", "in the text")
    rows = (
        (f"*{one.name}*", code(one.on), f"`{one.leaves}`" if one.leaves else "as it was", code(one.shows), one.source)
        for one in NOTIFICATIONS
    )
    return table(header, rows)
