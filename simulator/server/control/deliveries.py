"""The deliveries of the control API (``docs/control-api.md``): what became of each notification, and once more."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from simulator.cityfibre.supplier import REDELIVER
from simulator.core.inputs import Steered
from simulator.core.instants import format_instant
from simulator.core.journal import Entry
from simulator.core.outbox import Attempt, Delivery
from simulator.runtime.environments import Environment, Environments
from simulator.server.control.pictures import entry_picture
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.redaction import redacted
from simulator.server.control.requests import (
    Digits,
    address_of,
    environment_of,
    nothing_in,
    number_of,
    query_of,
    steer,
)
from simulator.server.control.route import ENVIRONMENT, Route

MOST_DELIVERIES = 1_000
"""Deliveries in one answer."""
DEAD = "dead-lettered"
State = Literal["held", "waiting", "under-way", "scheduled", "paused", "delivered", "dead-lettered", "unsent"]
_COMES_ANYWAY = {
    "held": "a fault keeps it back until the ticket's next notification, or for as long as its at_most says",
    "waiting": "another of its ticket comes first, and then it goes by itself",
    "under-way": "an attempt is under way",
    "paused": "its buyer is paused; resume it, and it goes by itself",
}


class Chosen(BaseModel):
    """Which deliveries: those behind ``after``, in one ``state``, of one ``ticket``, ``buyer`` or ``notification``."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[int, Digits] = Field(0, ge=0, le=2**53, description="only deliveries with a higher number")
    state: State | None = Field(None, description="only deliveries in this state")
    ticket: str | None = Field(None, description="only deliveries of this ticket, by either of its names")
    buyer: str | None = Field(None, description="only deliveries to this buyer")
    notification: str | None = Field(None, description="only notifications of this name")
    message_id: str | None = Field(None, description="only the one with this messageId")
    limit: Annotated[int, Digits] = Field(MOST_DELIVERIES, ge=0, le=MOST_DELIVERIES, description="how many at the most")


class DeliveryPicture(TypedDict):
    """A notification on its way.

    ``state`` is where it stands: held (by a fault), waiting (for another of its ticket), under-way, scheduled (for
    ``due``), paused, delivered, dead-lettered, unsent. ``reason`` is why it was not taken, or not sent; ``tried``
    counts its attempts.
    """

    delivery: int
    ticket: str
    buyer: str
    notification: str
    message_id: str
    state: str
    reason: str
    made: str
    due: str | None
    tried: int


class AttemptPicture(TypedDict):
    """One attempt: what for, when, and what came of it; ``answer`` is the journal's entry of it, as long as it is kept.

    ``verdict`` is delivered, refused or failed, and null while it is under way. ``warnings`` are of the answer's form.
    """

    attempt: int
    why: str
    at: str
    ended: str | None
    verdict: str | None
    reason: str
    answer: dict[str, Any] | None
    warnings: list[str]


class WholeDeliveryPicture(DeliveryPicture):
    """A delivery with all of its attempts, and the message as it went on the wire, its secrets blanked."""

    attempts: list[AttemptPicture]
    content_type: str
    body: str


class DeliveriesPicture(TypedDict):
    """A page of deliveries, oldest first; ``last`` is what to ask for next as ``after``."""

    last: int
    deliveries: list[DeliveryPicture]


class RedeliveredPicture(TypedDict):
    """The deliveries that are sent: again, sooner, or for the first time."""

    redelivered: list[int]


class DeliveryRoutes:
    """The handlers below ``/control/v1/environments/{env}/deliveries`` and ``…/dead-letters``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        deliveries, dead = f"{ENVIRONMENT}/deliveries", f"{ENVIRONMENT}/dead-letters"
        again = f"{deliveries}/{{delivery}}/redeliver"
        return [
            Route("GET", deliveries, self.list_deliveries, DeliveriesPicture, query=Chosen),
            Route("GET", f"{deliveries}/{{delivery}}", self.show_delivery, WholeDeliveryPicture),
            Route("POST", again, self.redeliver, DeliveryPicture, problems=(409, 503)),
            Route("POST", f"{deliveries}/redeliver", self.send_all_untaken, RedeliveredPicture, problems=(503,)),
            Route("GET", dead, self.list_dead_letters, DeliveriesPicture, query=Chosen),
            Route("POST", f"{dead}/redeliver", self.redeliver_all, RedeliveredPicture, problems=(503,)),
        ]

    async def list_deliveries(self, request: web.Request) -> web.Response:
        """Deliveries behind ``after``, oldest first, ``limit`` at the most."""
        return self._list(request)

    async def list_dead_letters(self, request: web.Request) -> web.Response:
        """The deliveries that were given up: after their last attempt, or because the buyer refuses them."""
        return self._list(request, DEAD)

    async def show_delivery(self, request: web.Request) -> web.Response:
        """One delivery, with all of its attempts and what was said in each."""
        environment = environment_of(request, self._environments)
        delivery = _delivery_of(request, environment)
        whole: WholeDeliveryPicture = {
            **_picture(delivery),
            "attempts": [_attempt_picture(one, environment) for one in delivery.attempts],
            "content_type": delivery.deliver.content_type,
            "body": redacted(delivery.deliver.body.decode()),
        }
        return json_response(whole)

    async def redeliver(self, request: web.Request) -> web.Response:
        """Send it once more, under the same messageId, behind all that waits for its ticket; or try it sooner.

        A retry that was scheduled is made at once. What has ended gets one attempt, marked `redelivery`.
        """
        await nothing_in(request)
        environment = environment_of(request, self._environments)
        delivery = _delivery_of(request, environment)
        if delivery.stage in _COMES_ANYWAY:
            told = f"delivery {delivery.number} can't be sent again now: {_COMES_ANYWAY[delivery.stage]}"
            if delivery.stage == "waiting":
                first = environment.engine.outbox.ahead_of(delivery)
                told += f". First comes delivery {first.number}, which is {first.state}"
            raise Problem(409, told)
        if not environment.reaches(delivery.deliver.buyer):
            raise Problem(
                409, f"{delivery.deliver.buyer} has no endpoint; PUT …/buyers/{delivery.deliver.buyer} gives it one"
            )
        _send_again(delivery, environment)
        return json_response(_picture(delivery))

    async def send_all_untaken(self, request: web.Request) -> web.Response:
        """Send all that no buyer has taken yet: when an endpoint is back, say. What is scheduled is tried at once.

        Dead letters, and what was never sent, get one attempt each, behind all that waits for their ticket.
        """
        return await self._send_all(request, ("scheduled", DEAD, "unsent"))

    async def redeliver_all(self, request: web.Request) -> web.Response:
        """Send every dead letter once more, in the order in which they were made."""
        return await self._send_all(request, (DEAD,))

    async def _send_all(self, request: web.Request, states: tuple[str, ...]) -> web.Response:
        await nothing_in(request)
        environment = environment_of(request, self._environments)
        reached = [one for one in environment.engine.outbox if environment.reaches(one.deliver.buyer)]
        chosen = [one for state in states for one in reached if one.state == state]
        for delivery in chosen:
            _send_again(delivery, environment)
        return json_response({"redelivered": sorted(one.number for one in chosen)})

    def _list(self, request: web.Request, state: str = "") -> web.Response:
        environment = environment_of(request, self._environments)
        chosen = query_of(Chosen, request)
        ticket = address_of(chosen.ticket, environment) if chosen.ticket is not None else None
        wanted = (chosen.state, ticket, chosen.buyer, chosen.notification, chosen.message_id)

        def fits(one: Delivery) -> bool:
            deliver = one.deliver
            found = (one.state, deliver.lane, deliver.buyer, deliver.notification, deliver.message_id)
            return (
                one.number > chosen.after
                and state in {"", one.state}
                and all(each in {None, is_so} for each, is_so in zip(wanted, found, strict=True))
            )

        fitting: Iterator[Delivery] = (one for one in environment.engine.outbox if fits(one))
        found = list(islice(fitting, chosen.limit))
        last = found[-1].number if found else chosen.after
        return json_response({"last": last, "deliveries": [_picture(one) for one in found]})


def _delivery_of(request: web.Request, environment: Environment) -> Delivery:
    text = request.match_info["delivery"]
    number = number_of(text)
    found = environment.engine.outbox.get(number)
    if found is not None:
        return found
    made = environment.supplier.books.counters.get("notification", 0)
    kept = "; it is no longer kept, the journal may still have it" if 0 < number <= made else f"; there are {made}"
    raise Problem(404, f"no delivery has the number {text[:20]!r}{kept}")


def _send_again(delivery: Delivery, environment: Environment) -> None:
    steer(environment, Steered(REDELIVER, delivery.deliver.lane, {"delivery": delivery.number}))


def _picture(delivery: Delivery) -> DeliveryPicture:
    deliver = delivery.deliver
    return {
        "delivery": delivery.number,
        "ticket": deliver.lane,
        "buyer": deliver.buyer,
        "notification": deliver.notification,
        "message_id": deliver.message_id,
        "state": delivery.state,
        "reason": delivery.reason,
        "made": format_instant(delivery.made),
        "due": format_instant(delivery.due) if delivery.due else None,
        "tried": len(delivery.attempts),
    }


def _attempt_picture(attempt: Attempt, environment: Environment) -> AttemptPicture:
    entry, warnings = _in_journal(attempt, environment)
    return {
        "attempt": attempt.number,
        "why": attempt.why,
        "at": format_instant(attempt.at),
        "ended": format_instant(attempt.ended) if attempt.ended else None,
        "verdict": attempt.verdict or None,
        "reason": attempt.reason,
        "answer": entry_picture(entry)["data"] if entry else None,
        "warnings": warnings,
    }


def _in_journal(attempt: Attempt, environment: Environment) -> tuple[Entry | None, list[str]]:
    """The entry with an attempt's answer, and what the answer was warned of; they stand right behind one another."""
    journal = environment.engine.journal
    if not attempt.seq or attempt.seq < journal.first_seq:
        return None, []
    entry, *behind = journal.after(attempt.seq - 1, 10)
    caused = (one for one in behind if one.cause == attempt.seq and one.kind == "conformance-warning")
    return entry, [f"{one.data['ruling']}: {one.data['warning']}" for one in caused]
