"""The same seed, inputs and arrival order give the same journal: in another process, on other ports, hashed otherwise.

An acknowledgement is an input too: the session waits until all is settled before it sends its next request.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.test_cli import CLEAN, COMMAND, wait_for

REPORT = (Path(__file__).parent / "examples" / "add_fault_report.xml").read_text("utf-8")
OUTAGE = REPORT.replace("MY-FAULT-1", "MY-FAULT-2").replace("Impaired Service", "Service Outage")
RESOLVE = """<resolveResponse><apiVersion>1.0</apiVersion><buyerIdentifier>SPDEV1</buyerIdentifier>
<sentAt>2026-01-06T09:00:00Z</sentAt><messageId>SP-9</messageId><resolveAccepted>false</resolveAccepted>
<buyerFaultReference>MY-FAULT-1</buyerFaultReference></resolveResponse>"""
RESERVE = """<reserveAppointmentRequest xmlns="http://www.niccstandards.org.uk/ala_1.0.xsd"
 xmlns:cfh="http://www.cityfibre.com/ala/ext1"><message><messageId>m</messageId><correlationId>c</correlationId>
<sentAt>2026-01-05T09:00:00Z</sentAt></message><buyer><buyerIdentifier>SPDEV1</buyerIdentifier></buyer>
<seller><sellerIdentifier>CITYFIBRE</sellerIdentifier></seller><appointmentSlot>
<appointmentDate>2026-01-07</appointmentDate><appointmentStartTime>08:00</appointmentStartTime>
<appointmentEndTime>13:00</appointmentEndTime></appointmentSlot><appointmentType><fault/></appointmentType>
<cfh:productName>ftthl2r</cfh:productName><cfh:addressKey>10002491172</cfh:addressKey></reserveAppointmentRequest>"""

STEPS = [
    ("addFaultReport", REPORT, "PT0S"),
    ("addFaultReport", REPORT, "PT0S"),
    ("addFaultReport", "<addFaultReport><wrong/></addFaultReport>", "PT0S"),
    ("addFaultReport", "<not well-formed", "PT0S"),
    ("reserveAppointment", RESERVE, "PT0S"),
    ("addFaultReport", OUTAGE, "PT25H"),
    ("resolveResponse", RESOLVE, "P9D"),
]
"""What is posted, and how much time passes then."""


class _Endpoint(BaseHTTPRequestHandler):
    """A buyer's endpoint that takes everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def endpoint() -> Iterator[str]:
    """A listening buyer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def post(url: str, body: str, content_type: str = "application/xml") -> bytes:
    request = Request(url, data=body.encode(), headers={"Content-Type": content_type})  # noqa: S310 - our own server
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return bytes(answer.read())
    except HTTPError as refused:
        with refused:
            return refused.read()


def session(tmp_path: Path, hash_seed: str) -> str:
    """One session over real HTTP in a process of its own; its journal is returned."""
    ready = tmp_path / f"ready-{hash_seed}.json"
    words = [
        "serve",
        "--port",
        "0",
        "--control-port",
        "0",
        "--clock",
        "frozen",
        "--seed",
        "7",
        "--ready-file",
        str(ready),
    ]
    variables = {**CLEAN, "PYTHONHASHSEED": hash_seed}
    with (
        endpoint() as url,
        subprocess.Popen([*COMMAND, *words, "--notify", url], stdout=subprocess.DEVNULL, env=variables) as process,
    ):
        try:
            addresses = wait_for(ready)
            supplier = f"{addresses['supplier']}/cfsit/api2"
            control = f"{addresses['control']}/control/v1/environments/cfsit"
            for operation, message, then in STEPS:
                post(f"{supplier}/{operation}", message)
                post(f"{control}/clock/advance", json.dumps({"by": then}), "application/json")
            with urlopen(f"{control}/journal", timeout=10) as answer:  # noqa: S310 - our own server
                return str(answer.read().decode())
        finally:
            process.send_signal(signal.SIGTERM)


def test_another_process_and_hash_seed_leave_the_same_journal(tmp_path: Path) -> None:
    """Ports, set order and the endpoint's address leave no trace in it."""
    one, other = session(tmp_path, "1"), session(tmp_path, "2")
    kinds = [entry["kind"] for entry in json.loads(one)["entries"]]
    assert kinds.count("request-refused") == 4
    assert kinds.count("delivery-completed") == 7
    assert one == other


def test_the_hash_seed_is_really_another() -> None:
    """The test above would prove nothing if both processes hashed alike."""
    program = "print(list({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}))"
    orders = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(orders) == 2
