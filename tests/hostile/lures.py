"""What attack documents refer to: a file that inotify watches, and two ports of this machine that count who comes."""

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WATCHABLE = sys.platform.startswith("linux")
WHY_NOT = "that a file is opened is watched by inotify, which only Linux has"
CANARY = "nightingale-7261"
"""What stands in the file, and must never stand in an answer."""
_IN_ACCESS, _IN_OPEN = 0x001, 0x020
_EVENT = struct.Struct("iIII")


@dataclass(frozen=True, slots=True)
class Lures:
    """Where a document may try to get: a path, and two ports that listen."""

    file: Path
    http: socket.socket
    ftp: socket.socket
    inotify: int

    @property
    def web(self) -> str:
        """The address of a web page."""
        return f"http://127.0.0.1:{self.http.getsockname()[1]}/lure.xml"

    @property
    def archive(self) -> str:
        """The address of a file of an FTP server."""
        return f"ftp://127.0.0.1:{self.ftp.getsockname()[1]}/lure.xml"

    def opened(self) -> int:
        """How often the file has been opened or read since this was last asked."""
        try:
            told = os.read(self.inotify, 64 * 1024)
        except BlockingIOError:
            return 0
        count = at = 0
        while at < len(told):
            _, mask, _, length = _EVENT.unpack_from(told, at)
            count += bool(mask & (_IN_ACCESS | _IN_OPEN))
            at += _EVENT.size + length
        return count

    def connected(self) -> int:
        """How many have connected to either port since this was last asked."""
        count = 0
        for listener in (self.http, self.ftp):
            try:
                while True:
                    listener.accept()[0].close()
                    count += 1
            except BlockingIOError:
                continue
        return count


@contextmanager
def laid(folder: Path) -> Iterator[Lures]:
    """Lay a file and two ports, and watch them."""
    file = folder / "lure.xml"
    file.write_text(CANARY)
    libc = ctypes.CDLL(None, use_errno=True)
    inotify = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    watch = libc.inotify_add_watch(inotify, os.fsencode(file), _IN_ACCESS | _IN_OPEN)
    assert watch > 0, os.strerror(ctypes.get_errno())
    with socket.create_server(("127.0.0.1", 0)) as http, socket.create_server(("127.0.0.1", 0)) as ftp:
        http.settimeout(0)
        ftp.settimeout(0)
        try:
            yield Lures(file, http, ftp, inotify)
        finally:
            os.close(inotify)
