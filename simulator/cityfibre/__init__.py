"""All of the supplier's knowledge. This page is the contents of the contract; each table stands where it is used.

============================  ==============================================================================
the six operations            :data:`OPERATIONS` — messages, good status, and rules in order, one file each
what they reject              :data:`RULES` — id, status and place in the contract of every rule
the life of a ticket          :data:`TRANSITIONS` — from each state, what may happen and where it leads
what happens by itself        :data:`DEFAULT_LIFE` — the timers of a ticket that no script leads
what buyers are told          :data:`NOTIFICATIONS` — when each is sent and what it shows
limits that only warn         :data:`LIMITS` — those of the tables that the XSD does not have
the switches                  :class:`SupplierSettings` — which side of each contradiction is taken
============================  ==============================================================================

:class:`CityFibre` puts them together for the engine.
"""

from simulator.cityfibre.life import DEFAULT_LIFE
from simulator.cityfibre.limits import LIMITS
from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.settings import SupplierSettings
from simulator.cityfibre.supplier import CityFibre
from simulator.cityfibre.ticket import TRANSITIONS

RULES = {rule.id: rule for operation in OPERATIONS.values() for rule in operation.rules}
"""Every rule by its id."""

__all__ = [
    "DEFAULT_LIFE",
    "LIMITS",
    "NOTIFICATIONS",
    "OPERATIONS",
    "RULES",
    "TRANSITIONS",
    "CityFibre",
    "SupplierSettings",
]
