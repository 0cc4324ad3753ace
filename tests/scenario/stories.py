"""A script that has an environment for itself, without a driver: the test says what the buyer sends and when."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.core.engine import Engine
from simulator.core.inputs import RequestReceived, Steered
from simulator.core.journal import Entry
from simulator.scenario.loader import load
from simulator.scenario.scripts import RUN, Scripts
from tests.messages import Tree, request

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""A Monday morning, winter time."""
HEAD = "scenario: 1\nname: story\ndescription: A story.\nsteps:\n"
REPORT = "- buyer: addFaultReport\n- supplier: accept\n"


@dataclass
class Story:
    """One engine, and the clock in the test's hand."""

    steps: str
    settings: SupplierSettings = field(default_factory=SupplierSettings)
    now: datetime = START

    def __post_init__(self) -> None:
        self.scripts = Scripts([load(HEAD + self.steps, "story.yaml")])
        self.supplier = CityFibre(self.settings, inventory.default(), 1, self.scripts)
        self.engine = Engine(self.supplier, has_endpoint=False)
        self.begin()

    def begin(self) -> str:
        """Let the script begin; why not, or empty."""
        outcome = self.engine.handle(Steered(RUN, "", {"scenario": "story", "case": "", "patience": 0}), self.now)
        self.pass_time()
        return outcome.refusal.reason if outcome.refusal else ""

    def send(self, operation: str, *changes: Tree) -> None:
        """The buyer sends a request."""
        body = request(operation, *changes).encode()
        self.engine.handle(RequestReceived(operation, body, content_type="application/xml"), self.now)
        self.pass_time()

    def pass_time(self, hours: float = 0) -> None:
        """Fire what falls due."""
        self.now += timedelta(hours=hours)
        while self.engine.fire_next(self.now) is not None:
            pass

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The data of the journal's entries of a kind."""
        return [dict(entry.data) for entry in self.entries(kind)]

    def entries(self, kind: str) -> list[Entry]:
        """The journal's entries of a kind."""
        return [entry for entry in self.engine.journal if entry.kind == kind]

    @property
    def failure(self) -> tuple[str, str, str] | None:
        """The step that failed, what was expected and what was found."""
        found = self.told("script-failed")
        return (found[0]["does"], found[0]["expected"], found[0]["found"]) if found else None

    @property
    def ended(self) -> bool:
        """Whether all steps are done."""
        return bool(self.told("script-ended"))

    @property
    def done(self) -> list[str]:
        """The steps that are done."""
        return [one["does"] for one in self.told("script-step")]
