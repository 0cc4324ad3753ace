"""Files over HTTP: announced with a report or an amend, put to the url of the answer, looked at by the control API."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from simulator.runtime import files
from tests.conftest import Start
from tests.messages import Tree, add, amend
from tests.rig import Answer, Simulator, child_at, children
from tests.situations import reported
from tests.steering import act

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 700


def announcing(*names: str) -> Tree:
    """A part of a message that announces files of those names."""
    return {"attachments": {"attachment": [{"filename": name} for name in names]}}


async def announced(simulator: Simulator, *names: str) -> list[str]:
    """A fault REF-1 with files; the urls of the answer are returned."""
    answer = await simulator.post("addFaultReport", add(announcing(*names)))
    assert answer.status == 201
    return [children(one)["url"] for one in child_at(answer.message, "attachments")]


async def put(simulator: Simulator, url: str, body: bytes = PICTURE) -> Answer:
    return await simulator.send("PUT", url, body)


def folder_of(simulator: Simulator) -> list[Path]:
    """What lies on the disk for the environment."""
    folder = simulator.environment.files.folder
    return sorted(folder.iterdir()) if folder else []


async def test_an_answer_names_where_to_put_each_file(simulator: Simulator) -> None:
    """With the address by which the buyer came; nothing is there yet. The journal has no port in it."""
    answer = await simulator.post("addFaultReport", add(announcing("a.jpg", "log & more.txt")), soap=True)
    first, second = child_at(answer.message, "attachments")
    assert (children(first)["filename"], children(first)["uploaded"]) == ("a.jpg", "false")
    assert children(second)["filename"] == "log & more.txt"
    assert children(first)["url"].startswith(f"{simulator.url}/attachments/")
    (answered,) = await simulator.journal(kind="request-answered")
    assert "<url>attachment:" in answered["data"]["body"]
    assert str(simulator.port) not in answered["data"]["body"]


async def test_a_file_is_put(simulator: Simulator) -> None:
    """It is stored to the byte, and the history of the ticket says who added it."""
    (url,) = await announced(simulator, "a.jpg")
    await simulator.advance()
    answer = await put(simulator, url)
    assert (answer.status, answer.body) == (201, b"a.jpg: 179208 bytes stored\n")
    (ticket,) = await simulator.tickets()
    (file,) = ticket["attachments"]
    digest = hashlib.sha256(PICTURE).hexdigest()
    assert file == {
        "key": url.rpartition("/")[2],
        "filename": "a.jpg",
        "uploaded": True,
        "bytes": 179208,
        "sha256": digest,
    }
    assert ticket["updates"][-1] == {
        "description": "Added a.jpg",
        "updatedBy": "buyer",
        "updatedTime": "2026-01-05T09:00:00.000Z",
    }
    stored = (await simulator.journal(kind="file-stored"))[-1]
    assert stored["data"] == {"key": file["key"], "filename": "a.jpg", "bytes": 179208, "sha256": digest}


async def test_a_file_comes_back_as_bytes_and_never_as_a_page(simulator: Simulator) -> None:
    """Whatever it is called: a browser that opens it gets a download, and runs nothing."""
    (url,) = await announced(simulator, "../evil\u202e.html")
    await put(simulator, url, b"<script>alert(1)</script>")
    key = url.rpartition("/")[2]
    answer = await simulator.send("GET", f"{simulator.control_url}/attachments/{key}")
    assert (answer.status, answer.body) == (200, b"<script>alert(1)</script>")
    names = ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Content-Disposition")
    assert [answer.headers[name] for name in names] == [
        "application/octet-stream",
        "nosniff",
        "sandbox; default-src 'none'",
        "attachment; filename*=UTF-8''evil%3F.html",
    ]
    assert (await simulator.send("GET", url)).status == 405
    assert (await simulator.send("GET", f"{simulator.control_url}/attachments/NONE")).status == 404


async def test_a_name_never_touches_the_disk(simulator: Simulator) -> None:
    """The key is the file's name there."""
    (url,) = await announced(simulator, "../../../../tmp/evil")
    await put(simulator, url, b"x")
    assert [path.name for path in folder_of(simulator)] == [url.rpartition("/")[2]]


async def test_an_amend_brings_another_and_repeats_the_first(simulator: Simulator) -> None:
    """The same name is the same file; its answer says that it has been put."""
    (url,) = await announced(simulator, "a.jpg")
    await simulator.advance()
    await put(simulator, url)
    answer = await simulator.post("amendFaultReport", amend(announcing("a.jpg", "b.jpg")))
    shown = [children(one) for one in child_at(answer.message, "attachments")]
    assert [(one["filename"], one["uploaded"]) for one in shown] == [("a.jpg", "true"), ("b.jpg", "false")]
    assert shown[0]["url"] == url


async def test_the_same_file_again_changes_nothing_and_another_replaces_it(simulator: Simulator) -> None:
    """A buyer whose answer got lost puts it again, and is told 200."""
    (url,) = await announced(simulator, "a.jpg")
    assert [(await put(simulator, url, body)).status for body in (b"one", b"one", b"two")] == [201, 200, 200]
    (ticket,) = await simulator.tickets()
    told = [one["description"] for one in ticket["updates"]]
    assert told == ["Created", "Accepted", "Added a.jpg", "Replaced a.jpg"]
    assert [path.read_bytes() for path in folder_of(simulator)] == [b"two"]


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
async def test_a_file_that_is_too_large(start: Start, chunked: bool) -> None:  # noqa: FBT001 - a parameter
    """413; one byte less is taken. Nothing of it stays."""
    simulator = await start(attachments={"most_bytes": 1000})
    (url,) = await announced(simulator, "a.jpg")
    await simulator.advance()
    before, seq = simulator.state(), simulator.last_seq
    body = bytes(1001)
    answer = await (_put_in_chunks(simulator, url, body) if chunked else put(simulator, url, body))
    assert (answer.status, simulator.state()) == (413, before)
    received, refused = await simulator.journal(after=seq)
    assert (received["data"]["trouble"], refused["data"]) == (
        "body-too-big",
        {
            "rule": "body-too-big",
            "reason": "the file is larger than the 1000 bytes of attachments.most_bytes",
            "status": 413,
        },
    )
    assert folder_of(simulator) == []
    assert (await put(simulator, url, bytes(1000))).status == 201


async def _put_in_chunks(simulator: Simulator, url: str, body: bytes) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    path = url.partition("//")[2].partition("/")[2]
    writer.write(f"PUT /{path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return Answer(int(head.split()[1]), "", rest, {})


async def test_a_file_that_breaks_off_leaves_nothing(simulator: Simulator) -> None:
    """The connection ends in the middle of it."""
    (url,) = await announced(simulator, "a.jpg")
    await simulator.advance()
    before = simulator.state()
    _, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    path = url.partition("//")[2].partition("/")[2]
    writer.write(f"PUT /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbeginning".encode())
    await writer.drain()
    writer.close()
    async with asyncio.timeout(5):
        while not await simulator.journal(kind="file-refused"):
            await asyncio.sleep(0.01)
    (refused,) = await simulator.journal(kind="file-refused")
    assert (refused["data"]["rule"], simulator.state(), folder_of(simulator)) == ("body-cut-off", before, [])


async def test_a_file_that_does_not_come(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 after its time, and nothing stays."""
    monkeypatch.setattr("simulator.server.file_routes.FILE_SECONDS", 0.05)
    (url,) = await announced(simulator, "a.jpg")
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    path = url.partition("//")[2].partition("/")[2]
    writer.write(f"PUT /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbeginning".encode())
    assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()
    assert folder_of(simulator) == []


async def test_no_more_room(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """507 once the files of an environment are too many bytes; a reset makes room, and removes them."""
    monkeypatch.setattr(files, "MOST_STORED", 10)
    urls = await announced(simulator, "a", "b")
    assert [(await put(simulator, url, b"sixsix")).status for url in urls] == [201, 507]
    stored = folder_of(simulator)
    assert len(stored) == 1
    await simulator.control("POST", "/reset")
    assert not stored[0].exists()
    (url,) = await announced(simulator, "a")
    assert (await put(simulator, url, b"sixsix")).status == 201


@pytest.mark.parametrize(
    ("method", "key", "status", "rule"),
    [
        ("PUT", "NOBODYS", 404, "file-unknown"),
        ("PUT", "..%2F..%2Fetc%2Fpasswd", 404, "file-unknown"),
        ("PUT", "%00", 404, "file-unknown"),
        ("PUT", "", 404, "file-unknown"),
        ("POST", "NOBODYS", 405, "method"),
        ("DELETE", "NOBODYS", 405, "method"),
    ],
    ids=["unknown", "climbing", "nul", "empty", "post", "delete"],
)
async def test_what_is_no_file_of_ours(simulator: Simulator, method: str, key: str, status: int, rule: str) -> None:
    """Refused before it is read, with one entry that says why."""
    await reported(simulator)
    before, seq = simulator.state(), simulator.last_seq
    answer = await simulator.send(method, f"{simulator.url}/attachments/{key}", b"x" * 100_000)
    assert (answer.status, answer.headers.get("Allow")) == (status, "PUT" if status == 405 else None)
    _, refused = await simulator.journal(after=seq)
    assert (refused["kind"], refused["data"]["rule"]) == ("file-refused", rule)
    assert (simulator.state(), folder_of(simulator)) == (before, [])


async def test_an_ended_fault_takes_no_more_files(simulator: Simulator) -> None:
    """409: nothing changes it."""
    (url,) = await announced(simulator, "a.jpg")
    await simulator.advance()
    await act(simulator, "cancel")
    before = simulator.state()
    answer = await put(simulator, url)
    assert (answer.status, answer.body) == (409, b"The fault is cancelled and takes no more files\n")
    assert (simulator.state(), folder_of(simulator)) == (before, [])


@pytest.mark.parametrize(
    "host", ["buyer.example:8443", "<script>", "a b", "x" * 300], ids=["good", "tag", "space", "long"]
)
async def test_a_url_repeats_the_host_only_where_it_is_one(simulator: Simulator, host: str) -> None:
    """What reaches the buyer is a host, or our own address."""
    body = add(announcing("a.jpg"))
    answer = await simulator.post("addFaultReport", body, headers={"Host": host})
    (one,) = child_at(answer.message, "attachments")
    base = f"http://{host}/cfsit/api2" if host.startswith("buyer") else simulator.url
    assert children(one)["url"].startswith(f"{base}/attachments/")


async def test_a_refused_report_announces_nothing(simulator: Simulator) -> None:
    """The answer names no url."""
    answer = await simulator.post("addFaultReport", add(announcing("a.jpg"), {"serviceAffected": "NONE"}))
    assert (answer.status, answer.text("attachments")) == (400, None)
    assert simulator.environment.supplier.books.by_file == {}


async def test_a_disk_that_does_not_take_it(
    simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """507 and a line in the log; the next file is taken once the disk is well again."""
    urls = await announced(simulator, "a.jpg")
    await simulator.advance()
    before = simulator.state()
    (tmp_path / "file").touch()
    simulator.environment.files.folder = tmp_path / "file"
    assert ((await put(simulator, urls[0])).status, simulator.state()) == (507, before)
    assert "a file could not be stored" in caplog.text
    simulator.environment.files.folder = None
    assert (await put(simulator, urls[0])).status == 201


async def test_a_file_that_comes_while_its_environment_begins_anew(start: Start) -> None:
    """Nothing is stored of it, and nothing says so: the next life knows nothing of that file."""
    simulator = await start()
    await simulator.post("addFaultReport", add({"attachments": {"attachment": {"filename": "a.jpg"}}}))
    key = (await simulator.tickets())[0]["attachments"][0]["key"]
    folder = simulator.environment.files
    half = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"half"
        await half.wait()
        yield b"whole"

    async with aiohttp.ClientSession() as session:
        put = asyncio.create_task(session.put(f"{simulator.url}/attachments/{key}", data=body()))
        async with asyncio.timeout(5):
            while folder.folder is None:
                await asyncio.sleep(0.01)
        await simulator.control("POST", "/reset")
        half.set()
        async with await put as answer:
            assert answer.status == 404
    assert folder.folder is None
    assert await simulator.journal() == []
