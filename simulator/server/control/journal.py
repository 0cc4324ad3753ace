"""The journal of the control API (``docs/control-api.md``): what has happened, in pages."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from simulator.core.journal import Entry
from simulator.runtime.environments import Environments
from simulator.server.control.pictures import MOST_ENTRIES, EntryPicture, entry_picture
from simulator.server.control.problems import json_response
from simulator.server.control.requests import Digits, environment_of, query_of
from simulator.server.control.route import ENVIRONMENT, Route

LONGEST_PAGE = 4 * 1024 * 1024
"""Characters of messages in one page of the journal."""


class Page(BaseModel):
    """Which entries: those behind ``after``, oldest first, ``limit`` at the most."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[int, Digits] = Field(0, ge=0, le=2**53, description="only entries with a higher seq")
    limit: Annotated[int, Digits] = Field(MOST_ENTRIES, ge=0, le=MOST_ENTRIES, description="how many at the most")


class JournalPicture(TypedDict):
    """A page of the journal; where ``first_seq`` is above 1, older entries are gone."""

    first_seq: int
    next_seq: int
    last: int
    entries: list[EntryPicture]


class JournalRoutes:
    """The handlers below ``/control/v1/environments/{env}/journal``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        return [Route("GET", f"{ENVIRONMENT}/journal", self.show_journal, JournalPicture, query=Page)]

    async def show_journal(self, request: web.Request) -> web.Response:
        """Entries behind ``after``, oldest first, ``limit`` at the most; fewer where they are long."""
        page = query_of(Page, request)
        journal = environment_of(request, self._environments).engine.journal
        entries: list[Entry] = []
        size = 0
        for entry in journal.after(page.after, page.limit):
            size += sum(len(text) for text in entry.data.values() if isinstance(text, str))
            if entries and size > LONGEST_PAGE:
                break
            entries.append(entry)
        picture: JournalPicture = {
            "first_seq": journal.first_seq,
            "next_seq": journal.next_seq,
            "last": entries[-1].seq if entries else page.after,
            "entries": [entry_picture(entry) for entry in entries],
        }
        return json_response(picture)
