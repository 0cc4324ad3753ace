"""The pages and their two static files. Each page is made whole by the server; the script only makes it live."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator import __version__
from simulator.core.instants import format_instant
from simulator.runtime.environments import Environment, Environments
from simulator.server.addresses import url_of
from simulator.server.control import openapi
from simulator.server.control.pictures import environment_picture, ticket_picture
from simulator.server.control.route import Route

if TYPE_CHECKING:
    from jinja2 import Environment as Templates

    from simulator.server.pages.documentation import Groups
    from simulator.server.pages.history import Story

MOST_TICKETS = 200
MOST_ENTRIES = 2_000
"""Entries of the journal that a page tells of, the newest."""
_STATIC = {"page.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PageRoutes:
    """The handlers of the pages."""

    def __init__(self, environments: Environments, routes: list[Route]) -> None:
        """``routes`` are those that the page about the control API tells of."""
        self._environments = environments
        self._routes = routes
        self._groups: Groups | None = None

    def routes(self) -> list[web.RouteDef]:
        """Every page."""
        return [
            web.get("/", self.index),
            web.get("/environments/{env}", self.environment),
            web.get("/control/docs", self.documentation),
            web.get("/static/{name}", self.static),
        ]

    async def index(self, request: web.Request) -> web.Response:
        """The environments."""
        shown = [_facts(one, request) for one in self._environments]
        return _page("index.html", environments=shown)

    async def environment(self, request: web.Request) -> web.Response:
        """One environment: its clock, and its tickets on simulated time."""
        from simulator.server.pages.history import stories  # noqa: PLC0415 - only who looks at a page waits for it

        name = request.match_info["env"]
        environment = self._environments.get(name)
        if environment is None:
            known, why = self._environments.names, self._environments.removed.get(name, "")
            return _page("missing.html", HTTPStatus.NOT_FOUND, name=name, known=known, why=why)
        environment.touch()
        journal = environment.engine.journal
        entries = journal.after(max(0, journal.next_seq - 1 - MOST_ENTRIES), MOST_ENTRIES)
        now = environment.driver.now()
        begin = entries[0].at if entries else now
        tickets = list(environment.supplier.books.tickets.values())
        shown = tickets[-MOST_TICKETS:]
        told = stories(entries, begin, now, {ticket.address: ticket.state.value for ticket in shown})
        return _page(
            "environment.html",
            it=_facts(environment, request),
            tickets=[(ticket_picture(ticket, environment), told[ticket.address]) for ticket in reversed(shown)],
            others=_others(told, {ticket.address for ticket in tickets}),
            begin=begin,
            now=now,
            left_out={"tickets": max(0, len(tickets) - MOST_TICKETS), "entries": journal.next_seq - 1 - len(entries)},
            last=journal.next_seq - 1,
        )

    async def documentation(self, _request: web.Request) -> web.Response:
        """The control API, as its OpenAPI document has it."""
        from simulator.server.pages.documentation import grouped  # noqa: PLC0415 - as above

        if self._groups is None:
            self._groups = grouped(openapi.document(self._routes))  # 100 ms, once
        return _page("documentation.html", groups=self._groups, version=__version__)

    async def static(self, request: web.Request) -> web.Response:
        """A style sheet or a script, by a name of the table."""
        name = request.match_info["name"]
        if name not in _STATIC:
            raise web.HTTPNotFound
        headers = {**_HEADERS, "Cache-Control": "max-age=60"}
        return web.Response(text=_static(name), content_type=_STATIC[name], headers=headers)


def _facts(environment: Environment, request: web.Request) -> Mapping[str, Any]:
    return {
        **environment_picture(environment, url_of(environment.name, request)),
        "notify": environment.blueprint.notify,
        "buyers": len(environment.blueprint.buyers),
        "paused": environment.engine.outbox.paused,
    }


def _others(told: Mapping[str, Story], known: set[str]) -> list[Any]:
    """What is no ticket's, and what speaks of a ticket that there is not, in the order of the journal."""
    events = [event for address, story in told.items() if address not in known for event in story.events]
    return sorted(events, key=lambda event: event.seq)


def _page(template: str, status: int = 200, **values: object) -> web.Response:
    text = _templates().get_template(template).render(**values)
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)


@cache
def _static(name: str) -> str:
    return (files("simulator.server.pages") / "static" / name).read_text("utf-8")


@cache
def _templates() -> Templates:
    """Every template, escaping all that it is given; 40 ms that only who looks at a page waits."""
    from jinja2 import Environment as Templates  # noqa: PLC0415 - as said
    from jinja2 import PackageLoader, StrictUndefined  # noqa: PLC0415 - the same

    templates = Templates(
        loader=PackageLoader("simulator.server.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["instant"] = format_instant
    templates.filters["clock"] = lambda at: f"{at:%a %d %b %H:%M:%S}"
    return templates
