"""The journal of the control API (``docs/control-api.md``): what has happened, in pages, by entry, and by the byte."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from simulator.core.journal import Entry, Journal
from simulator.runtime.environments import Environment, Environments
from simulator.server.control.pictures import MOST_ENTRIES, EntryPicture, entry_picture
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.redaction import redacted, redacted_bytes
from simulator.server.control.requests import Digits, address_of, environment_of, number_of, query_of
from simulator.server.control.route import ENVIRONMENT, Route
from simulator.wire.complaints import suggest

LONGEST_PAGE = 4 * 1024 * 1024
"""Characters of messages in one page of the journal."""
LONGEST_LOOK = 10_000
"""Entries that are looked at in a row."""
KINDS = frozenset(
    {
        "request-received",
        "request-answered",
        "request-refused",
        "conformance-warning",
        "file-received",
        "file-stored",
        "file-refused",
        "steered",
        "ticket-added",
        "ticket-amended",
        "ticket-changed",
        "ticket-commented",
        "ticket-triaged",
        "appointment-changed",
        "sla-exceeded",
        "notification",
        "timer-set",
        "timer-cancelled",
        "timer-fired",
        "delivery-completed",
        "notification-delivered",
        "notification-refused",
        "notification-failed",
        "notification-dead-lettered",
        "fault-set",
        "fault-injected",
        "fault-removed",
        "slot-held",
        "hold-expired",
        "script-started",
        "script-step",
        "script-failed",
        "script-ended",
        "script-refused",
        "bug",
    }
)
"""Every kind of entry that there is; a test holds it to the journal of a session in which each occurs."""


def _check_kinds(value: str) -> str:
    for kind in value.split(","):
        if kind not in KINDS:
            raise ValueError(f"there is no kind of entry {kind[:60]!r}{suggest(kind[:60], sorted(KINDS))}")
    return value


Kinds = Annotated[str, AfterValidator(_check_kinds)]


class Chosen(BaseModel):
    """Which entries: those behind ``after``, of some ``kind`` (several with commas between), of one ``ticket``."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[int, Digits] = Field(0, ge=0, le=2**53, description="only entries with a higher seq")
    kind: Kinds | None = Field(None, description="only entries of this kind; several with commas between")
    ticket: str | None = Field(None, description="only entries of this ticket, by either of its names")


class Page(Chosen):
    """The same, a page of them."""

    limit: Annotated[int, Digits] = Field(MOST_ENTRIES, ge=0, le=MOST_ENTRIES, description="how many at the most")


class JournalPicture(TypedDict):
    """A page of the journal.

    ``last`` is what to ask for next as ``after``: how far was looked. ``lost`` counts the entries behind ``after`` that
    are gone: the journal keeps the newest million.
    """

    first_seq: int
    next_seq: int
    last: int
    lost: int
    entries: list[EntryPicture]


@dataclass(frozen=True, slots=True)
class Filter:
    """Whether an entry is one of those that were asked for."""

    kinds: frozenset[str] | None
    ticket: str | None

    def fits(self, entry: Entry) -> bool:
        """Whether it is."""
        kind = self.kinds is None or entry.kind in self.kinds
        return kind and self.ticket in {None, entry.ticket}


def filter_of(chosen: Chosen, environment: Environment) -> Filter:
    """The filter that a query asks for."""
    kinds = frozenset(chosen.kind.split(",")) if chosen.kind is not None else None
    return Filter(kinds, address_of(chosen.ticket, environment) if chosen.ticket is not None else None)


def lost_behind(journal: Journal, seq: int) -> int:
    """How many entries behind a seq are gone."""
    return max(0, journal.first_seq - 1 - seq)


class JournalRoutes:
    """The handlers below ``/control/v1/environments/{env}/journal``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        journal = f"{ENVIRONMENT}/journal"
        return [
            Route("GET", journal, self.show_journal, JournalPicture, query=Page),
            Route("GET", f"{journal}/{{seq}}", self.show_entry, EntryPicture, problems=(410,)),
            Route("GET", f"{journal}/{{seq}}/body", self.show_body, "application/xml", problems=(410,)),
        ]

    async def show_journal(self, request: web.Request) -> web.Response:
        """Entries behind ``after``, oldest first, ``limit`` at the most; fewer where they are long."""
        environment = environment_of(request, self._environments)
        page = query_of(Page, request)
        wanted, journal = filter_of(page, environment), environment.engine.journal
        entries: list[Entry] = []
        size, last = 0, page.after
        for entry in _behind(journal, page.after):
            if len(entries) == page.limit:
                break
            if wanted.fits(entry):
                size += sum(len(text) for text in entry.data.values() if isinstance(text, str))
                if entries and size > LONGEST_PAGE:
                    break
                entries.append(entry)
            last = entry.seq
        picture: JournalPicture = {
            "first_seq": journal.first_seq,
            "next_seq": journal.next_seq,
            "last": last,
            "lost": lost_behind(journal, page.after),
            "entries": [entry_picture(entry) for entry in entries],
        }
        return json_response(picture)

    async def show_entry(self, request: web.Request) -> web.Response:
        """One entry."""
        return json_response(entry_picture(self._entry(request)))

    async def show_body(self, request: web.Request) -> web.Response:
        """The message of an entry, byte for byte but for its secrets."""
        data = self._entry(request).data
        if isinstance(text := data.get("body"), str):
            body = redacted(text).encode()
        elif isinstance(encoded := data.get("body_base64"), str):
            body = redacted_bytes(base64.b64decode(encoded))
        else:
            raise Problem(404, "this entry has no message")
        headers = {"Content-Disposition": "attachment"}
        return web.Response(body=body, content_type="application/xml", headers=headers)

    def _entry(self, request: web.Request) -> Entry:
        journal = environment_of(request, self._environments).engine.journal
        text = request.match_info["seq"]
        seq = number_of(text)
        if lost_behind(journal, seq - 1) and seq:
            raise Problem(410, f"the oldest entry that is kept is {journal.first_seq}", first_seq=journal.first_seq)
        found = journal.after(seq - 1, 1) if seq else []
        if not found:
            raise Problem(404, f"no entry has the seq {text[:20]!r}; the next one will be {journal.next_seq}")
        return found[0]


def _behind(journal: Journal, seq: int) -> Iterator[Entry]:
    """Every entry behind a seq, without a copy of them all."""
    while entries := journal.after(seq, LONGEST_LOOK):
        yield from entries
        seq = entries[-1].seq
