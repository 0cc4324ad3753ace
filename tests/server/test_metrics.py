"""``GET /metrics`` tells what was answered on the supplier's port, and how the environments stand."""

import asyncio
import socket

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from simulator import __version__
from tests.control import ALL, ONE, Control, served
from tests.messages import add, request
from tests.rig import Simulator
from tests.situations import reported

TOKEN = "a-token-of-16-letters"  # noqa: S105 - of a test
Series = dict[tuple[str, ...], float]


def series(text: str, name: str) -> Series:
    """The samples of that name: the values of their labels, in the order of the labels' names, and what they say."""
    samples = [sample for family in read_text(text) for sample in family.samples]
    return {
        tuple(sample.labels[label] for label in sorted(sample.labels)): sample.value
        for sample in samples
        if sample.name == f"cityfibre_sim_{name}"
    }


async def scrape(control: Control) -> str:
    """What Prometheus would read."""
    status, headers, body = await control.send("GET", "/metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return body.decode()


async def scrape_rig(simulator: Simulator) -> str:
    """The same, of a simulator with one environment and an endpoint."""
    url = simulator.control_url.partition("/control/")[0]
    return (await simulator.send("GET", f"{url}/metrics")).body.decode()


async def post(control: Control, path: str, body: bytes = b"<a>", method: str = "POST") -> int:
    """Send anything to the supplier's port."""
    headers = {"Content-Type": "application/xml"}
    url = f"{control.supplier}{path}"
    async with control.session.request(method, url, data=body, headers=headers) as answer:
        await answer.read()
        return answer.status


async def test_requests_are_counted_by_operation_and_status(control: Control) -> None:
    """A good one, one that a rule refuses, broken XML, a wrong method, a fetched file, and what leads nowhere."""
    assert await control.report() == 201
    assert await control.report() == 400
    assert await post(control, "/one/api2/resolveResponse") == 500
    assert await post(control, "/two/api2/reserveAppointment", b"", "PUT") == 405
    assert await post(control, "/one/api2/faultReport.txt", b"", "GET") == 200
    assert await post(control, "/one/api2/attachments/NOBODYS", b"x", "PUT") == 404
    assert await post(control, "/nowhere/api2/addFaultReport") == 404
    assert await post(control, "/") == 404
    text = await scrape(control)
    assert series(text, "requests_total") == {
        ("addFaultReport", "201"): 1,
        ("addFaultReport", "400"): 1,
        ("resolveResponse", "500"): 1,
        ("reserveAppointment", "405"): 1,
        ("download", "200"): 1,
        ("attachments", "404"): 1,
        ("unknown", "404"): 2,
    }
    assert series(text, "refusals_total") == {
        ("addFaultReport", "reference-unused"): 1,
        ("resolveResponse", "xml-not-well-formed"): 1,
        ("reserveAppointment", "method"): 1,
        ("attachments", "file-unknown"): 1,
    }


async def test_seconds_are_those_of_messages_and_files(control: Control) -> None:
    """One for each that an environment has decided on, and none that can't be; what leads nowhere takes no time."""
    await control.report()
    await post(control, "/one/api2/attachments/NOBODYS", b"x", "PUT")
    await post(control, "/one/api2/faultReport.txt", b"", "GET")
    await post(control, "/nowhere/api2/addFaultReport")
    text = await scrape(control)
    assert series(text, "request_seconds_count") == {("addFaultReport",): 1, ("attachments",): 1}
    assert 0.0 < series(text, "request_seconds_sum")["addFaultReport",] < 5.0


@pytest.mark.parametrize(
    "name", ["nothing", "%22%7D%201%0Aforged%201", "a%00b", "%F0%9F%92%A9", "x" * 3000, "download"]
)
async def test_a_hostile_name_makes_no_series(control: Control, name: str) -> None:
    """It is one of the unknown ones, and can't forge a line."""
    before = await scrape(control)
    assert await post(control, f"/one/api2/{name}") == 404
    after = await scrape(control)
    assert series(before, "requests_total") == {}
    assert series(after, "requests_total") == {("unknown", "404"): 1}
    assert series(after, "refusals_total") == {("unknown", "operation-unknown"): 1}
    assert "forged" not in after


async def test_how_the_environments_stand(control: Control) -> None:
    """Tickets by state, journal, timers and the simulated clock, each under the environment's name."""
    await control.report()
    await control.post(f"{ONE}/clock/advance", {"by": "PT2H"})
    text = await scrape(control)
    entries = (await control.get(f"{ONE}/journal?after=0"))["entries"]
    assert series(text, "environments") == {(): 2}
    tickets = {labels: count for labels, count in series(text, "tickets").items() if count}
    assert tickets == {("one", "in-progress"): 1}
    assert series(text, "tickets")["two", "closed"] == 0
    assert series(text, "journal_entries") == {("one",): len(entries), ("two",): 0}
    assert series(text, "timers") == {("one",): 2, ("two",): 0}  # resolved, and the SLA
    assert series(text, "simulated_time_seconds") == {("one",): 1767610800, ("two",): 1767603600}
    assert series(text, "environment_failed") == {("one",): 0, ("two",): 0}
    assert series(text, "ticket_changes_total") == {("accepted",): 1, ("in-progress",): 1}


async def test_an_environment_comes_and_goes(control: Control) -> None:
    """A new one is there at once; of a removed one nothing is told but what was counted."""
    await control.post(ALL, {"name": "job-4711"})
    await control.report(environment="job-4711")
    assert 'environment="job-4711"' in await scrape(control)
    assert (await control.ask("DELETE", f"{ALL}/job-4711"))[0] == 204
    text = await scrape(control)
    assert "job-4711" not in text
    assert series(text, "environments") == {(): 2}
    assert series(text, "requests_total") == {("addFaultReport", "201"): 1}


async def test_an_environment_that_has_failed(control: Control) -> None:
    """It is told apart, and the 503 of its requests is counted; the other one is well."""
    environment = control.environments.get("one")
    assert environment is not None
    environment.engine.failed = "KeyError: 7"
    assert await control.report() == 503
    text = await scrape(control)
    assert series(text, "environment_failed") == {("one",): 1, ("two",): 0}
    assert series(text, "requests_total") == {("addFaultReport", "503"): 1}
    assert series(text, "refusals_total") == {}


async def test_a_buyer_that_does_not_read_its_answer(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was decided, so it is counted: as many as the journal has, the last of them in vain."""
    monkeypatch.setattr("simulator.server.flushing.FLUSH_SECONDS", 0.3)
    body = request("queryAppointmentAvailability").encode()
    head = "POST /cfsit/api2/queryAppointmentAvailability HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
    one = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.settimeout(0)
        await asyncio.get_running_loop().sock_connect(deaf, ("127.0.0.1", simulator.port))
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(deaf, one * 3000))
        async with asyncio.timeout(20):
            unsettled = 0
            while unsettled < 5:
                await asyncio.sleep(0.02)
                unsettled = 0 if simulator.environment.driver.settled else unsettled + 1
            while not simulator.environment.driver.settled:
                await asyncio.sleep(0.02)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    text = await scrape_rig(simulator)
    received = [entry for entry in simulator.environment.engine.journal if entry.kind == "request-received"]
    assert series(text, "requests_total") == {("queryAppointmentAvailability", "200"): len(received)}
    assert 10 < len(received) < 3000


async def test_a_bug_outside_of_every_environment(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request is answered, and counted as what it was answered with."""
    monkeypatch.setattr("simulator.server.supplier_routes._download", lambda *_: 1 / 0)
    assert await post(control, "/one/api2/faultReport.txt", b"", "GET") == 500
    assert series(await scrape(control), "requests_total") == {("download", "500"): 1}


async def test_a_bug_of_an_environment(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bug and one answer of 500; nobody has refused anything."""
    simulator.bugs_expected = True
    monkeypatch.setattr("simulator.cityfibre.answers.accepted", lambda *_: 1 / 0)
    assert (await simulator.post("addFaultReport", add())).status == 500
    text = await scrape_rig(simulator)
    assert series(text, "bugs_total") == {(): 1}
    assert series(text, "requests_total") == {("addFaultReport", "500"): 1}
    assert series(text, "refusals_total") == {}


async def test_what_becomes_of_notifications(simulator: Simulator) -> None:
    """Delivered, refused by the buyer, and failed, each by its name."""
    await reported(simulator)
    simulator.endpoint.status = 500
    await simulator.advance("PT2H")
    assert series(await scrape_rig(simulator), "deliveries_waiting") == {("cfsit",): 1}
    simulator.endpoint.status = 200
    await simulator.advance("PT30S")
    simulator.endpoint.answer = "<receivedNotifyFaultReportUpdate><responseCode>400</responseCode>"
    simulator.endpoint.answer += "</receivedNotifyFaultReportUpdate>"
    await simulator.advance("PT22H")
    assert series(await scrape_rig(simulator), "notifications_total") == {
        ("accepted", "delivered"): 1,
        ("in-progress", "failed"): 1,
        ("in-progress", "delivered"): 1,
        ("resolved", "refused"): 1,
        ("resolved", "dead-lettered"): 1,
    }


async def test_a_delivery_is_under_way(simulator: Simulator) -> None:
    """While the buyer takes its time, and no longer."""
    came, go_on = asyncio.Event(), asyncio.Event()

    async def take_time() -> None:
        came.set()
        await go_on.wait()

    simulator.endpoint.when_told = take_time
    reporting = asyncio.create_task(reported(simulator))
    async with asyncio.timeout(5):
        await came.wait()
        assert series(await scrape_rig(simulator), "deliveries_under_way") == {("cfsit",): 1}
        go_on.set()
        await reporting
    assert series(await scrape_rig(simulator), "deliveries_under_way") == {("cfsit",): 0}


async def test_what_answers(control: Control) -> None:
    """The version of the simulator, and of its Python."""
    ((_, version),) = series(await scrape(control), "build_info")
    assert version == __version__


async def test_openmetrics_where_it_is_asked_for(control: Control) -> None:
    """By the header that Prometheus sends."""
    await control.report()
    accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
    status, headers, body = await control.send("GET", "/metrics", headers={"Accept": accept})
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "application/openmetrics-text")
    families = {family.name: family for family in read_openmetrics(body.decode())}  # type: ignore[no-untyped-call]
    assert [sample.value for sample in families["cityfibre_sim_requests"].samples] == [1]


@pytest.mark.parametrize(
    "accept", ["text/plain;version=x", "application/openmetrics-text;version=1.1.é", ";;,,=", "a" * 4000]
)
async def test_an_odd_accept_is_answered(control: Control, accept: str) -> None:
    """As if it had not been sent."""
    status, headers, body = await control.send("GET", "/metrics", headers={"Accept": accept})
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert series(body.decode(), "environments") == {(): 2}


async def test_whoever_scrapes_needs_the_token() -> None:
    """As for all that is told of environments; Prometheus can send it."""
    async with served(TOKEN) as control:
        assert (await control.send("GET", "/metrics"))[0] == 401
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert (await control.send("GET", "/metrics", headers=headers))[0] == 200


async def test_two_servers_of_one_process_count_apart(control: Control) -> None:
    """Each what was sent to it."""
    async with served() as other:
        await other.report()
        assert series(await scrape(control), "requests_total") == {}
        assert series(await scrape(other), "requests_total") == {("addFaultReport", "201"): 1}
