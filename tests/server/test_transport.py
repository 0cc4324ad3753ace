"""What is no message for an operation at all: path, method, media type and size (contract §1), and the downloads."""

from dataclasses import dataclass, field

import pytest

from tests.messages import add
from tests.rig import Simulator


@dataclass(frozen=True, slots=True)
class Unfit:
    """A request that is none for an operation at all."""

    name: str
    status: int
    rule: str
    operation: str = "addFaultReport"
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/xml"})
    body: str | bytes = b""


def _methods() -> tuple[Unfit, ...]:
    methods = ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE")
    return tuple(Unfit(f"method-{method}", 405, "method", method=method) for method in methods)


UNFIT = (
    *_methods(),
    *(
        Unfit(f"operation-{number}", 404, "operation-unknown", operation=operation)
        for number, operation in enumerate(("addfaultreport", "", "nothing", "%ff", "%00", "notifyFaultReportUpdate"))
    ),
    Unfit("operation-before-method", 404, "operation-unknown", operation="nothing", method="GET"),
    Unfit("method-before-media-type", 405, "method", method="PUT", headers={"Content-Type": "text/plain"}),
    *(
        Unfit(f"media-type-{number}", 415, "media-type", headers={"Content-Type": kind})
        for number, kind in enumerate(("application/json", "text/plain", "multipart/related", "xml"))
    ),
    Unfit("gzip", 415, "content-encoding", headers={"Content-Type": "text/xml", "Content-Encoding": "gzip"}),
    Unfit("br", 415, "content-encoding", headers={"Content-Type": "text/xml", "Content-Encoding": "br"}),
    Unfit("too-big", 413, "body-too-big", body=b"<a>" + b" " * 262_144 + b"</a>"),
)


@pytest.mark.parametrize("unfit", UNFIT, ids=lambda unfit: unfit.name)
async def test_what_is_no_message_at_all(simulator: Simulator, unfit: Unfit) -> None:
    """404, 405, 415, 413: a fault, one line in the journal, and no change."""
    state, seq = simulator.state(), simulator.last_seq
    url = f"{simulator.url}/{unfit.operation}"
    answer = await simulator.send(unfit.method, url, unfit.body, unfit.headers)
    assert answer.status == unfit.status
    if unfit.method != "HEAD":
        assert answer.fault[:2] == ("Client", unfit.rule)
    assert (answer.headers.get("Allow") == "POST") == (unfit.status == 405)
    data = await simulator.one_refusal(seq, state)
    assert (data["rule"], data["line"], data["path"], data["status"]) == (unfit.rule, 0, "", unfit.status)


async def test_the_largest_body_that_is_taken(simulator: Simulator) -> None:
    """262,144 bytes are read and answered; one more is refused."""
    message = add().encode()
    fits = message + b"\n" * (262_144 - len(message))
    assert (await simulator.post("addFaultReport", fits)).status == 201
    assert (await simulator.post("addFaultReport", fits + b"\n")).status == 413


@pytest.mark.parametrize("kind", ["application/xml", "text/xml", "TEXT/XML; charset=UTF-8", "application/soap+xml"])
async def test_media_types_that_are_taken(simulator: Simulator, kind: str) -> None:
    """Any that says XML."""
    answer = await simulator.post("addFaultReport", add(), headers={"Content-Type": kind})
    assert (answer.status, await simulator.warnings()) == (201, [])


async def test_a_missing_media_type_is_warned_of(simulator: Simulator) -> None:
    """Some clients send none: it is taken for XML."""
    answer = await simulator.send("POST", f"{simulator.url}/addFaultReport", add())
    assert (answer.status, await simulator.warnings()) == (201, [("§1", "Content-Type")])


@pytest.mark.parametrize("action", ['""', '"addFaultReport"', "addFaultReport", ""])
async def test_any_soap_action_is_taken(simulator: Simulator, action: str) -> None:
    """§5: none is needed; a quoted or unquoted one is accepted."""
    answer = await simulator.post("addFaultReport", add(), soap=True, headers={"SOAPAction": action})
    assert answer.status == 201


@pytest.mark.parametrize("path", ["/nosuch/api2/addFaultReport", "/CFSIT/api2/addFaultReport", "/%ff/api2/x"])
async def test_an_unknown_environment_is_404_and_never_made(simulator: Simulator, path: str) -> None:
    """It says which there are; no environment's journal hears of it."""
    base = simulator.url.removesuffix("/cfsit/api2")
    answer = await simulator.send("POST", base + path, add())
    assert (answer.status, answer.content_type) == (404, "text/plain; charset=utf-8")
    assert b"environments here: cfsit" in answer.body
    assert await simulator.journal() == []


@pytest.mark.parametrize("path", ["/", "/cfsit", "/cfsit/api2", "/cfsit/api3/addFaultReport", "//cfsit/api2/x"])
async def test_any_other_path_is_404(simulator: Simulator, path: str) -> None:
    """Plain text that says where to post to."""
    answer = await simulator.send("POST", simulator.url.removesuffix("/cfsit/api2") + path)
    assert (answer.status, answer.body.startswith(b"Not found. Post to")) == (404, True)


async def test_a_bug_of_ours_is_a_500_and_costs_nothing(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said loudly in the journal; the next request is answered as ever."""
    simulator.bugs_expected = True
    state = simulator.state()
    with monkeypatch.context() as broken:
        broken.setattr("simulator.cityfibre.reception.echo_of", None)
        answer = await simulator.post("addFaultReport", add())
    assert (answer.status, answer.fault[:2]) == (500, ("Server", "bug"))
    assert state == simulator.state()
    assert [entry["kind"] for entry in await simulator.journal()] == ["request-received", "bug"]
    assert (await simulator.post("addFaultReport", add())).status == 201


async def test_the_downloads(simulator: Simulator) -> None:
    """Our XSD and change log, as plain text; nobody's journal hears of it."""
    for name, expected in (("faultReport.txt", b'<xs:element name="addFaultReport"'), ("changeLog.txt", b"")):
        answer = await simulator.send("GET", f"{simulator.url}/{name}")
        assert (answer.status, answer.content_type, expected in answer.body) == (200, "text/plain; charset=utf-8", True)
        head = await simulator.send("HEAD", f"{simulator.url}/{name}")
        assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(answer.body)), b"")
    assert await simulator.journal() == []


async def test_a_download_is_got_and_not_posted(simulator: Simulator) -> None:
    """405, with what is allowed; it is no operation."""
    for name in ("faultReport.txt", "changeLog.txt"):
        answer = await simulator.post(name, "<a/>")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


async def test_a_base_url_without_an_operation_is_told_so(simulator: Simulator) -> None:
    """A client that joins nothing to the base URL: 404 and a journal that can be read on."""
    answer = await simulator.post("", "<a/>")
    assert (answer.status, answer.fault[1]) == (404, "operation-unknown")
    received = [entry for entry in await simulator.journal() if entry["kind"] == "request-received"]
    assert received[-1]["data"]["operation"] == ""
