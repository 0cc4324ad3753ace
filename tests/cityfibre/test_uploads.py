"""Announced files join a ticket, a PUT stores one; what is refused leaves books and history as they were."""

from copy import deepcopy
from datetime import timedelta

import pytest

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.cityfibre.attachments import MOST_FILES, File
from simulator.cityfibre.messages import Attachment
from simulator.cityfibre.ticket import State, Ticket
from simulator.cityfibre.uploads import announce
from simulator.core.effects import Reply
from simulator.core.engine import Decision
from simulator.core.inputs import FileReceived, RequestReceived, Trouble
from simulator.core.journal import Note
from tests.drafts import NOW, draft_of, ticket_of
from tests.messages import Tree, request
from tests.rig import child_at, children, message_in

ADDRESS = "~SPDEV1~REF-1"
TEXT = "text/plain; charset=utf-8"
LATER = NOW + timedelta(hours=1)


def announcing(*names: str) -> Tree:
    """A part of a message that announces files of those names."""
    return {"attachments": {"attachment": [{"filename": name} for name in names]}}


class Desk:
    """A supplier without an engine: what it decides is committed at once."""

    def __init__(self) -> None:
        settings = SupplierSettings.model_validate({"validate_sent": True, "attachments": {"most_bytes": 1000}})
        self.supplier = CityFibre(settings, inventory.default(), seed=1)

    def post(self, operation: str, *changes: Tree) -> list[dict[str, str]]:
        """Send a request that is taken; the files of its answer are returned."""
        sent = RequestReceived(operation, request(operation, *changes).encode(), content_type="application/xml")
        decision = self.supplier.request(sent, NOW)
        decision.commit()
        assert decision.reply is not None
        assert decision.reply.status in {200, 201}
        answer = message_in(decision.reply.body)
        if "attachments" not in children(answer):
            return []
        return [children(one) for one in child_at(answer, "attachments")]

    def put(self, file: FileReceived) -> Decision:
        """A file comes in."""
        decision = self.supplier.file(file, LATER)
        decision.commit()
        return decision

    @property
    def ticket(self) -> Ticket:
        return self.supplier.books.tickets[1]

    @property
    def history(self) -> list[tuple[str, str | None]]:
        return [(one.description, one.updated_by) for one in self.ticket.updates]


@pytest.fixture
def desk() -> Desk:
    """With a fault REF-1 that has announced one file."""
    one = Desk()
    one.post("addFaultReport", announcing("../photos/a.jpg"))
    return one


def key_of(desk: Desk) -> str:
    """The key of the first file."""
    return desk.ticket.files[0].key


# -- announced


def test_a_report_and_an_amend_announce_files() -> None:
    """Each answer repeats what it was told, with the place to put it; what was known keeps its place."""
    desk = Desk()
    first, second = desk.post("addFaultReport", announcing("a.jpg", "b.jpg"))
    assert [(one["filename"], one["uploaded"]) for one in (first, second)] == [("a.jpg", "false"), ("b.jpg", "false")]
    assert first["url"] != second["url"]
    third, again = desk.post("amendFaultReport", announcing("c.jpg", "a.jpg"))
    assert (again, third["filename"]) == (first, "c.jpg")
    assert [(one.filename, f"attachment:{one.key}") for one in desk.ticket.files] == [
        (one["filename"], one["url"]) for one in (first, second, third)
    ]
    assert desk.supplier.books.by_file == {one.key: 1 for one in desk.ticket.files}
    assert [line for line, _ in desk.history] == ["Created", "Amended"]
    assert desk.post("amendFaultReport") == []


def test_an_answer_says_what_has_been_put(desk: Desk) -> None:
    """Announced again it is the same file."""
    desk.put(FileReceived(key_of(desk), 3, "0a1b"))
    (again,) = desk.post("amendFaultReport", announcing("../photos/a.jpg"))
    assert again == {"filename": "../photos/a.jpg", "url": f"attachment:{key_of(desk)}", "uploaded": "true"}


def test_a_name_that_is_told_twice_is_one_file() -> None:
    """And is answered once, with a warning: the buyer may have meant two."""
    draft, ticket = draft_of(), ticket_of()
    offered = announce([Attachment(filename=name) for name in ("a.jpg", "b.jpg", "a.jpg")], ticket, draft)
    assert [one.filename for one in offered] == ["a.jpg", "b.jpg"]
    assert [one.filename for one in ticket.files] == ["a.jpg", "b.jpg"]
    assert [note.data["ruling"] for note in draft.notes] == ["§3"]


@pytest.mark.parametrize("name", ["", " ", "\t\r\n "], ids=["empty", "space", "white-space"])
def test_a_blank_name_is_no_file(name: str) -> None:
    """Left out with a warning; the others are taken."""
    draft, ticket = draft_of(), ticket_of()
    offered = announce([Attachment(filename=name), Attachment(filename="a.jpg")], ticket, draft)
    assert ([one.filename for one in offered], len(ticket.files)) == (["a.jpg"], 1)
    assert [(note.data["ruling"], note.data["field"]) for note in draft.notes] == [
        ("§3", "attachments/attachment/filename")
    ]


@pytest.mark.parametrize(
    "sent",
    [
        Attachment(filename="a.jpg", url="http://evil.example/"),
        Attachment(filename="a.jpg", uploaded=True),
        Attachment(filename="a.jpg", url="", uploaded=False),
    ],
    ids=["url", "uploaded", "both"],
)
def test_where_a_file_is_put_and_whether_it_was_only_the_supplier_says(sent: Attachment) -> None:
    """Ignored, with one warning (R26)."""
    draft, ticket = draft_of(), ticket_of()
    (offered,) = announce([sent], ticket, draft)
    assert offered == Attachment(filename="a.jpg", url=f"attachment:{ticket.files[0].key}", uploaded=False)
    assert [(note.data["ruling"], note.data["field"]) for note in draft.notes] == [("R26", "attachments/attachment")]


@pytest.mark.parametrize(("known", "more"), [(0, 53), (49, 4), (50, 3)], ids=["at-once", "one-is-left", "none-is-left"])
def test_a_ticket_has_fifty_files_at_most(known: int, more: int) -> None:
    """The others are left out, with one warning however many they are."""
    files = tuple(File(f"KEY-{number}", f"known-{number}") for number in range(known))
    draft, ticket = draft_of(), ticket_of(files=files)
    offered = announce([Attachment(filename=f"more-{number}") for number in range(more)], ticket, draft)
    assert MOST_FILES == 50
    assert (len(ticket.files), ticket.files[:known]) == (50, files)
    assert [one.filename for one in offered] == [f"more-{number}" for number in range(50 - known)]
    assert [note.data["field"] for note in draft.notes] == ["attachments"]


def test_a_draft_that_is_thrown_away_has_announced_nothing(desk: Desk) -> None:
    """Its keys lead nowhere, and the next file gets the first of them."""
    before = deepcopy(desk.supplier.books)
    draft = draft_of(desk.supplier.books)
    (offered,) = announce([Attachment(filename="b.jpg")], draft.edit(1), draft)
    assert desk.supplier.books == before
    (told,) = desk.post("amendFaultReport", announcing("b.jpg"))
    assert told["url"] == offered.url


# -- put


def test_a_file_is_put(desk: Desk) -> None:
    """201, a line of history by the buyer, an entry of the journal; nobody is notified of it."""
    key = key_of(desk)
    decision = desk.put(FileReceived(key, 3, "0a1b"))
    assert decision.reply == Reply(201, TEXT, b"a.jpg: 3 bytes stored\n")
    assert desk.ticket.files == (File(key, "../photos/a.jpg", 3, "0a1b"),)
    assert desk.history == [("Created", "buyer"), ("Added a.jpg", "buyer")]
    assert desk.ticket.updates[1].updated_time == "2026-01-05T10:00:00.000Z"
    data = {"key": key, "filename": "../photos/a.jpg", "bytes": 3, "sha256": "0a1b"}
    assert (decision.notes, decision.effects) == ([Note("file-stored", ADDRESS, data)], [])
    assert decision.ticket == ADDRESS


@pytest.mark.parametrize(
    ("sha256", "size", "line"),
    [("0a1b", 3, []), ("2c3d", 9, [("Replaced a.jpg", "buyer")])],
    ids=["the-same", "another"],
)
def test_a_file_is_put_again(desk: Desk, sha256: str, size: int, line: list[tuple[str, str]]) -> None:
    """200; the same again is no news, another takes its place. The file beside it stays as it is."""
    desk.post("amendFaultReport", announcing("b.jpg"))
    key, other = key_of(desk), desk.ticket.files[1]
    desk.put(FileReceived(key, 3, "0a1b"))
    told = desk.history
    decision = desk.put(FileReceived(key, size, sha256))
    assert decision.reply == Reply(200, TEXT, f"a.jpg: {size} bytes stored\n".encode())
    assert desk.history == told + line
    assert desk.ticket.files == (File(key, "../photos/a.jpg", size, sha256), other)
    assert [(note.kind, note.data["sha256"]) for note in decision.notes] == [("file-stored", sha256)]


TROUBLES: dict[Trouble, tuple[int, str]] = {
    "body-too-big": (413, "The file is larger than the 1000 bytes of attachments.most_bytes"),
    "body-too-slow": (408, "The file did not arrive in time"),
    "body-cut-off": (400, "The connection ended before the file was whole"),
    "no-room": (507, "The environment has no more room for files; a reset empties it"),
}


def refused(desk: Desk, file: FileReceived, status: int, rule: str, reason: str, ticket: str = ADDRESS) -> None:
    """A file is refused, which costs an entry of the journal and nothing else."""
    before = deepcopy(desk.supplier.books)
    decision = desk.put(file)
    assert decision.reply == Reply(status, TEXT, f"{reason}\n".encode())
    assert desk.supplier.books == before
    (note,) = decision.notes
    assert (note.kind, note.ticket, decision.ticket, decision.effects) == ("file-refused", ticket, ticket, [])
    assert {**note.data, "reason": reason} == {"rule": rule, "reason": reason, "status": status}
    assert str(note.data["reason"]).casefold() == reason.casefold()


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("put_before", [False, True], ids=["first", "again"])
def test_a_file_that_did_not_come_well(desk: Desk, trouble: Trouble, put_before: bool) -> None:  # noqa: FBT001 - a parameter
    """What was put before stays."""
    key = key_of(desk)
    if put_before:
        desk.put(FileReceived(key, 3, "0a1b"))
    status, reason = TROUBLES[trouble]
    refused(desk, FileReceived(key, trouble=trouble), status, trouble, reason)


@pytest.mark.parametrize("name", ["NOBODYS", "", "..", "../../etc/passwd", "\x00", "a.jpg"], ids=repr)
def test_a_file_that_nobody_has_announced(desk: Desk, name: str) -> None:
    """It belongs to no ticket; a name is no key."""
    reason = "Nobody has announced a file under that address"
    refused(desk, FileReceived(name, 3, "0a1b"), 404, "file-unknown", reason, ticket="")


@pytest.mark.parametrize("state", [State.CLOSED, State.REJECTED, State.CANCELLED], ids=str)
def test_an_ended_ticket_takes_no_files(desk: Desk, state: State) -> None:
    """Nothing changes it (contract §3)."""
    desk.ticket.state = state
    reason = f"The fault is {state} and takes no more files"
    refused(desk, FileReceived(key_of(desk), 3, "0a1b"), 409, "ticket-amendable", reason)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PATCH"])
def test_a_file_is_put_and_nothing_else(desk: Desk, method: str) -> None:
    """Whether anybody has announced it or not."""
    reason = f"{method} is not served; PUT the file"
    refused(desk, FileReceived(key_of(desk), 3, "0a1b", method), 405, "method", reason)
    refused(desk, FileReceived("NOBODYS", 3, "0a1b", method), 405, "method", reason, ticket="")


def test_a_full_ticket_still_repeats_the_files_that_it_has() -> None:
    """The one too many is left out, with one warning; what stands behind it in the message is answered."""
    files = tuple(File(f"KEY-{number}", f"known-{number}") for number in range(MOST_FILES))
    draft = draft_of()
    names = ("new", "newer", "known-0")
    offered = announce([Attachment(filename=name) for name in names], ticket_of(files=files), draft)
    assert [one.filename for one in offered] == ["known-0"]
    assert len(draft.notes) == 1
