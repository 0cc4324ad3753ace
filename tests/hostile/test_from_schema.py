"""Whatever our XSDs allow passes the gate, and one breach is refused by it; both in the way of a whole request."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from lxml import etree

from simulator.cityfibre.operations import OPERATIONS
from tests.figures import Figure
from tests.hostile.barrage import Barrage
from tests.hostile.from_schema import BREACHES, FILES, Node, broken, messages
from tests.rig import in_soap

VALID, NEARLY = 100, 100
"""Examples for each of the six operations, and for each of the two ways in which libxml2 is asked."""
OPERATION_OF = {operation.request_element: name for name, operation in OPERATIONS.items()}
GATES = {"xsd", "xml-not-well-formed", "xml-limit", "envelope"}
PLAN = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


def sent(barrage: Barrage, element: str, message: Node, *, soap: bool) -> tuple[int, str]:
    """Status and rule of the answer to a message, bare or in an envelope."""
    text = etree.tostring(message.element(), encoding="unicode")
    return barrage.send(OPERATION_OF[element], (in_soap(text) if soap else text).encode())


@pytest.fixture(params=[2_000, 0], ids=["as trees", "as they are read"])
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of asking libxml2: which one a message gets is a matter of its size, and must not change a verdict."""
    monkeypatch.setattr("simulator.wire.schema.MOST_WITH_PLACES", request.param)
    return "as they are read" if request.param == 0 else "as trees"


def test_every_message_that_a_schema_allows_passes_the_gate(asked: str, figure: Figure) -> None:
    """No false refusal: rules may say no to it, the gate may not."""
    barrage = Barrage()

    def pass_all(element: str) -> None:
        @seed(1)
        @settings(PLAN, max_examples=VALID)
        @given(messages(element), st.booleans())
        def passes(message: Node, soap: bool) -> None:  # noqa: FBT001 - as Hypothesis gives it
            _, rule = sent(barrage, element, message, soap=soap)
            assert rule not in GATES

        passes()

    for element in FILES:
        pass_all(element)
    refusals = sum(barrage.figures.rules[rule] for rule in GATES)
    figure(f"{barrage.figures.line(f'valid messages, judged {asked}')}; {refusals} false refusals")


def test_every_message_with_one_breach_is_refused_by_the_gate(asked: str, figure: Figure) -> None:
    """No breach slips through, and each of them has been tried."""
    barrage, tried = Barrage(), Counter[str]()

    def refuse_all(element: str) -> None:
        @seed(1)
        @settings(PLAN, max_examples=NEARLY)
        @given(broken(element), st.booleans())
        def is_refused(made: tuple[str, Node], soap: bool) -> None:  # noqa: FBT001 - as above
            name, message = made
            tried[name] += 1
            assert (400, "xsd") == sent(barrage, element, message, soap=soap), name

        is_refused()

    for element in FILES:
        refuse_all(element)
    assert set(BREACHES) == set(tried)
    figure(f"{barrage.figures.line(f'nearly valid messages, judged {asked}')}: {json.dumps(tried)}")
