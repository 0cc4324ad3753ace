"""A buyer that speaks over a socket of its own, and what it needs to see faults of its requests."""

import asyncio
from dataclasses import dataclass, field

from tests.messages import add
from tests.rig import Simulator

SECONDS = 5.0


@dataclass(slots=True)
class Exchange:
    """What came back over one connection: pieces with the seconds after which they came, and how it ended."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    reset: bool = False

    @property
    def raw(self) -> bytes:
        """All of it."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.raw.split()[1])

    @property
    def body(self) -> bytes:
        """Its body."""
        return self.raw.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str | None:
        """One of its headers."""
        for line in self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").splitlines()[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


async def exchange(simulator: Simulator, body: str, operation: str = "addFaultReport") -> Exchange:
    """Post a message over a connection of its own, and read what comes until its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    data = body.encode()
    head = f"POST /cfsit/api2/{operation} HTTP/1.1\r\nHost: a\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    found, loop = Exchange(), asyncio.get_running_loop()
    began = loop.time()
    writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    try:
        async with asyncio.timeout(SECONDS):
            while piece := await reader.read(65536):
                found.pieces.append((loop.time() - began, piece))
    except ConnectionResetError:
        found.reset = True
    writer.close()
    return found


async def set_fault(simulator: Simulator, kind: str, **said: object) -> None:
    """Let it go wrong from now on."""
    await simulator.control("POST", "/faults", {"fault": kind, **said})


async def injected(simulator: Simulator) -> list[tuple[int, str, str]]:
    """Every injection that the journal tells: number, kind and operation."""
    entries = await simulator.journal(kind="fault-injected")
    return [(entry["data"]["fault"], entry["data"]["kind"], entry["data"]["on"]) for entry in entries]


async def there(simulator: Simulator) -> list[str]:
    """The tickets that there are."""
    return [ticket["ticket"] for ticket in await simulator.tickets()]


async def statuses(simulator: Simulator, count: int) -> list[int]:
    """Of reports, each with a reference of its own."""
    found = []
    for number in range(count):
        answer = await exchange(simulator, add({"buyerFaultReference": f"REF-{number}", "messageId": f"M-{number}"}))
        found.append(answer.status)
    return found
