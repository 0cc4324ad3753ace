"""All of the supplier's knowledge. This page is the contents of the contract; each table stands where it is used.

============================  ==============================================================================
the six operations            :data:`OPERATIONS` — messages, good status, and rules in order, one file each
what they reject              :data:`RULES` — id, status and place in the contract of every rule
the life of a ticket          :data:`TRANSITIONS` — from each state, what may happen and where it leads
the life of an appointment    :data:`VISIT_TRANSITIONS` — the same, and :data:`CLOSURE_CODES` that end one
the supplier's own moves      :data:`ACTIONS` — what each takes, when it is possible, and what it does
what happens by itself        :data:`DEFAULT_LIFE` — the timers of a ticket that no script leads
what buyers are told          :data:`NOTIFICATIONS` — what leads to each, and what it shows
the samples' own quirks       :data:`SAMPLED` — what ``notification_schema: verbatim`` changes
limits that only warn         :data:`LIMITS` — those of the tables that the XSD does not have
what can go wrong on purpose  :data:`FAULTS` — of requests and of notifications, each with what it takes
the switches                  :class:`SupplierSettings` — which side of each contradiction is taken
============================  ==============================================================================

:class:`CityFibre` puts them together for the engine.
"""

from simulator.cityfibre.actions import ACTIONS
from simulator.cityfibre.faults import FAULTS
from simulator.cityfibre.life import DEFAULT_LIFE
from simulator.cityfibre.limits import LIMITS
from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.settings import SupplierSettings
from simulator.cityfibre.supplier import CityFibre
from simulator.cityfibre.ticket import TRANSITIONS
from simulator.cityfibre.verbatim import SAMPLED
from simulator.cityfibre.visits import CLOSURE_CODES, VISIT_TRANSITIONS

RULES = {rule.id: rule for operation in OPERATIONS.values() for rule in operation.rules}
"""Every rule by its id."""

__all__ = [
    "ACTIONS",
    "CLOSURE_CODES",
    "DEFAULT_LIFE",
    "FAULTS",
    "LIMITS",
    "NOTIFICATIONS",
    "OPERATIONS",
    "RULES",
    "SAMPLED",
    "TRANSITIONS",
    "VISIT_TRANSITIONS",
    "CityFibre",
    "SupplierSettings",
]
