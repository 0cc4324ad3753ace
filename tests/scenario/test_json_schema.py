"""schemas/scenario.schema.json, by which editors complete and check scenarios, goes with the language."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from docs.generator import scenario_schema
from simulator.cityfibre import ACTIONS
from simulator.cityfibre.operations import OPERATIONS
from simulator.scenario.loader import ScenarioError, load

TOP = Path(__file__).parents[2]
SCHEMA = json.loads(scenario_schema.FILE.read_text("utf-8"))
FILES = sorted(path for folder in ("scenarios", "tests/examples/scenarios") for path in (TOP / folder).rglob("*.yaml"))

HEAD = """
scenario: 1
name: whatever
description: It says every word of the language.
"""
EVERYTHING = (
    HEAD
    + """\
tags: [nightly, 2026]
seed: "7"
start: 2026-02-02T09:00:00+01:00
given:
  settings: {amend_cancels: no, http_status: $status, appointment_broken_xml: "500", sla: {priority_2: "4"}}
  inventory:
    buyers: {4711: {name: Ours}}
    addresses: {100000000001: {lines: [1 Our Street, 12345], region: MK}}
    services: {S-OURS: {buyer: SPDEV1, address: "100000000001", product: ftthl2r, live: true}}
match: {priority: 2, reference: OURS-, service: $service}
parameters: {service: S21709, status: always-200, times: 1, action: start, nothing: ~, code: NOKEY, yes_or_no: true}
cases:
  - {case: 1, service: S18650}
  - {service: S21709, nothing: ~}
steps:
  - buyer: queryAppointmentAvailability
    fill: {reappointment: true}
    as: slots
  - expect: addFaultReport
    never: PT1H
    within_real: "0.5"
    where: {faultDetails: {type: {one_of: [Service Outage, 1]}, description: {matches: dead, not: 5}}}
  - buyer: reserveAppointment
    with: {appointmentSlot: $slots.appointmentSlot, message: {correlationId: 12}}
    answer: {appointmentReservationKey: {present: true}, messageId: ~}
    as: slot
    within: PT1H30M
  - buyer: addFaultReport
    with: {serviceAffected: $service, priorityLevel: 2, faultDetails: {type: Service Outage, triageComplete: true}}
    fill:
      appointment: {appointmentReservationKey: $slot.appointmentReservationKey}
      comment: ~
      endUserContactDetails: {phone: 01632 960000, email: ""}
      updates: {update: [{description: Rang, updatedBy: buyer}, {description: Rang twice}]}
      attachments: {attachment: {filename: router.log}}
      parentFaultReference: ""
    envelope: soap
    status: 200
    answer: {status: pending, responseCode: 201}
  - supplier: accept
  - supplier: $action
    reason: $service
  - check:
      state: in-progress
      reason: ''
      appointment: booked
      sla: {exceeded: no, paused: false}
      notifications: {accepted: 1, in-progress: $times}
      notification:
        buyerFaultReference: $ticket.buyerFaultReference
        faultDetails: {status: {not: on-hold}, statusReason: ~, missedAppointment: {present: false}}
        appointments: {appointment: {appointmentReservationKey: $slot.appointmentReservationKey}}
      tickets: $times
  - supplier: put-on-hold
    exclusion_reason: $code
  - supplier: triage
    findings: 12
    complete: $yes_or_no
  - supplier: report-late-repair
    total_delay_in_days: "3"
    seller_delay_days: 3
    non_seller_delay_days: $times
    exclusions:
      - {exclusion_reason: 1, number_of_days: 1, start: 2026-01-06T09:00:00Z, end: 2026-01-07T09:00:00Z}
  - wait: "12:30"
    working_days: 2
  - wait: 08:00
  - wait: pt2h
  - wait: appointment-end
  - buyer: resolveResponse
    body: <broken
    refused_by: xml-not-well-formed
"""
)


class _Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: PyYAML alone knows 1.1, where `no` is false and `12:30` is 750."""


_Core.yaml_implicit_resolvers = {}
for _tag, _pattern in (
    ("bool", "true|True|TRUE|false|False|FALSE"),
    ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
    ("null", "~|null|Null|NULL|"),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^({_pattern})$"), None)
_Core.add_constructor(
    "tag:yaml.org,2002:int", lambda _, node: int(node.value, 0 if node.value[:2] in {"0o", "0x"} else 10)
)


def as_editors_read(text: str) -> object:
    """The values of a YAML text as an editor has them."""
    return yaml.load(text, Loader=_Core)  # noqa: S506 - a safe loader


def told(text: str) -> Iterator[str]:
    """Where a document breaks the schema, and how."""
    for error in Draft202012Validator(SCHEMA).iter_errors(as_editors_read(text)):
        yield f"{'.'.join(map(str, error.absolute_path))}: {_innermost(error).message}"


def _innermost(error: ValidationError) -> ValidationError:
    return _innermost(error.context[0]) if error.context else error


def test_the_file_is_what_the_models_make() -> None:
    """To the byte."""
    assert scenario_schema.text().encode() == scenario_schema.FILE.read_bytes(), "out of date: `make docs`"


def test_it_is_a_schema() -> None:
    """Valid itself, with no reference to nowhere, and nothing defined that nobody uses."""
    Draft202012Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA)
    used = set(re.findall(r'"#/\$defs/([^"]+)"', text))
    assert used == set(SCHEMA["$defs"])


def test_every_kind_of_step_has_a_definition_of_its_own() -> None:
    """Each action, and each operation both ways."""
    definitions = SCHEMA["$defs"]
    assert [name for name in ACTIONS if f"supplier-{name}" not in definitions] == []
    assert [name for name in OPERATIONS if not {f"buyer-{name}", f"expect-{name}"} <= definitions.keys()] == []


def test_every_mapping_is_closed() -> None:
    """Else an editor would not see a wrong key. Only where a step's word is a parameter, any key may stand."""
    open_ones = {
        name
        for name, one in SCHEMA["$defs"].items()
        if "properties" in one and one.get("additionalProperties") is not False
    }
    assert open_ones == {"buyer", "expect", "fault", "supplier"}
    assert SCHEMA["additionalProperties"] is False


def test_it_takes_all_that_the_language_has() -> None:
    """A number for a text, a text for a number, a reference for anything; and the loader takes the same document."""
    assert list(told(EVERYTHING)) == []
    load(EVERYTHING, "everything.yaml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TOP)))
def test_it_takes_every_scenario_of_the_checkout(path: Path) -> None:
    """The library's, and those that the documentation shows."""
    assert list(told(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "'steps' is a required property"),
        ("steps: []", "steps: [] should be non-empty"),
        ("step: []\nsteps: [buyer: addFaultReport]", "('step' was unexpected)"),
        ("steps: [accept]", "steps.0: 'accept' is not of type 'object'"),
        ("steps: [suplier: accept]", "steps.0: Additional properties are not allowed ('suplier' was unexpected)"),
        ("steps: [{buyer: addFaultReport, supplier: accept}]", "steps.0: {}('supplier' was unexpected)"),
        ("steps: [supplier: acept]", "steps.0.supplier: 'acept' is not one of"),
        ("steps: [supplier: reject]", "steps.0: 'reason' is a required property"),
        ("steps: [{supplier: put-on-hold, resaon: x}]", "steps.0: {}('resaon' was unexpected)"),
        ("steps: [{supplier: put-on-hold, exclusion_reason: TOOLONG}]", "steps.0.exclusion_reason: 'TOOLONG'"),
        ("steps: [{supplier: miss-appointment, by: engineer}]", "steps.0.by: 'engineer' is not one of"),
        ("steps: [wait: 2 hours]", "steps.0.wait: '2 hours' does not match"),
        ("steps: [fault: drip]", "steps.0.fault: 'drip' is not one of"),
        ("steps: [{fault: drop, on: addFaultReport}]", "steps.0.on: 'addFaultReport' is not one of"),
        ("steps: [fault: delay]", "steps.0: 'by' is a required property"),
        ("steps: [{fault: drop, after: closed}]", "steps.0: {}('after' was unexpected)"),
        ("steps: [{buyer: addFaultReport, with: {type: x}}]", "steps.0.with: {}('type' was unexpected)"),
        (
            "steps: [{buyer: addFaultReport, with: {serviceAffected: {matches: x}}}]",
            "steps.0.with.serviceAffected: {'matches': 'x'} is not of type",
        ),
        (
            "steps: [{buyer: addFaultReport, fill: {faultDetails: dead}}]",
            "steps.0.fill.faultDetails: 'dead' does not match",
        ),
        (
            "steps: [{buyer: resolveResponse, refused_by: tlos-key}]",
            "steps.0.refused_by: 'tlos-key' is not one of",
        ),
        ("steps: [{buyer: addFaultReport, answer: {state: pending}}]", "steps.0.answer: {}('state' was unexpected)"),
        ("steps: [{expect: resolveResponse, never: PT2H, within: PT2H}]", "steps.0: False schema does not allow"),
        ("steps: [{expect: resolveResponse, where: {messageId: {like: x}}}]", "steps.0.where.messageId: {}('like' was"),
        ("steps: [check: {state: opened}]", "steps.0.check.state: 'opened' is not one of"),
        ("steps: [check: {notifications: {acepted: 1}}]", "steps.0.check.notifications: {}('acepted' was unexpected)"),
        ("match: {}\nsteps: [buyer: addFaultReport]", "match: {} should be non-empty"),
        ("seed: one\nsteps: [buyer: addFaultReport]", "seed: 'one' does not match"),
        ("given: {settings: {amend_cancels: maybe}}\nsteps: [buyer: addFaultReport]", "given.settings.amend_cancels: "),
        ("parameters: {Service: S21709}\nsteps: [buyer: addFaultReport]", "parameters: 'Service' does not match"),
    ],
)
def test_it_refuses_what_is_wrong(text: str, expected: str) -> None:
    """Once, at its place; and so does the loader. ``{}`` stands for words that are always the same."""
    (found,) = told(HEAD + text)
    assert expected.replace("{}(", "Additional properties are not allowed (") in found
    with pytest.raises(ScenarioError):
        load(HEAD + text, "wrong.yaml")


def test_the_reader_is_one_of_yaml_1_2() -> None:
    """So that the tests above see what an editor sees."""
    read = as_editors_read("[no, 12:30, 010, 0x1F, 1e3, ~, true, 2026-01-05T09:00:00Z]")
    assert read == ["no", "12:30", 10, 31, 1000.0, None, True, "2026-01-05T09:00:00Z"]
