"""The transcript: a journal in the one order that two runs of the same story share.

Within one instant of the simulated clock, an acknowledgement and the buyer's next request may swap their arrival. So a
transcript leaves out ``seq`` and ``cause``, goes ticket by ticket and instant by instant, and tells what became of
deliveries behind everything else of the same instant, by their number.
"""

import json
from collections.abc import Iterable, Iterator

from simulator.core.instants import format_instant
from simulator.core.journal import Entry


def lines(journal: Iterable[Entry]) -> Iterator[str]:
    """The transcript, a line of JSON for each entry."""
    entries = list(journal)
    inputs = {entry.seq: entry for entry in entries}

    def place(entry: Entry) -> tuple[str, str, int, int]:
        cause = inputs.get(entry.cause, entry)
        number = cause.data.get("delivery") if cause.kind == "delivery-completed" else None
        delivery = number if isinstance(number, int) else 0
        ticket = entry.ticket or cause.ticket
        return ticket, format_instant(entry.at), delivery, 0 if delivery else entry.seq

    for entry in sorted(entries, key=place):
        told = {"ticket": entry.ticket, "at": format_instant(entry.at), "kind": entry.kind, "data": entry.data}
        yield json.dumps(told, ensure_ascii=False, separators=(",", ":"))
