"""The library that comes with the simulator: every scenario of it passes, and together they show all that there is."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from simulator import resources
from simulator.cityfibre import ACTIONS, SupplierSettings, inventory
from simulator.cityfibre.faults import FAULTS, TURN_AWAY
from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.ticket import State
from simulator.cityfibre.visits import CLOSURE_CODES, VisitState
from simulator.config import Loaded, load
from simulator.core.journal import Entry
from simulator.running.planning import Run, blueprint, choose
from simulator.running.playing import Stage
from simulator.runtime.scenario_files import read_all
from simulator.scenario.loader import Source
from simulator.scenario.report import Verdict
from simulator.scenario.steps import CheckStep
from simulator.wire.errors import ProtocolRule

SOURCES = read_all([resources.scenarios()])
RUNS = choose(SOURCES, [], "")
WARNED_OF = {
    "amend-cancels[ignored]": {"R25"},
    "limits-warned-of": {"R10"},
    "own-inventory": {"§2.4"},
    "own-keys": {"§2.7"},
    "parent-reference[warn]": {"§2.5"},
}
"""The runs whose story is a conformance warning, and the rulings that it comes from. Nothing else may be warned of."""
AT_THE_DOOR = {"xsd", *get_args(ProtocolRule)}
"""What refuses a message before the rules of its operation do, and a step's ``body`` can bring about."""
TAGS = {"smoke", "appointments", "rejections", "sla", "life", "attachments", "faults", "switches"}
SWITCHES_LEFT_OUT = {
    "attachments.most_bytes": "no step puts a file",
    "default_life.accept_after": "a script leads its ticket in place of the default life, save for the auto-close",
    "default_life.start_after": "the same",
    "default_life.resolve_after": "the same",
    "default_life.up_to": "the same",
    "source_addresses": "a buyer that we play comes from no address",
    "validate_sent": "a check of our own; buyers see nothing of it, and every run here has it on",
}
VALUES_LEFT_OUT = {
    "default_life.up_to=in-progress": "as the switch",
    "default_life.up_to=accepted": "as the switch",
    "default_life.up_to=pending": "as the switch",
    "validate_sent=True": "as the switch",
}


@dataclass(frozen=True, slots=True)
class Library:
    """All runs, and how many seconds they took."""

    verdicts: dict[str, Verdict]
    seconds: float

    @property
    def entries(self) -> Iterator[Entry]:
        """The journals, one behind the other."""
        return (entry for one in self.verdicts.values() for entry in one.entries)

    def data(self, kind: str) -> Iterator[Any]:
        """What all entries of a kind say."""
        return (entry.data for entry in self.entries if entry.kind == kind)


@pytest.fixture(scope="module")
def library() -> Library:
    """Every run of the library, made once."""
    return played()


def played(**settings: object) -> Library:
    """Every run of the library. What the simulator sends is held to its schemas, so that a bug there is one here."""
    given = {name.replace("__", "."): value for name, value in settings.items()}
    loaded, began = load({"validate_sent": True, **given}, {}), time.perf_counter()
    verdicts = asyncio.run(_played(loaded))
    return Library({one.script.name: one for one in verdicts}, time.perf_counter() - began)


async def _played(loaded: Loaded) -> list[Verdict]:
    known, verdicts = inventory.default(), []
    for run in RUNS:
        stage = Stage(blueprint(run, loaded, known, name="run", mode="frozen", notify=None), run.script)
        try:
            verdicts.append(await stage.play_both_sides())
        finally:
            await stage.environment.close()
    return verdicts


# -- each scenario


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.script.name)
def test_a_scenario_passes(library: Library, run: Run) -> None:
    """With the buyer played too: to its end, without a bug, and without a warning that is not its story."""
    verdict = library.verdicts[run.script.name]
    assert verdict.failure is None
    assert verdict.steps == len(run.script.steps)
    assert "bug" not in {entry.kind for entry in verdict.entries}
    warned = {entry.data["ruling"] for entry in verdict.entries if entry.kind == "conformance-warning"}
    assert WARNED_OF.get(run.script.name, set()) == warned


OTHERWISE: dict[str, dict[str, object]] = {
    "another seed": {"seed": 7},
    "a Saturday night in summer": {"start": "2026-07-04T22:00:00Z"},
    "all switches": {
        "envelope": "soap",
        "notification_envelope": "soap",
        "http_status": "always-200",
        "fault_style": "supplier",
        "notification_schema": "xsd",
        "limits": "enforce",
        "reference_format": "TIC-{:06d}",
        "amend_cancels": False,
        "tlos_without_key": "wait",
        "appointment_rejection": "fault",
        "appointment_broken_xml": 500,
        "inventory": "any",
        "parent_reference": "enforce",
        "appointment_keys": "any",
        "default_life__close_after": "PT1H",
        "diary__capacity": 1,
        "diary__hold": "PT1H",
        "sla__calendar": "always",
        "sla__other": 1,
    },
    "the samples' quirks": {"notification_schema": "verbatim"},
}
"""Settings of a team that are none of a scenario's business: where one is, the scenario says so in ``given``."""


@pytest.mark.parametrize("settings", OTHERWISE.values(), ids=OTHERWISE)
def test_a_scenario_passes_otherwise_too(settings: dict[str, object]) -> None:
    """Whichever key, reference or id is drawn, whatever day it is, and with a team's own switches."""
    assert {} == {name: one.failure for name, one in played(**settings).verdicts.items() if one.failure is not None}


def test_two_runs_of_a_scenario_leave_the_same_journal(library: Library) -> None:
    """To the byte."""
    again = played()
    for name, verdict in library.verdicts.items():
        first = [entry.as_line() for entry in verdict.entries]
        assert first == [entry.as_line() for entry in again.verdicts[name].entries], name


def test_the_library_is_played_in_seconds(library: Library) -> None:
    """A team can afford all of it on every commit."""
    assert len(library.verdicts) == len(RUNS) >= 60
    assert library.seconds < 10


# -- each file


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.scenario.name)
def test_a_file_is_laid_out_as_the_others_are(source: Source) -> None:
    """Called as its scenario is, known to editors, with tags that are known, and a check in the end."""
    path = Path(source.document.name)
    assert path.stem == source.scenario.name
    first = path.read_text("utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found is not None
    assert (path.parent / found[1]).resolve() == resources.schemas() / "scenario.schema.json"
    assert set(source.scenario.tags) <= TAGS
    assert isinstance(source.scenario.steps[-1], CheckStep)


def test_no_two_scenarios_have_one_name() -> None:
    """Names are what `X-Scenario` and reports call them by."""
    assert {} == {name: times for name, times in Counter(one.scenario.name for one in SOURCES).items() if times > 1}


def test_no_scenario_takes_the_faults_of_another() -> None:
    """In `serve` they match by the beginnings of references; none of these begins with another one."""
    references = [one.scenario.match.reference or "" for one in SOURCES if one.scenario.match is not None]
    twice = [one for one in references if sum(other.startswith(one) for other in references) > 1]
    assert [] == twice
    assert all(references)


def test_what_leads_faults_in_serve_needs_nothing_of_its_own() -> None:
    """There the environment is the user's, with other faults in it: neither a start, settings nor a count holds."""
    leading = [run.script for run in RUNS if run.script.scenario.match is not None]
    assert len({script.scenario.name for script in leading}) > 20
    defaults = dict(_given(SupplierSettings(), unset=True))
    for script in leading:
        assert script.scenario.start is None, script.name
        assert dict(_given(script.scenario.given.settings)).items() <= defaults.items(), script.name
        checks = [step.check for step in script.steps if isinstance(step, CheckStep)]
        assert all(check.tickets is None for check in checks), script.name


def test_a_few_are_to_begin_with() -> None:
    """Those that the README of the library names."""
    begin = {one.scenario.name for one in SOURCES if "smoke" in one.scenario.tags}
    assert begin == {
        "repaired-and-accepted",
        "rejected-by-supplier",
        "on-hold-after-two-hours",
        "cancelled-by-buyer",
        "visit-repairs",
    }


def test_the_readme_names_each_folder() -> None:
    """And no other."""
    readme = (resources.scenarios() / "README.md").read_text("utf-8")
    folders = {Path(one.document.name).parent.name for one in SOURCES}
    assert folders == set(re.findall(r"^\| `([a-z]+)/` \|", readme, re.MULTILINE))


# -- all of them together


def test_every_notification_is_sent(library: Library) -> None:
    """All seventeen."""
    assert {one.name for one in NOTIFICATIONS} == {data["notification"] for data in library.data("notification")}


def test_every_action_is_taken(library: Library) -> None:
    """All that the supplier can do."""
    done = {data["does"].removeprefix("supplier ") for data in library.data("script-step")}
    assert set(ACTIONS) == done & set(ACTIONS)


def test_every_state_is_reached_and_looked_at(library: Library) -> None:
    """A ticket is in each at some time, and a check of some scenario says so."""
    changes = list(library.data("ticket-changed"))
    assert set(State) == {data[end] for data in changes for end in ("from", "to")}
    assert set(State) == {one.check.state for one in _checks() if one.check.state is not None}


def test_every_state_of_a_visit_is_reached_and_looked_at(library: Library) -> None:
    """The journal has no entry for a visit that is booked: only its check tells of that."""
    reached = {data["to"] for data in library.data("appointment-changed")}
    assert set(VisitState) == reached | {VisitState.BOOKED}
    assert set(VisitState) == {one.check.appointment for one in _checks() if one.check.appointment is not None}


def test_every_closure_code_ends_a_visit(library: Library) -> None:
    """The good one and the ten others."""
    completed = (data for data in library.data("appointment-changed") if data["trigger"] == "complete-appointment")
    assert set(CLOSURE_CODES) == {data["why"] for data in completed}


def test_every_rule_of_every_operation_refuses_something(library: Library) -> None:
    """By the rule's id in the journal."""
    rules = {(operation.name, rule.id) for operation in OPERATIONS.values() for rule in operation.rules}
    refused = set(_refusals(library.verdicts.values()))
    assert set() == rules - refused
    assert refused - rules == {(name, rule) for name, rule in refused if rule in AT_THE_DOOR | set(TURN_AWAY)}


def test_every_fault_is_injected(library: Library) -> None:
    """Each kind that there is meets some message."""
    assert set(FAULTS) == {data["kind"] for data in library.data("fault-injected")}
    assert set(TURN_AWAY) == {rule for _, rule in _refusals(library.verdicts.values()) if rule in TURN_AWAY}


def test_every_fault_of_a_message_refuses_something(library: Library) -> None:
    """Before any rule: broken XML, broken envelopes, limits; and the XSD on each of the six operations.

    Left out is what is wrong with no message: path, method, media type, encoding, and a body that does not end.
    """
    refused = set(_refusals(library.verdicts.values()))
    assert AT_THE_DOOR == {rule for _, rule in refused if rule in AT_THE_DOOR}
    assert {(name, "xsd") for name in OPERATIONS} <= refused


def test_every_switch_is_turned(library: Library) -> None:
    """Some scenario sets it; what is left out has its reason beside it."""
    assert len(library.verdicts) == len(RUNS)
    turned = {name for run in RUNS for name, _ in _given(run.script.scenario.given.settings)}
    assert set(SWITCHES_LEFT_OUT) == {name for name, _ in _switches(SupplierSettings)} - turned


def test_every_value_of_every_switch_is_shown(library: Library) -> None:
    """Where values can be counted, each but the default is what some scenario is played with."""
    assert len(library.verdicts) == len(RUNS)
    shown = {f"{name}={value}" for run in RUNS for name, value in _given(run.script.scenario.given.settings)}
    defaults = {f"{name}={value}" for name, value in _given(SupplierSettings(), unset=True)}
    wanted = {f"{name}={value}" for name, values in _switches(SupplierSettings) for value in values}
    assert set(VALUES_LEFT_OUT) == wanted - defaults - shown


def _checks() -> Iterator[CheckStep]:
    """Every check of every case."""
    return (step for run in RUNS for step in run.script.steps if isinstance(step, CheckStep))


def _refusals(verdicts: Iterable[Verdict]) -> Iterator[tuple[str, str]]:
    """The operation and the rule of each refused request."""
    for one in verdicts:
        operations = {entry.seq: str(entry.data["operation"]) for entry in one.entries if "operation" in entry.data}
        for entry in one.entries:
            if entry.kind == "request-refused":
                yield operations[entry.cause], str(entry.data["rule"])


def _given(settings: BaseModel, prefix: str = "", *, unset: bool = False) -> Iterator[tuple[str, object]]:
    """Each switch that is set, with its dotted name and its value; with ``unset`` those that have their default too."""
    for name in type(settings).model_fields if unset else settings.model_fields_set:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _given(value, f"{prefix}{name}.", unset=unset)
        else:
            yield f"{prefix}{name}", value


def _switches(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, list[object]]]:
    """Each switch there is, with its dotted name and all its values, where they are counted."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _switches(kind, f"{prefix}{name}.")
        elif get_origin(kind) is Literal:
            yield f"{prefix}{name}", [*get_args(kind)]
        else:
            yield f"{prefix}{name}", [True, False] if kind is bool else []
