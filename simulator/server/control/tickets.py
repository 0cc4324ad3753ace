"""The tickets of the control API (``docs/control-api.md``): look at them, and let the supplier act on one."""

from typing import Annotated, Any, Literal, Union
from urllib.parse import quote

from aiohttp import web
from pydantic import Field, create_model
from typing_extensions import TypedDict

from simulator.cityfibre.actions import ACTIONS, Action, possible
from simulator.cityfibre.attachments import plain_name
from simulator.cityfibre.ticket import Ticket
from simulator.core.inputs import Steered
from simulator.runtime.environments import Environments
from simulator.server.control.pictures import EntryPicture, TicketPicture, happened_picture, ticket_picture
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.requests import checked, environment_of, object_of, steer, ticket_of, wrong
from simulator.server.control.route import ENVIRONMENT, Route
from simulator.wire.complaints import suggest


def any_action() -> Any:  # noqa: ANN401 - a union of models made of a table
    """What a move of the supplier's is asked for by: ``action`` names it, and beside it stands what that one takes."""

    def one(action: Action) -> Any:  # noqa: ANN401 - a model made here
        title = "".join(word.capitalize() for word in action.name.split("-")) + "Action"
        name: Any = Literal[action.name]
        return create_model(title, __base__=action.parameters, action=(name, ...))

    return Annotated[Union[tuple(map(one, ACTIONS.values()))], Field(discriminator="action")]  # noqa: UP007 - as above


class TicketsPicture(TypedDict):
    """Every ticket, oldest first."""

    tickets: list[TicketPicture]


class ActedPicture(TypedDict):
    """What a move of the supplier's has led to, and the ticket as it is now."""

    happened: list[EntryPicture]
    ticket: TicketPicture


class TicketRoutes:
    """The handlers below ``/control/v1/environments/{env}/tickets``, and the files of tickets."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        tickets, files = f"{ENVIRONMENT}/tickets", f"{ENVIRONMENT}/attachments/{{key}}"
        return [
            Route("GET", tickets, self.list_tickets, TicketsPicture),
            Route("GET", f"{tickets}/{{ref}}", self.show_ticket, TicketPicture),
            Route("POST", f"{tickets}/{{ref}}/actions", self.act, ActedPicture, body=any_action, problems=(409, 503)),
            Route("GET", files, self.show_file, "application/octet-stream"),
        ]

    async def list_tickets(self, request: web.Request) -> web.Response:
        """Every ticket, oldest first."""
        environment = environment_of(request, self._environments)
        tickets = environment.supplier.books.tickets.values()
        return json_response({"tickets": [ticket_picture(ticket, environment) for ticket in tickets]})

    async def show_ticket(self, request: web.Request) -> web.Response:
        """One ticket, by ``maintainerFaultReference`` or ``~buyerIdentifier~buyerFaultReference``."""
        environment = environment_of(request, self._environments)
        return json_response(ticket_picture(ticket_of(request.match_info["ref"], environment), environment))

    async def act(self, request: web.Request) -> web.Response:
        """Let the supplier make a move; answers at once with what happened. Notifications go out by themselves."""
        document = await object_of(request)
        environment = environment_of(request, self._environments)
        ticket = ticket_of(request.match_info["ref"], environment)
        steered = _steered(ticket, document)
        seq = environment.engine.journal.next_seq
        outcome = steer(environment, steered)
        ticket = ticket_of(request.match_info["ref"], environment)
        if outcome.refusal is not None:
            raise Problem(
                409,
                outcome.refusal.reason,
                action=steered.command,
                state=ticket.state.value,
                appointment=ticket.visit.state.value if ticket.visit else None,
                allowed=list(possible(ticket)),
            )
        told, _ = happened_picture(environment.engine.journal, seq)
        return json_response({"happened": told, "ticket": ticket_picture(ticket, environment)})

    async def show_file(self, request: web.Request) -> web.StreamResponse:
        """A file that a buyer has put, as bytes and never as a page."""
        environment = environment_of(request, self._environments)
        key = request.match_info["key"]
        ticket, path = environment.supplier.books.of_file(key), environment.files.find(key)
        if ticket is None or path is None:
            raise Problem(404, "no file has been put under that key; a ticket's attachments name theirs")
        name = next(plain_name(file.filename) for file in ticket.files if file.key == key)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        return web.FileResponse(path, headers=headers)


def _steered(ticket: Ticket, document: dict[str, object]) -> Steered:
    """The command that a document gives: the action's name, and beside it what that action takes."""
    name = document.pop("action", None)
    if not isinstance(name, str) or name not in ACTIONS:
        meant = suggest(name, ACTIONS) if isinstance(name, str) else ""
        raise wrong([("action", f"expected one of {', '.join(ACTIONS)}{meant}")])
    parameters = checked(ACTIONS[name].parameters, document)
    return Steered(name, ticket.address, parameters.model_dump(mode="json", exclude_defaults=True))
