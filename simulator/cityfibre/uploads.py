"""What becomes of announced files: they join the ticket, a PUT stores one, and the ticket's history says so.

The bytes themselves never come here: whoever reads the network stores them, and hands over size and digest.
"""

from collections.abc import Sequence
from dataclasses import replace

from simulator.cityfibre import callers
from simulator.cityfibre.attachments import MOST_FILES, File, find, plain_name
from simulator.cityfibre.books import Draft
from simulator.cityfibre.messages import Attachment
from simulator.cityfibre.ticket import Ticket
from simulator.core.effects import Reply
from simulator.core.inputs import FileReceived, Trouble
from simulator.wire.binding import collapse

_TEXT = "text/plain; charset=utf-8"
_TROUBLES: dict[Trouble, tuple[int, str]] = {
    "body-too-big": (413, "the file is larger than the {most} bytes of attachments.most_bytes"),
    "body-too-slow": (408, "the file did not arrive in time"),
    "body-cut-off": (400, "the connection ended before the file was whole"),
    "no-room": (507, "the environment has no more room for files; a reset empties it"),
}


def announce(announced: Sequence[Attachment], ticket: Ticket, draft: Draft) -> tuple[Attachment, ...]:
    """Let announced files join the ticket; each comes back with its url. A name that is known keeps its place."""
    offered: dict[str, Attachment] = {}
    twice: dict[str, str] = {}
    left_out = blank = ours = False
    for one in announced:
        if not collapse(one.filename):
            blank = True
            continue
        ours = ours or one.url is not None or one.uploaded is not None
        file = find(ticket.files, one.filename)
        if file is None and len(ticket.files) >= MOST_FILES:
            left_out = True
            continue
        if file is not None and file.key in offered:
            twice[file.key] = one.filename
            continue
        if file is None:
            file = File(draft.basis.ids.key("attachment", draft.count("attachment")), one.filename)
            draft.announce(ticket, file)
        offered[file.key] = file.offered()
    if blank:
        draft.warn("§3", "attachments/attachment/filename", "blank; such a file is left out", ticket.address)
    if ours:
        draft.warn("R26", "attachments/attachment", "url and uploaded are the supplier's; ignored", ticket.address)
    for filename in twice.values():
        told = f"{plain_name(filename)} is announced more than once; it is one file"
        draft.warn("§3", "attachments/attachment/filename", told, ticket.address)
    if left_out:
        told = f"the ticket has {MOST_FILES} files already; the others are left out"
        draft.warn("§3", "attachments", told, ticket.address)
    return tuple(offered.values())


def receive(received: FileReceived, draft: Draft) -> tuple[Reply, str, bool]:
    """Answer a PUT: the reply, the ticket's address, and whether the draft holds."""
    ticket = draft.books.of_file(received.name)
    refused = _refusal(received, ticket, draft.settings.attachments.most_bytes)
    if refused is not None:
        status, rule, reason = refused
        address = ticket.address if ticket else ""
        draft.note("file-refused", address, {"rule": rule, "reason": reason, "status": status})
        return _reply(status, reason[:1].upper() + reason[1:]), address, False
    assert ticket is not None, "a file that no ticket has is refused"  # noqa: S101 - narrows the type
    ticket = draft.edit(ticket.number)
    file = next(one for one in ticket.files if one.key == received.name)
    name = plain_name(file.filename)
    if file.sha256 != received.sha256:
        ticket.note(f"Replaced {name}" if file.uploaded else f"Added {name}", "buyer", draft.now)
        stored = replace(file, size=received.size, sha256=received.sha256)
        ticket.files = tuple(stored if one is file else one for one in ticket.files)
    data = {"filename": file.filename, "bytes": received.size, "sha256": received.sha256}
    draft.note("file-stored", ticket.address, {"key": file.key, **data})
    return _reply(200 if file.uploaded else 201, f"{name}: {received.size} bytes stored"), ticket.address, True


def _refusal(received: FileReceived, ticket: Ticket | None, most: int) -> tuple[int, str, str] | None:
    if (found := callers.stopped(received.caller)) is not None:
        return found
    if received.method != "PUT":
        return 405, "method", f"{received.method} is not served; PUT the file"
    if ticket is None:
        return 404, "file-unknown", "nobody has announced a file under that address"
    if anothers := callers.of_another(received.caller, ticket.buyer):
        return 403, callers.ANOTHER_BUYER, anothers
    if ticket.terminal:
        return 409, "ticket-amendable", f"the fault is {ticket.state} and takes no more files"
    if received.trouble:
        status, reason = _TROUBLES[received.trouble]
        return status, received.trouble, reason.format(most=most)
    return None


def _reply(status: int, text: str) -> Reply:
    return Reply(status, _TEXT, f"{text}\n".encode())
