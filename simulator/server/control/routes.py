"""Every route of the control API, in the order of the docs. A test holds them to this list; OpenAPI is made of it."""

from simulator.runtime.environments import Environments
from simulator.server.control.buyers import BuyerRoutes
from simulator.server.control.clock import ClockRoutes
from simulator.server.control.deliveries import DeliveryRoutes
from simulator.server.control.environments import EnvironmentRoutes
from simulator.server.control.events import EventRoutes
from simulator.server.control.explain import ExplainRoutes
from simulator.server.control.faults import FaultRoutes
from simulator.server.control.health import HealthRoutes
from simulator.server.control.journal import JournalRoutes
from simulator.server.control.openapi import with_document
from simulator.server.control.route import Route
from simulator.server.control.scenarios import ScenarioRoutes
from simulator.server.control.tickets import TicketRoutes
from simulator.server.control.tls import TlsRoutes
from simulator.server.control.verify import VerifyRoutes

_GROUPS = (
    EnvironmentRoutes,
    BuyerRoutes,
    ClockRoutes,
    TicketRoutes,
    DeliveryRoutes,
    FaultRoutes,
    ScenarioRoutes,
    JournalRoutes,
    EventRoutes,
    VerifyRoutes,
    ExplainRoutes,
    TlsRoutes,
    HealthRoutes,
)


def control_routes(environments: Environments) -> list[Route]:
    """The whole control API of a server."""
    return with_document([route for group in _GROUPS for route in group(environments).routes()])
