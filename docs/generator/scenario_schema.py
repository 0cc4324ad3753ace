"""Writes ``schemas/scenario.schema.json``, by which editors complete and check scenarios: ``make docs``.

It is made of the language's own models, and of the messages' outlines. What single values may be is told by
``simulator/scenario/json_schema.py``.

A step is told by ``if``/``then`` and not by ``oneOf``: once the word is there, an editor completes the keys of that one
kind, and says what is wrong with it. Of a ``oneOf`` it shows the alternative that fits best, by a guess.
"""

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from docs.generator.tables import during
from simulator.cityfibre import ACTIONS, NOTIFICATIONS
from simulator.cityfibre.faults import FAULTS
from simulator.cityfibre.messages import FaultReport, Received
from simulator.cityfibre.operation import Operation
from simulator.cityfibre.operations import OPERATIONS
from simulator.scenario.buyer_steps import BuyerStep, ExpectStep, OfTheBuyer
from simulator.scenario.file import Scenario
from simulator.scenario.json_schema import (
    REFERENCE,
    TEXT,
    VARIABLE,
    Schema,
    choice,
    closed,
    properties,
    ref,
    sentence,
    whole,
)
from simulator.scenario.matching import Matcher
from simulator.scenario.meaning import ANSWERS, AT_THE_DOOR, FAULT_NAMES
from simulator.scenario.message import names_in
from simulator.scenario.steps import FAULT_STEPS, SUPPLIER_STEPS, CheckStep, Expected, FaultStep, WaitStep
from simulator.wire.binding import outline

FILE = Path(__file__).parents[2] / "schemas" / "scenario.schema.json"

_REFERS = frozenset({"seed", "start", "given", "match", "steps"})
"""The keys of a file below which a scalar may refer to another value."""
_ABOUT = {"supplier": "The supplier makes a move on the ticket.", "fault": sentence(FaultStep.__doc__)}
_WORDS = {
    "buyer": BuyerStep,
    "supplier": None,
    "expect": ExpectStep,
    "wait": WaitStep,
    "check": CheckStep,
    "fault": None,
}


def text() -> str:
    """The whole file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def schema() -> Schema:
    """The whole schema."""
    keys = properties(Scenario, refers=_REFERS)
    keys["parameters"]["propertyNames"] = {"pattern": whole(VARIABLE)}
    keys["cases"]["items"]["propertyNames"] = {"pattern": whole(VARIABLE)}
    keys["steps"]["items"] = ref("step")
    keys["match"]["minProperties"] = 1
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of the CityFibre Simulator",
        "description": "Written by `make docs`. The language is explained in docs/scenarios.md.",
        **closed(keys, Scenario),
        "$defs": _definitions(),
    }


def _definitions() -> Schema:
    made: Schema = {"reference": {"type": "string", "pattern": "^" + REFERENCE}, "step": _step()}
    for kind in (BuyerStep, ExpectStep):
        word = "buyer" if kind is BuyerStep else "expect"
        made |= _split(word, kind.__doc__, OPERATIONS)
        made |= {f"{word}-{name}": _request(kind, word, one) for name, one in OPERATIONS.items()}
    made |= _split("supplier", _ABOUT["supplier"], ACTIONS)
    made |= {f"supplier-{name}": _action(name) for name in ACTIONS}
    made |= _split("fault", _ABOUT["fault"], FAULTS)
    made |= {f"fault-{name}": _fault(name) for name in FAULTS}
    made |= {"wait": closed(properties(WaitStep), WaitStep), "check": _check()}
    made |= {"text": _leaf(), "wanted": _leaf(matcher=True)}
    for name, operation in OPERATIONS.items():
        made[f"answer-{name}"] = _answer(operation)
        made[f"rule-{name}"] = choice(_rules(operation))
        made |= _messages(operation.request, "sent")
        made |= _messages(operation.request, "wanted")
    return made


# -- steps


def _step() -> Schema:
    """A chain, so that each mistake has one message: a step without a word is told which words there are."""
    words: Schema = {
        word: {"description": sentence(kind.__doc__) if kind else _ABOUT[word]} for word, kind in _WORDS.items()
    }
    for word, known in (("buyer", OPERATIONS), ("expect", OPERATIONS), ("supplier", ACTIONS), ("fault", FAULTS)):
        words[word] |= choice(known)
    chain: Schema = {
        "type": "object",
        "properties": words,
        "additionalProperties": False,
        "minProperties": 1,
    }
    for word in reversed(_WORDS):
        chain = {"if": {"type": "object", "required": [word]}, "then": ref(word), "else": chain}
    return {"description": "One step: the word that it begins with says which kind it is.", **chain}


def _split(word: str, about: str | None, names: Iterable[str]) -> Schema:
    """A kind of step whose keys depend on what its word says; where that is a parameter, any key may stand there."""
    branches = [
        {
            "if": {"properties": {word: {"const": name}}, "required": [word]},
            "then": ref(f"{word}-{name}"),
        }
        for name in names
    ]
    about = sentence(about)
    return {word: {"type": "object", "description": about, "properties": {word: choice(names)}, "allOf": branches}}


def _request(kind: type[OfTheBuyer], word: str, operation: Operation) -> Schema:
    keys = properties(kind)
    keys[word] = {"const": operation.name, "description": sentence(kind.__doc__)}
    keys["as"]["pattern"] = whole(f"{REFERENCE}.*|{VARIABLE}")
    message = operation.request.__name__
    apart = {
        "refused_by": f"rule-{operation.name}",
        "answer": f"answer-{operation.name}",
        "with": f"sent.{message}",
        "fill": f"sent.{message}",
        "where": f"wanted.{message}",
    }
    for key in apart.keys() & keys.keys():
        keys[key] = _message(apart[key], keys[key]["description"])
    return {**closed(keys, kind), **_one_way(kind)}


def _message(name: str, about: str) -> Schema:
    return {**ref(name), "description": about} | ({} if name.startswith("rule") else {"type": "object"})


def _answer(operation: Operation) -> Schema:
    fields_of_answer = sorted(names_in(ANSWERS.get(operation.name, Received)) | FAULT_NAMES)
    return {"properties": {name: ref("wanted") for name in fields_of_answer}, "additionalProperties": False}


def _rules(operation: Operation) -> list[str]:
    """What may refuse such a request: its own rules in their order, then what refuses it at the door."""
    return [*(rule.id for rule in operation.rules), *sorted(AT_THE_DOOR)]


def _one_way(kind: type[OfTheBuyer]) -> Schema:
    """What excludes each other; the models' own checks say the same."""
    key, others = ("body", ("with", "fill")) if kind is BuyerStep else ("never", ("within", "as", "answer", "status"))
    forbidden = dict.fromkeys(others, False)
    return {"if": {"required": [key]}, "then": {"properties": forbidden}}


def _action(name: str) -> Schema:
    step, action = SUPPLIER_STEPS[name], ACTIONS[name]
    told = ", ".join(one.name for one in NOTIFICATIONS if name in one.on)
    visit = " and has an appointment ahead" if action.visit else ""
    about = f"While the fault is {during(action.during).replace('`', '')}{visit}. The buyer is told: {told}."
    keys = properties(step)
    keys["supplier"] = {"const": name, "description": about}
    return {**closed(keys, step), "description": about}


def _fault(name: str) -> Schema:
    step = FAULT_STEPS[name]
    about = sentence(step.__doc__)
    keys = properties(step)
    keys["fault"] = {"const": name, "description": about}
    return {**closed(keys, step), "description": about}


def _check() -> Schema:
    keys = properties(Expected)
    number = keys["notifications"].pop("additionalProperties")
    names = {one.name: {**number, "description": f"sent on {', '.join(one.on)}"} for one in NOTIFICATIONS}
    keys["notifications"] |= {"properties": names, "additionalProperties": False}
    keys["notifications"].pop("propertyNames", None)
    keys["injected"].pop("additionalProperties")
    keys["injected"].pop("propertyNames", None)
    keys["injected"] |= {"properties": dict.fromkeys(FAULTS, number), "additionalProperties": False}
    about = keys["notification"]["description"]
    keys["notification"] = {**ref(f"wanted.{FaultReport.__name__}"), "type": "object", "description": about}
    inside = {**closed(keys, Expected), "description": CheckStep.model_fields["check"].description}
    return closed({"check": inside}, CheckStep)


# -- messages


def _messages(message: Any, flavour: str) -> Schema:  # noqa: ANN401 - a dataclass
    """A message and all that stands in it. An element may be repeated, left out, or be what a reference says."""
    made: Schema = {}
    keys: Schema = {}
    hints = get_type_hints(message)
    for field, (name, place) in zip(fields(message), outline(message).items(), strict=True):
        if place.inner is None:
            keys[name] = {**ref("text" if flavour == "sent" else "wanted"), **_said(hints[field.name])}
            continue
        made |= _messages(place.inner, flavour)
        keys[name] = inner = ref(f"{flavour}.{place.inner.__name__}")
        if place.part:
            keys[name] = ref(f"{flavour}.{name}")
            part = {place.part.rpartition("}")[2]: inner}
            made[f"{flavour}.{name}"] = _elements(part, flavour, "A list.", f"{flavour}.{name}")
    itself = f"{flavour}.{message.__name__}"
    return {itself: _elements(keys, flavour, sentence(message.__doc__), itself), **made}


def _elements(keys: Schema, flavour: str, about: str, itself: str) -> Schema:
    present = {"present": _matcher()["properties"]["present"]} if flavour == "wanted" else {}
    return {
        "type": ["object", "array", "string", "null"],
        "description": about,
        "properties": {**keys, **present},
        "additionalProperties": False,
        "items": ref(itself),
        "pattern": f"^({REFERENCE}.*)?$",
        "patternErrorMessage": f"elements stand inside, such as {next(iter(keys))}",
    }


def _said(hint: object) -> Schema:
    return {"examples": [True, False]} if hint == bool | None else {}


def _leaf(*, matcher: bool = False) -> Schema:
    """One text, nothing, or several texts of an element that is repeated; where it is looked at, a matcher."""
    kinds = [*TEXT, "null", "array"]
    if not matcher:
        return {"type": kinds, "items": {"type": [*TEXT, "null"]}}
    return {**_matcher(), "type": [*kinds, "object"], "items": ref("wanted")}


def _matcher() -> Schema:
    return closed(properties(Matcher), Matcher)


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8", newline="\n")
