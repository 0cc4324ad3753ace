"""What a stop does to connections: what has begun is finished, what has not is closed, and it ends in time."""

import socket
import time
from pathlib import Path

from tests.figures import Figure
from tests.hostile.http_process import Process, get, read_all, report, served

SHUTDOWN_SECONDS = 5.0
MARGIN = 1.5
"""Seconds for a process to end, on a machine with much else to do."""


def terminate(process: Process) -> float:
    """Send SIGTERM, and wait until it has been heard: nobody listens any more."""
    process.it.terminate()
    began = time.monotonic()
    while time.monotonic() < began + 2:
        try:
            process.connect().close()
        except ConnectionRefusedError:
            return began
        time.sleep(0.02)
    raise AssertionError("the server still listens")


def idle(process: Process) -> socket.socket:
    """A connection that has had its answer, and is kept."""
    one = process.connect()
    one.sendall(report(1))
    assert one.recv(65_536).startswith(b"HTTP/1.1 201 ")
    return one


def test_a_body_that_is_half_sent_is_waited_for(tmp_path: Path) -> None:
    """The rest comes when nobody new is let in any more, and is answered; an idle connection is closed meanwhile."""
    with served(tmp_path) as process:
        kept, half = idle(process), process.connect()
        sent = report(2)
        half.sendall(sent[:-20])
        time.sleep(0.1)
        began = terminate(process)
        assert kept.recv(10) == b""
        assert time.monotonic() - began < 1
        half.sendall(sent[-20:])
        answer = read_all(half)
        out, err = process.it.communicate(timeout=10)
        took = time.monotonic() - began
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b"\r\nConnection: close\r\n" in answer
    assert (process.it.returncode, err, "REF-2" in out) == (0, "", True)
    assert took < 2
    kept.close()
    half.close()


def test_an_answer_that_is_read_slowly_comes_whole(tmp_path: Path) -> None:
    """It had begun before the stop, and was longer than what the kernel keeps for one who does not read."""
    with served(tmp_path) as process:
        slow = process.connect(receive_buffer=2_048, port=process.control_port)
        slow.sendall(get("/control/openapi.json", 30))
        time.sleep(0.5)
        terminate(process)
        came = read_all(slow, slowly=True)
        process.it.communicate(timeout=10)
    assert 0 < came.count(b"HTTP/1.1 200 OK") < 30
    last = came[came.rindex(b"HTTP/1.1 200 OK\r\n") :]
    head, _, body = last.partition(b"\r\n\r\n")
    (length,) = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    assert len(body) == int(length.partition(b": ")[2])
    assert process.it.returncode == 0
    slow.close()


def test_who_never_sends_the_rest_is_waited_for_no_longer_than_that(tmp_path: Path, figure: Figure) -> None:
    """The stop takes its five seconds, and not the ten that a body may."""
    with served(tmp_path) as process:
        half = process.connect()
        half.sendall(report(1)[:-20])
        time.sleep(0.1)
        took, _, err = process.stop()
        assert read_all(half) == b""
    assert (process.it.returncode, err) == (0, "")
    assert took < SHUTDOWN_SECONDS + MARGIN
    half.close()
    figure(f"a stop that waits for a body in vain took {took:.1f} s")
