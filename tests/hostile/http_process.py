"""A server in a process of its own, with files and sockets of its own, and buyers that speak to it slowly."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.messages import add

SECONDS = 10.0
"""How long to wait for what must come."""


class Process:
    """``serve``, and its port."""

    def __init__(self, it: subprocess.Popen[str], port: int, control_port: int) -> None:
        self.it = it
        self.port = port
        self.control_port = control_port

    def connect(self, *, receive_buffer: int = 0, port: int = 0) -> socket.socket:
        """A connection to the supplier's port, or another."""
        one = socket.socket()
        if receive_buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        one.settimeout(SECONDS)
        try:
            one.connect(("127.0.0.1", port or self.port))
        except OSError:
            one.close()
            raise
        return one

    def stop(self) -> tuple[float, str, str]:
        """Send SIGTERM and wait: the seconds that it took, and what was printed."""
        began = time.monotonic()
        self.it.send_signal(signal.SIGTERM)
        out, err = self.it.communicate(timeout=20)
        return time.monotonic() - began, out, err


@contextmanager
def served(folder: Path) -> Iterator[Process]:
    """A server on free ports, ended at the end."""
    ready = folder / "ready.json"
    flags = ["--port", "0", "--control-port", "0", "--clock", "frozen", "--ready-file", str(ready)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CITYFIBRE_SIM_")}
    command = [sys.executable, "-m", "simulator", "serve", *flags]
    with subprocess.Popen(command, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as it:
        try:
            deadline = time.monotonic() + 20
            while not ready.exists():
                assert it.poll() is None
                assert time.monotonic() < deadline, "the simulator did not become ready"
                time.sleep(0.02)
            at = json.loads(ready.read_text())
            yield Process(it, *(int(at[name].rpartition(":")[2]) for name in ("supplier", "control")))
        finally:
            if it.poll() is None:
                it.kill()


def report(number: int, *headers: str) -> bytes:
    """A whole request with a good report."""
    body = add({"messageId": f"MSG-{number}", "buyerFaultReference": f"REF-{number}"}).encode()
    lines = ["POST /cfsit/api2/addFaultReport HTTP/1.1", "Host: a", "Content-Type: text/xml", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def get(target: str, number: int) -> bytes:
    """So many requests for a long answer."""
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * number


def read_all(one: socket.socket, *, slowly: bool = False) -> bytes:
    """What comes until the server closes; slowly is two megabytes a second."""
    came = b""
    while piece := one.recv(4_096 if slowly else 65_536):
        came += piece
        time.sleep(0.002 if slowly else 0)
    return came


def reset(one: socket.socket) -> None:
    """Hang up hard, so that nothing lingers."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
