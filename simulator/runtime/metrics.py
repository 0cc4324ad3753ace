"""Metrics of a server, for Prometheus: what has happened, counted as it happens, and how its environments stand.

The counts are plain numbers of our own, so that a start and an input cost next to nothing. ``prometheus_client`` is
imported when somebody first asks, and only writes down what stands here.
"""

from __future__ import annotations

import platform
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, Self, get_args

from simulator import __version__
from simulator.cityfibre import OPERATIONS, RULES, callers
from simulator.cityfibre.faults import TURN_AWAY
from simulator.cityfibre.reception import CHECKS
from simulator.cityfibre.ticket import State
from simulator.core.inputs import Trouble
from simulator.wire.errors import ProtocolRule

if TYPE_CHECKING:
    from types import TracebackType

    from prometheus_client import CollectorRegistry, Metric

    from simulator.core.journal import Data, Entry
    from simulator.runtime.environments import Environment, Environments

PREFIX = "cityfibre_sim_"
UNKNOWN = "unknown"
"""Stands for any name that is not one of ours: what a stranger thinks of makes no series."""
ATTACHMENTS, DOWNLOAD = "attachments", "download"
"""Stand for the operation where a file is put, and where one of the supplier's is fetched."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in real seconds of the buckets of ``request_seconds``; the last one is the rest."""
_OPERATIONS = frozenset(OPERATIONS)
_OF_FILES = frozenset({"method", "file-unknown", "ticket-amendable", *get_args(Trouble)})
_OF_MESSAGES = frozenset({"xsd", *get_args(ProtocolRule), *(name for names in CHECKS for name in names)})
_RULES = frozenset({*RULES, *_OF_MESSAGES, *_OF_FILES, *callers.RULES, *TURN_AWAY})

Labels = tuple[str, ...]


class Family(NamedTuple):
    """Series of one name, told apart by their labels."""

    name: str
    labels: Labels
    help: str


REQUESTS = Family("requests", ("operation", "status"), "Requests on the supplier's port, by the status of their answer")
DURATIONS = Family(
    "request_seconds", ("operation",), "Real seconds from a request's last byte until its answer is flushed"
)
REFUSALS = Family("refusals", ("operation", "rule"), "Requests and files that were refused, by the rule")
NOTIFICATIONS = Family(
    "notifications",
    ("notification", "outcome"),
    "Attempts to deliver notifications, and notifications given up, by the outcome",
)
TICKET_CHANGES = Family("ticket_changes", ("to",), "Changes of tickets, by the state that they led to")
WARNINGS = Family("conformance_warnings", ("ruling",), "Looser readings that were taken, by the ruling")
BUGS = Family("bugs", (), "Bugs of the simulator's own that an environment has met")
FAULTS = Family("faults_injected", ("kind",), "Faults that were injected on purpose, by their kind")
TURNED_AWAY = Family(
    "turned_away",
    ("port", "reason"),
    "Connections and requests that nobody looked at: no place was free, or what came was no HTTP",
)
SCRIPTS = Family("scripts", ("outcome",), "Scripts that have ended, have failed, or could not be had")
_COUNTERS = (REQUESTS, REFUSALS, NOTIFICATIONS, TICKET_CHANGES, WARNINGS, BUGS, FAULTS, SCRIPTS, TURNED_AWAY)


def _among(known: frozenset[str], name: object) -> str:
    return name if isinstance(name, str) and name in known else UNKNOWN


_INPUTS: Mapping[str, Callable[[Data], str]] = {
    "request-received": lambda data: _among(_OPERATIONS, data.get("operation")),
    "file-received": lambda _data: ATTACHMENTS,
}
"""The inputs that are answered, and the operation of each. A bug may have left its entry without data."""
_COUNTED: Mapping[str, tuple[Family, Callable[[Data, str], Labels]]] = {
    "request-refused": (REFUSALS, lambda data, operation: (operation, _among(_RULES, data["rule"]))),
    "file-refused": (REFUSALS, lambda data, operation: (operation, _among(_RULES, data["rule"]))),
    "notification-delivered": (NOTIFICATIONS, lambda data, _: (str(data["notification"]), "delivered")),
    "notification-refused": (NOTIFICATIONS, lambda data, _: (str(data["notification"]), "refused")),
    "notification-failed": (NOTIFICATIONS, lambda data, _: (str(data["notification"]), "failed")),
    "notification-dead-lettered": (NOTIFICATIONS, lambda data, _: (str(data["notification"]), "dead-lettered")),
    "ticket-changed": (TICKET_CHANGES, lambda data, _: (str(data["to"]),)),
    "conformance-warning": (WARNINGS, lambda data, _: (str(data["ruling"]),)),
    "bug": (BUGS, lambda _data, _: ()),
    "fault-injected": (FAULTS, lambda data, _: (str(data["kind"]),)),
    "script-ended": (SCRIPTS, lambda _data, _: ("ended",)),
    "script-failed": (SCRIPTS, lambda _data, _: ("failed",)),
    "script-refused": (SCRIPTS, lambda _data, _: ("refused",)),
}
"""The entries that are counted: where, and under which labels. Only an operation's name is ever a stranger's."""
_GAUGES: Mapping[Family, Callable[[Environment], float]] = {
    Family("journal_entries", ("environment",), "Entries that the journal keeps"): lambda one: len(one.engine.journal),
    Family("deliveries_under_way", ("environment",), "Notifications that are being delivered"): (
        lambda one: one.engine.outbox.under_way
    ),
    Family("deliveries_waiting", ("environment",), "Notifications that wait for their turn, or for a retry"): (
        lambda one: one.engine.outbox.waiting
    ),
    Family("timers", ("environment",), "Timers that wait"): lambda one: len(one.engine.schedule),
    Family("simulated_time_seconds", ("environment",), "The simulated clock, in seconds since 1970"): (
        lambda one: one.driver.now().timestamp()
    ),
    Family("environment_failed", ("environment",), "1 where a bug has left the environment in doubt"): (
        lambda one: 1.0 if one.engine.failed else 0.0
    ),
}
"""What is asked of each living environment when somebody looks."""
_TLS_REFUSALS = Family(
    "tls_refusals", ("reason",), "Handshakes and requests refused on account of TLS or a certificate"
)
_ENVIRONMENTS = Family("environments", (), "Environments that there are")
_TICKETS = Family("tickets", ("environment", "status"), "Tickets, by their state")


class _Durations:
    """How many fell into each bucket, the rest in one more, and their sum."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one more."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


class Seen:
    """One request on the supplier's port, from its first byte on; whoever answers it says here what is known of it."""

    __slots__ = ("_metrics", "_read", "operation", "status")

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._read = 0.0
        self.operation = UNKNOWN
        self.status = 0

    def posted_to(self, operation: str) -> None:
        """What its sender takes for an operation."""
        self.operation = _among(_OPERATIONS, operation)

    def read(self) -> None:
        """It is read to its end: from now on its time counts."""
        self._read = time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.status:  # else its sender had gone before there was an answer
            seconds = time.perf_counter() - self._read if self._read else None
            self._metrics.answered(self.operation, self.status, seconds)


class Metrics:
    """Counts for one server, and tells how its environments stand. All calls belong to one event loop."""

    def __init__(self, environments: Environments, tls_refusals: Mapping[str, int]) -> None:
        """Whoever makes it lets :meth:`take` listen to the environments, and counts ``tls_refusals`` by reason."""
        self._environments = environments
        self._tls_refusals = tls_refusals
        self._counts: dict[Family, Counter[Labels]] = {family: Counter() for family in _COUNTERS}
        self._counts[BUGS][()] = 0  # it is there from the start, so that the first one is an increase
        self._durations: dict[str, _Durations] = defaultdict(_Durations)
        self._registry: CollectorRegistry | None = None

    def take(self, _environment: str, entries: Sequence[Entry]) -> None:
        """Count what is new in a journal. An input and all that it led to come together."""
        operations: dict[int, str] = {}
        for entry in entries:
            kind = entry.kind
            if kind in _INPUTS:
                operations[entry.seq] = _INPUTS[kind](entry.data)
            elif kind in _COUNTED:
                family, labels = _COUNTED[kind]
                self._counts[family][labels(entry.data, operations.get(entry.cause, UNKNOWN))] += 1

    def request(self) -> Seen:
        """Look on while a request is answered; it is counted when the block ends."""
        return Seen(self)

    def answered(self, operation: str, status: int, seconds: float | None) -> None:
        """Count one answer; ``seconds`` is ``None`` where there was nothing to be decided."""
        self._counts[REQUESTS][operation, str(status)] += 1
        if seconds is not None:
            self._durations[operation].add(seconds)

    def turned_away(self, port: str, reason: str) -> None:
        """Count one that nobody looks at."""
        self._counts[TURNED_AWAY][port, reason] += 1

    def expose(self, accept: str) -> tuple[bytes, str]:
        """All metrics in the format that the header ``Accept`` asks for, and its media type."""
        from prometheus_client import CollectorRegistry  # noqa: PLC0415 - 50 ms that only who asks waits
        from prometheus_client.exposition import choose_encoder  # noqa: PLC0415

        if self._registry is None:
            self._registry = CollectorRegistry(auto_describe=False)
            self._registry.register(self)
        try:
            encode, media_type = choose_encoder(accept if accept.isascii() else "")
        except TypeError:  # it asks for a version that is no number
            encode, media_type = choose_encoder("")
        return encode(self._registry), media_type

    def collect(self) -> Iterator[Metric]:
        """Everything as ``prometheus_client`` takes it."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415

        build = {"version": __version__, "python": platform.python_version()}
        yield InfoMetricFamily(f"{PREFIX}build", "The simulator that answers", build)
        for family, counted in self._counts.items():
            counter = CounterMetricFamily(PREFIX + family.name, family.help, labels=family.labels)
            for labels, count in sorted(counted.items()):
                counter.add_metric(labels, count)
            yield counter
        refused = CounterMetricFamily(PREFIX + _TLS_REFUSALS.name, _TLS_REFUSALS.help, labels=_TLS_REFUSALS.labels)
        for reason, count in sorted(self._tls_refusals.items()):
            refused.add_metric((reason,), count)
        yield refused
        yield self._collect_durations()
        there = tuple(self._environments)
        yield GaugeMetricFamily(PREFIX + _ENVIRONMENTS.name, _ENVIRONMENTS.help, len(there))
        tickets = GaugeMetricFamily(PREFIX + _TICKETS.name, _TICKETS.help, labels=_TICKETS.labels)
        for one in there:
            states = Counter(ticket.state for ticket in one.supplier.books.tickets.values())
            for state in State:
                tickets.add_metric((one.name, state.value), states[state])
        yield tickets
        for family, value_of in _GAUGES.items():
            gauge = GaugeMetricFamily(PREFIX + family.name, family.help, labels=family.labels)
            for one in there:
                gauge.add_metric((one.name,), value_of(one))
            yield gauge

    def _collect_durations(self) -> Metric:
        from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - as above

        family = DURATIONS
        histogram = HistogramMetricFamily(PREFIX + family.name, family.help, labels=family.labels)
        bounds = [*map(str, BUCKETS), "+Inf"]
        for operation, durations in sorted(self._durations.items()):
            buckets = list(zip(bounds, accumulate(durations.counts), strict=True))
            histogram.add_metric((operation,), buckets, durations.total)
        return histogram
