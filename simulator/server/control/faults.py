"""The faults of the control API (``docs/control-api.md``): what is to go wrong on purpose."""

from typing import Annotated, Any, Literal, Union

from aiohttp import web
from pydantic import Field, create_model
from typing_extensions import TypedDict

from simulator.cityfibre.faults import FAULTS, Active
from simulator.cityfibre.injecting import REMOVE, SET
from simulator.core.inputs import Steered
from simulator.core.instants import format_instant
from simulator.runtime.environments import Environment, Environments
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.requests import address_of, checked, environment_of, number_of, object_of, steer, wrong
from simulator.server.control.route import ENVIRONMENT, Route
from simulator.wire.complaints import suggest


def any_fault() -> Any:  # noqa: ANN401 - a union of models made of a table
    """What is to go wrong: ``fault`` names it, and beside it stands which messages it meets, and how."""

    def one(kind: str) -> Any:  # noqa: ANN401 - a model made here
        title = "".join(word.capitalize() for word in kind.split("-")) + "Fault"
        name: Any = Literal[kind]
        ticket: Any = (str, Field("", description="only messages of this ticket, by either of its names"))
        return create_model(title, __base__=FAULTS[kind], fault=(name, ...), ticket=ticket)

    return Annotated[Union[tuple(map(one, FAULTS))], Field(discriminator="fault")]  # noqa: UP007 - as above


class FaultPicture(TypedDict):
    """A fault that was set: since when, for which ticket (empty: all), and what was said of it.

    ``met`` counts the messages that fitted, ``injected`` those that went wrong, of ``times`` at most. ``begins`` and
    ``ends`` are its span in simulated time. ``over`` says that no message can meet it any more.
    """

    number: int
    fault: str
    ticket: str
    parameters: dict[str, Any]
    set_at: str
    begins: str
    ends: str | None
    times: int
    met: int
    injected: int
    over: bool


class FaultsPicture(TypedDict):
    """Every fault, in the order in which they were set."""

    faults: list[FaultPicture]


class FaultRoutes:
    """The handlers below ``/control/v1/environments/{env}/faults``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        faults = f"{ENVIRONMENT}/faults"
        return [
            Route("GET", faults, self.list_faults, FaultsPicture),
            Route("POST", faults, self.set_fault, FaultPicture, body=any_fault, status=201, problems=(409, 503)),
            Route("DELETE", faults, self.remove_faults, FaultsPicture, problems=(503,)),
            Route("DELETE", f"{faults}/{{number}}", self.remove_fault, FaultPicture, problems=(503,)),
        ]

    async def list_faults(self, request: web.Request) -> web.Response:
        """Every fault that was set, those that are over too."""
        return json_response(_pictures(environment_of(request, self._environments)))

    async def set_fault(self, request: web.Request) -> web.Response:
        """Let something go wrong from now on: the next message that fits, unless it says otherwise."""
        document = await object_of(request)
        environment = environment_of(request, self._environments)
        kind, ticket = document.pop("fault", None), document.pop("ticket", "")
        if not isinstance(kind, str) or kind not in FAULTS:
            meant = suggest(kind[:60], FAULTS) if isinstance(kind, str) else ""
            raise wrong([("fault", f"expected one of {', '.join(FAULTS)}{meant}")])
        if not isinstance(ticket, str):
            raise wrong([("ticket", "expected a text")])
        parameters = checked(FAULTS[kind], document).model_dump(mode="json", exclude_unset=True)
        subject = address_of(ticket, environment) if ticket else ""
        outcome = steer(environment, Steered(SET, subject, {"fault": kind, **parameters}))
        if outcome.refusal is not None:
            raise Problem(409, outcome.refusal.reason)
        return json_response(_picture(environment.supplier.books.faults[-1], environment), status=201)

    async def remove_faults(self, request: web.Request) -> web.Response:
        """Remove every fault; what one has kept back goes out as it would have."""
        environment = environment_of(request, self._environments)
        for one in environment.supplier.books.faults:
            steer(environment, Steered(REMOVE, one.ticket, {"number": one.number}))
        return json_response(_pictures(environment))

    async def remove_fault(self, request: web.Request) -> web.Response:
        """Remove one; it is shown as it was."""
        environment = environment_of(request, self._environments)
        text = request.match_info["number"]
        number = number_of(text)
        found = next((one for one in environment.supplier.books.faults if one.number == number), None)
        if found is None:
            raise Problem(404, f"no fault has the number {text[:20]!r}; GET the list of them")
        picture = _picture(found, environment)
        steer(environment, Steered(REMOVE, found.ticket, {"number": number}))
        return json_response(picture)


def _pictures(environment: Environment) -> FaultsPicture:
    return {"faults": [_picture(one, environment) for one in environment.supplier.books.faults]}


def _picture(active: Active, environment: Environment) -> FaultPicture:
    return {
        "number": active.number,
        "fault": active.kind,
        "ticket": active.ticket,
        "parameters": active.parameters(),
        "set_at": format_instant(active.set_at),
        "begins": format_instant(active.begins),
        "ends": format_instant(active.ends) if active.ends else None,
        "times": active.fault.most,
        "met": active.met,
        "injected": active.injected,
        "over": active.over(environment.driver.now()),
    }
