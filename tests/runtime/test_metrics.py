"""Metrics are counted from the journal and from what was answered, in series that no stranger can add to."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

import pytest
from prometheus_client import REGISTRY
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from simulator.cityfibre import RULES
from simulator.core.inputs import Trouble
from simulator.core.journal import Data, Entry
from simulator.runtime.environments import Environments
from simulator.runtime.metrics import Metrics
from simulator.scenario.meaning import AT_THE_DOOR
from tests.sessions import every_kind

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
Series = dict[tuple[str, ...], float]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(Environments([]), {})


def series(metrics: Metrics, name: str) -> Series:
    """The samples of that name: the values of their labels, in the order of the labels' names, and what they say."""
    told = read_text(metrics.expose("")[0].decode())
    samples = [sample for family in told for sample in family.samples if sample.name == f"cityfibre_sim_{name}"]
    return {tuple(sample.labels[label] for label in sorted(sample.labels)): sample.value for sample in samples}


def refusal(operation: str, rule: str, seq: int = 1) -> list[Entry]:
    """A request and its refusal, as the journal has them."""
    data: Data = {"operation": operation, "method": "POST"}
    received = Entry(seq, START, 0, "request-received", "", data)
    return [received, Entry(seq + 1, START, seq, "request-refused", "", {"rule": rule, "status": 400})]


def test_a_session_in_which_every_kind_of_entry_occurs(metrics: Metrics) -> None:
    """Each that is counted is found under its own labels."""
    metrics.take("one", every_kind())
    assert series(metrics, "refusals_total") == {
        ("addFaultReport", "no-certificate"): 1,
        ("attachments", "file-unknown"): 1,
        ("unknown", "operation-unknown"): 1,
    }
    assert series(metrics, "notifications_total") == {
        ("accepted", "delivered"): 2,
        ("accepted", "refused"): 2,
        ("accepted", "failed"): 1,
        ("accepted", "dead-lettered"): 1,
        ("in-progress", "delivered"): 2,
        ("amended", "failed"): 1,
        ("amended", "delivered"): 2,
        ("triage", "delivered"): 1,
        ("appointment-confirmation", "delivered"): 1,
        ("appointment-completed", "delivered"): 1,
        ("resolved", "delivered"): 2,
        ("late-repair", "delivered"): 1,
    }
    assert series(metrics, "faults_injected_total") == {("stale",): 1}
    assert series(metrics, "ticket_changes_total") == {
        ("accepted",): 5,
        ("in-progress",): 2,
        ("resolved",): 2,
        ("closed",): 1,
    }
    assert series(metrics, "conformance_warnings_total") == {("R19",): 5, ("R34",): 14}
    assert series(metrics, "scripts_total") == {("ended",): 1, ("failed",): 1, ("refused",): 1}
    assert series(metrics, "bugs_total") == {(): 1}


def test_what_has_not_happened(metrics: Metrics) -> None:
    """No bug is a number, so that the first is an increase; what has labels is not there yet."""
    assert series(metrics, "bugs_total") == {(): 0}
    assert series(metrics, "requests_total") == {}
    assert series(metrics, "request_seconds_count") == {}


def test_a_stranger_adds_no_series(metrics: Metrics) -> None:
    """A hundred names of operations, among them those of what is no operation, are one."""
    names = [f"op-{number}" for number in range(97)] + ['"} 1\nforged 1', "attachments", "download"]
    for name in names:
        metrics.take("one", refusal(name, "operation-unknown"))
        with metrics.request() as seen:
            seen.posted_to(name)
            seen.read()
            seen.status = 404
    assert series(metrics, "refusals_total") == {("unknown", "operation-unknown"): 100}
    assert series(metrics, "requests_total") == {("unknown", "404"): 100}
    assert series(metrics, "request_seconds_count") == {("unknown",): 100}
    assert b"forged" not in metrics.expose("")[0]


DOOR = {"operation-unknown", "body-too-big", "body-too-slow", "body-cut-off", *AT_THE_DOOR}


@pytest.mark.parametrize("rule", sorted({*RULES, *DOOR, *get_args(Trouble), "file-unknown"}))
def test_a_rule_is_counted_by_its_name(metrics: Metrics, rule: str) -> None:
    """Every rule that there is; none is lost among the unknown ones."""
    metrics.take("one", refusal("addFaultReport", rule))
    assert series(metrics, "refusals_total") == {("addFaultReport", rule): 1}


def test_a_rule_that_there_is_not(metrics: Metrics) -> None:
    """It is counted, without its name."""
    metrics.take("one", refusal("addFaultReport", "no-such-rule"))
    assert series(metrics, "refusals_total") == {("addFaultReport", "unknown"): 1}


def test_each_refusal_is_its_own_requests(metrics: Metrics) -> None:
    """Two environments may have the same numbers, and one batch several requests."""
    metrics.take("one", [*refusal("addFaultReport", "xsd"), *refusal("resolveResponse", "xsd", seq=3)])
    metrics.take("two", refusal("amendFaultReport", "xsd"))
    assert series(metrics, "refusals_total") == {
        ("addFaultReport", "xsd"): 1,
        ("resolveResponse", "xsd"): 1,
        ("amendFaultReport", "xsd"): 1,
    }


def test_a_bug_may_have_lost_what_the_request_was(metrics: Metrics) -> None:
    """Its entry is then without data; the bug is counted all the same."""
    entries = [Entry(1, START, 0, "request-received", "", {}), Entry(2, START, 1, "bug", "", {"error": "E: e"})]
    metrics.take("one", entries)
    assert series(metrics, "bugs_total") == {(): 1}


def test_seconds_fall_into_buckets(metrics: Metrics) -> None:
    """A bucket has all up to its bound, the bound too; the last has all. Without seconds only the answer is counted."""
    for seconds in (0.001, 0.0011, 0.3, 11.0):
        metrics.answered("addFaultReport", 201, seconds)
    metrics.answered("addFaultReport", 201, None)
    buckets = {bound: count for (bound, _), count in series(metrics, "request_seconds_bucket").items()}
    assert {"0.001": 1, "0.0025": 2, "0.25": 2, "0.5": 3, "10.0": 3, "+Inf": 4}.items() <= buckets.items()
    assert series(metrics, "request_seconds_count") == {("addFaultReport",): 4}
    assert series(metrics, "request_seconds_sum") == {("addFaultReport",): pytest.approx(11.3021)}
    assert series(metrics, "requests_total") == {("addFaultReport", "201"): 5}


def test_a_request_without_an_answer_is_not_counted(metrics: Metrics) -> None:
    """Its sender has gone before there was one."""
    with metrics.request() as seen:
        seen.posted_to("addFaultReport")
        seen.read()
    assert series(metrics, "requests_total") == {}


TEXT, OPENMETRICS = "text/plain; version=0.0.4; charset=utf-8", "application/openmetrics-text; version=1.0.0"


@pytest.mark.parametrize(
    ("accept", "media_type", "read"),
    [
        ("", TEXT, read_text),
        ("*/*", TEXT, read_text),
        ("text/html, application/json", TEXT, read_text),
        ("application/openmetrics-text; version=1.0.0, text/plain;version=0.0.4;q=0.5", OPENMETRICS, read_openmetrics),
        ("text/plain;version=x", TEXT, read_text),
        ("application/openmetrics-text;version=1.1.\udcff", TEXT, read_text),
    ],
    ids=["none", "any", "others", "openmetrics", "no-number", "no-ascii"],
)
def test_the_format_that_is_asked_for(
    metrics: Metrics, accept: str, media_type: str, read: Callable[[str], object]
) -> None:
    """Text unless OpenMetrics is asked for; what can't be understood asks for nothing."""
    metrics.take("one", every_kind())
    metrics.answered("addFaultReport", 201, 0.004)
    body, told = metrics.expose(accept)
    assert told.startswith(media_type)
    assert body.endswith(b"# EOF\n") == (read is read_openmetrics)
    names = {family.name for family in read(body.decode())}  # type: ignore[attr-defined]
    assert {"cityfibre_sim_refusals", "cityfibre_sim_request_seconds", "cityfibre_sim_environments"} <= names


def test_each_server_has_metrics_of_its_own(metrics: Metrics) -> None:
    """What one has counted another does not show, nor does the registry that all of a process share."""
    other = Metrics(Environments([]), {})
    metrics.answered("addFaultReport", 201, None)
    assert series(metrics, "requests_total") == {("addFaultReport", "201"): 1}
    assert series(other, "requests_total") == {}
    assert [family.name for family in REGISTRY.collect() if family.name.startswith("cityfibre")] == []
