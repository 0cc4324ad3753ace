"""The OpenAPI document tells the control API as it is: every route, no other, and what each takes and answers."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from openapi_spec_validator import validate
from pydantic import TypeAdapter
from schemathesis import checks

from simulator.cityfibre import ACTIONS
from simulator.runtime.environments import Environments
from simulator.server.control.app import control_app
from simulator.server.control.openapi import document
from simulator.server.control.routes import control_routes
from simulator.server.control.tickets import any_action
from tests.control import ALL, Control

DOCUMENT = document(control_routes(Environments([])))
ENDLESS = "/control/v1/environments/{env}/events"
"""A stream has no end to wait for; tests/server/test_events.py reads it."""
PAGES = {"/", "/environments/{env}", "/control/docs", "/static/{name}"}
"""What is served for people to look at, and told in the docs."""
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
REPORT = (Path(__file__).parents[1] / "examples" / "add_fault_report.xml").read_bytes()


def test_it_is_a_document_of_openapi_3_1() -> None:
    """Valid by the standard's own schema; every reference leads somewhere."""
    validate(DOCUMENT)
    assert DOCUMENT["openapi"] == "3.1.0"


def test_the_document_has_the_routes_that_are_served_and_no_other() -> None:
    """What is really routed, the pages for people aside."""
    served = {
        (route.method, route.resource.canonical)
        for route in control_app(Environments([])).router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    told = {(method.upper(), path) for path, of_path in DOCUMENT["paths"].items() for method in of_path}
    assert {(method, path) for method, path in served if path not in PAGES} == told


async def test_it_is_served_as_it_is_made(control: Control) -> None:
    """The same for every server of this version."""
    assert await control.get("/control/openapi.json") == DOCUMENT


def test_every_operation_is_told_in_words() -> None:
    """A summary, an id of its own, and a description of every parameter."""
    operations = [one for of_path in DOCUMENT["paths"].values() for one in of_path.values()]
    assert [one["operationId"] for one in operations if not re.fullmatch(r"[A-Z][^`]*.*", one["summary"])] == []
    assert [name for name, count in Counter(one["operationId"] for one in operations).items() if count > 1] == []
    assert [
        (one["operationId"], parameter["name"])
        for one in operations
        for parameter in one["parameters"]
        if not parameter["description"]
    ] == []


def test_an_action_of_the_document_is_one_that_is_taken() -> None:
    """The union that is told has the actions of the table, each with its own parameters."""
    schema = TypeAdapter(any_action()).json_schema()
    assert sorted(schema["discriminator"]["mapping"]) == sorted(ACTIONS)
    for name, reference in schema["discriminator"]["mapping"].items():
        told = schema["$defs"][reference.rpartition("/")[2]]["properties"]
        assert sorted(told) == sorted([*ACTIONS[name].parameters.model_fields, "action"])


# -- schemathesis: requests made of the document, good and bad, against a real process


class Fuzzed:
    """A simulator of its own, and how often each operation had a good answer."""

    def __init__(self, control: str, supplier: str) -> None:
        self.control = control
        self.supplier = supplier
        self.good: Counter[str] = Counter()

    def prepare(self) -> None:
        """Let there be the environment that most requests are about, with a ticket in it."""
        _ask(f"{self.control}{ALL}", b'{"name": "fuzzed"}', "application/json")
        _ask(f"{self.supplier}/fuzzed/api2/addFaultReport", REPORT, "application/xml")


def _ask(url: str, body: bytes | None = None, kind: str = "") -> int:
    request = Request(url, body, {"Content-Type": kind} if kind else {})  # noqa: S310 - our own server
    try:
        with urlopen(request, timeout=5) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    ready = tmp_path_factory.mktemp("fuzzed") / "ready.json"
    flags = ["--port", "0", "--control-port", "0", "--clock", "frozen", "--ready-file", str(ready)]
    command = [sys.executable, "-m", "simulator", "serve", *flags]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        for _ in range(200):
            if ready.exists():
                break
            time.sleep(0.05)
        told = json.loads(ready.read_text())
        one = Fuzzed(told["control"], told["supplier"])
        yield one
        assert process.poll() is None, "the simulator has ended"
        assert _ask(f"{one.control}/health/ready") == 200
        process.terminate()
    operations = {
        one["operationId"] for path, of_path in DOCUMENT["paths"].items() if path != ENDLESS for one in of_path.values()
    }
    assert sorted(operations - one.good.keys() - RARELY_GOOD) == []


RARELY_GOOD = {"show-file", "reload", "show-body", "act", "redeliver", "remove-fault"}
"""For these chance finds no good request: a key, files on disk, an entry with a message, a ticket, a fault."""
API = schemathesis.openapi.from_dict(DOCUMENT).exclude(path=ENDLESS)


@API.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_is_answered_otherwise_than_told(case: schemathesis.Case[Any], fuzzed: Fuzzed) -> None:
    """Neither a 5xx, nor a status, a media type or a document that the page does not name."""
    fuzzed.prepare()
    if "env" in (case.path_parameters or {}) and case.path_parameters["env"] != "":
        case.path_parameters["env"] = "fuzzed"
    if isinstance(case.body, dict):
        _hurry(case.body)
    response = case.call(base_url=fuzzed.control)
    if response.status_code < 300:
        fuzzed.good[case.operation.definition.raw["operationId"]] += 1
    case.validate_response(response, checks=CHECKS)


def _hurry(body: dict[str, Any]) -> None:
    """Nobody waits two minutes for what never comes."""
    for name in ("within_real", "timeout"):
        if isinstance(body.get(name), int | float) and body[name] > 0.05:
            body[name] = 0.05
    if isinstance(body.get("await"), list) and isinstance(body.get("within_real", 0), int | float):
        body["within_real"] = 0.05
