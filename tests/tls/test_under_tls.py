"""What goes on under TLS is what goes on without it: bodies of any size and pace, readers of any, faults, runs."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.control import REPORT
from tests.tls.buyers import Buyer, context_of, report_once, run, served_under_tls

POST = b"POST /one/api2/addFaultReport HTTP/1.1\r\nHost: a\r\nContent-Type: application/xml\r\n"
SCENARIO = """
scenario: 1
name: reported
description: The buyer reports, with its certificate.
steps:
  - buyer: addFaultReport
    within_real: 10
  - supplier: accept
"""


BUYER = """
import json, ssl, sys, urllib.request
told = json.load(sys.stdin)
context = ssl.create_default_context(cafile="{certs}/ca.pem")
context.load_cert_chain("{certs}/clients/SPDEV1.pem", "{certs}/clients/SPDEV1.key")
url = told["base_url"].replace("127.0.0.1", "localhost") + "/addFaultReport"
body = open("{report}", "rb").read()
request = urllib.request.Request(url, body, {{"Content-Type": "application/xml"}})
urllib.request.urlopen(request, context=context)
"""


def report(number: int) -> bytes:
    """A report with references of its own."""
    return REPORT.replace(b"MY-FAULT-1", b"R-%d" % number).replace(b"SP-00001", b"M-%d" % number)


async def test_a_body_in_single_bytes(certs: Path) -> None:
    """Each a record of TLS of its own."""
    async with served_under_tls(certs, "required") as control:
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        sent = POST + b"Content-Length: %d\r\n\r\n" % len(REPORT) + REPORT
        assert await buyer.statuses([bytes([one]) for one in sent]) == [201]
        await buyer.close()


async def test_the_largest_body_and_one_that_is_larger(certs: Path) -> None:
    """In many records at once."""
    async with served_under_tls(certs, "required") as control:
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        fits = REPORT + b"\n" * (262_144 - len(REPORT))
        assert (await buyer.send("POST", "/one/api2/addFaultReport", fits)).status == 201
        assert (await buyer.send("POST", "/one/api2/addFaultReport", fits + b"\n")).status == 413
        await buyer.close()


async def test_requests_in_a_pipeline(certs: Path) -> None:
    """Three in one record are answered in order."""
    async with served_under_tls(certs, "required") as control:
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        sent = b"".join(POST + b"Content-Length: %d\r\n\r\n" % len(report(n)) + report(n) for n in (1, 1, 2))
        assert await buyer.statuses([sent], answers=3) == [201, 400, 201]
        await buyer.close()


async def test_two_hundred_answers_that_nobody_reads_at_first(certs: Path) -> None:
    """The server stops to write when the client's buffers are full, and goes on when it reads."""
    async with served_under_tls(certs, "required") as control:
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        fetch = b"GET /one/api2/faultReport.txt HTTP/1.1\r\nHost: a\r\n\r\n"
        assert await buyer.statuses([fetch * 200], answers=200, wait=0.3) == [200] * 200
        await buyer.close()


@pytest.mark.parametrize("kind", ["reset-before-commit", "reset-after-commit"])
async def test_a_connection_that_is_reset_on_purpose(certs: Path, kind: str) -> None:
    """The fault cuts it off; the next one is answered."""
    async with served_under_tls(certs, "required") as control:
        await control.post("/control/v1/environments/one/faults", {"fault": kind, "times": 1})
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await buyer.report("R-1")
        buyer.abort()
        status = 201 if kind == "reset-before-commit" else 400
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
        assert len((await control.get("/control/v1/environments/one/tickets"))["tickets"]) == (
            1 if status == 201 else 2
        )


async def test_an_answer_that_comes_slowly_on_purpose(certs: Path) -> None:
    """In pieces, whole at last."""
    async with served_under_tls(certs, "required") as control:
        fault = {"fault": "slow-answer", "milliseconds": 200, "times": 1}
        await control.post("/control/v1/environments/one/faults", fault)
        outcome = await report_once(control, context_of(certs, "clients/SPDEV1"))
        assert (outcome.status, outcome.body.rstrip().endswith("</receivedFaultReport>")) == (201, True)


async def test_urls_of_files_are_https(certs: Path) -> None:
    """As the buyer has reached us; the file may be put there with its certificate, and with no other."""
    async with served_under_tls(certs, "required") as control:
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        announced = b"<attachments><attachment><filename>a.log</filename></attachment></attachments></addFaultReport>"
        outcome = await buyer.send("POST", "/one/api2/addFaultReport", REPORT.replace(b"</addFaultReport>", announced))
        url = outcome.body.partition("<url>")[2].partition("</url>")[0]
        assert url.startswith("https://localhost/one/api2/attachments/")
        path = url.removeprefix("https://localhost")
        other = await Buyer.connect(control, context_of(certs, "clients/SPDEV2"))
        assert (await other.send("PUT", path, b"log")).status == 403
        assert (await buyer.send("PUT", path, b"log")).status == 201
        await buyer.close()
        await other.close()


async def test_a_reader_that_hangs_up_in_the_middle(certs: Path) -> None:
    """Nobody else notices."""
    async with served_under_tls(certs, "required") as control:
        for _ in range(5):
            buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
            await buyer.begin(b"GET /one/api2/faultReport.txt HTTP/1.1\r\nHost: a\r\n\r\n" * 50)
            buyer.abort()
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201


async def test_a_run_whose_buyer_comes_with_its_certificate(certs: Path, tmp_path: Path) -> None:
    """``run`` takes the same settings; what triggers the buyer is told an https URL."""
    (tmp_path / "reported.yaml").write_text(SCENARIO)
    (tmp_path / "report.xml").write_bytes(REPORT)
    script = tmp_path / "buyer.py"
    script.write_text(BUYER.format(certs=certs, report=tmp_path / "report.xml"))
    command = [
        sys.executable,
        "-m",
        "simulator",
        "run",
        str(tmp_path / "reported.yaml"),
        "--port=0",
        "--control-port=0",
    ]
    async with taker_of_all() as url:
        real = ["--notify", url, "--trigger", f"{sys.executable} {script}"]
        code, said, told = await run(*command, *real, "--tls=required", f"--certs={certs}")
        assert (code, told) == (0, ""), said
        code, _, told = await run(*command, *real, "--tls=required", f"--certs={tmp_path}")
        missing = "can't be read: No such file or directory; `cityfibre-simulator certs init` makes a set"
        lines = [f"cityfibre-simulator: {tmp_path}/{name}: {missing}" for name in ("server.pem", "ca.pem")]
        assert (code, told.splitlines()) == (2, lines)


@asynccontextmanager
async def taker_of_all() -> AsyncIterator[str]:
    """An endpoint that acknowledges whatever it is sent."""

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response()

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def test_certificates_that_are_not_there(tmp_path: Path) -> None:
    """One line that says what to do, and exit code 2; nothing listens."""
    under = ["--tls=required", f"--certs={tmp_path}/none", "--port=0", "--control-port=0"]
    code, said, told = await run(sys.executable, "-m", "simulator", "serve", *under)
    missing = "can't be read: No such file or directory; `cityfibre-simulator certs init` makes a set"
    lines = [f"cityfibre-simulator: {tmp_path}/none/{name}: {missing}" for name in ("server.pem", "ca.pem")]
    assert (code, said, told.splitlines()) == (2, "", lines)
