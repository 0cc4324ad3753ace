"""Five hundred connections that are slow in every way there is, and a good request among them."""

import socket
import time
from pathlib import Path

from tests.figures import Figure
from tests.hostile.http_process import Process, get, read_all, report, reset, served

_CHUNKED = (
    b"POST /cfsit/api2/addFaultReport HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nffff\r\n<addFault"
)
SENT = {
    "idle": b"",
    "slow heads": b"POST /cfsit/api2/addFaultReport HTTP/1.1\r\nHost: ",
    "slow bodies": report(0)[:-10],
    "half-sent chunks": _CHUNKED,
}
SECONDS = 1.0
"""In which a good request is to be answered."""


def hold(process: Process, each: int) -> list[socket.socket]:
    """So many connections of each kind; those that do not read have asked for half a megabyte each."""
    held = []
    for sent in SENT.values():
        for _ in range(each):
            one = process.connect()
            one.sendall(sent)
            held.append(one)
    for _ in range(each):
        one = process.connect(receive_buffer=2_048)
        one.sendall(get("/cfsit/api2/faultReport.txt", 30))
        held.append(one)
    return held


def served_in(process: Process, number: int) -> float:
    """The seconds that a good report takes over a connection of its own."""
    began = time.monotonic()
    with process.connect() as one:
        one.sendall(report(number, "Connection: close"))
        answer = read_all(one)
    assert answer.startswith(b"HTTP/1.1 201 ")
    return time.monotonic() - began


def test_five_hundred_slow_connections_cost_others_nothing(tmp_path: Path, figure: Figure) -> None:
    """A good report is answered 201 within a second, again and again."""
    with served(tmp_path) as process:
        alone = served_in(process, 1)
        began = time.monotonic()
        held = hold(process, 100)
        opened = time.monotonic() - began
        took = [served_in(process, number) for number in range(2, 12)]
        for one in held:
            reset(one)
        _, _, err = process.stop()
    assert (len(held), err) == (500, "")
    assert max(took) < SECONDS
    told = f"a report took {max(took) * 1000:.0f} ms at most, {alone * 1000:.0f} ms without them"
    figure(f"500 slow connections, opened in {opened:.1f} s: {told}")
