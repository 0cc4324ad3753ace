"""Books, drafts and tickets made by hand, for tests of the supplier's own modules."""

from datetime import UTC, datetime
from typing import Any

from simulator.cityfibre import SupplierSettings, inventory
from simulator.cityfibre.books import Basis, Books, Draft
from simulator.cityfibre.inventory import Inventory
from simulator.cityfibre.messages import ContactDetails, FaultDetails
from simulator.cityfibre.ticket import State, Ticket
from simulator.core.ids import Ids

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def basis(known: Inventory | None = None, **switches: Any) -> Basis:  # noqa: ANN401 - switches have many types
    """What an environment is made of, under seed 1."""
    settings = SupplierSettings.model_validate({"validate_sent": True, **switches})
    return Basis(settings, known or inventory.default(), Ids(1))


def draft_of(books: Books | None = None, now: datetime = NOW, **switches: Any) -> Draft:  # noqa: ANN401 - as above
    """A draft for one input, the journal's first."""
    return Draft(books or Books(), basis(**switches), now, 1)


def ticket_of(state: State = State.PENDING, **changes: Any) -> Ticket:  # noqa: ANN401 - any field of a ticket
    """A ticket in some state, with all that a notification must show."""
    details = FaultDetails(
        description="Slow since the weekend.",
        type="Impaired Service",
        fault_start_time="2026-01-03T18:00:00Z",
        fault_location="1 Sample Street",
        site_access_details="Ring the bell.",
        site_access_contact_details=ContactDetails(phone="01632 960003"),
        triage_complete=True,
        triage_findings="Slow.",
    )
    facts: dict[str, Any] = {
        "number": 1,
        "buyer": "SPDEV1",
        "buyer_reference": "REF-1",
        "service": "S21709",
        "reported_at": "2026-01-05T08:45:00Z",
        "reported": details,
        "state": state,
    }
    return Ticket(**facts | changes)
