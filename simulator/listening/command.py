"""The command ``listen``: an endpoint from what was asked for, until a signal ends it."""

import asyncio
import signal
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from simulator import ready_file
from simulator.cityfibre.ticket import State
from simulator.config import check_url, is_this_machine, without_query
from simulator.listening import telling
from simulator.listening.answers import Answer
from simulator.listening.endpoint import Arrival, Endpoint, ListenError
from simulator.listening.failing import WAYS, Failing
from simulator.printing import Printer
from simulator.timeline import Line
from simulator.wire.complaints import on_one_line, suggest

Say = Callable[[Line], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for, beside the way to fail.

    Raises:
        ValueError: ``forward_to`` is no URL that notifications can be posted to.
    """

    host: str
    port: int
    forward_to: str
    raw: bool
    ready_file: Path | None
    certs: Path | None
    demand: bool

    def __post_init__(self) -> None:
        if self.demand and self.certs is None:
            raise ValueError("--demand: say where the certificates are, with --certs")
        if self.forward_to:
            try:
                check_url(self.forward_to)
            except ValueError as error:
                raise ValueError(f"--forward-to: {error}") from None
            parts = urlsplit(self.forward_to)
            if is_this_machine(parts.hostname or "") and self.port and self.port == parts.port:
                raise ValueError("--forward-to: that is where this command itself is to listen")


def failing(only: tuple[str, ...], **asked: object) -> Failing:
    """The way to fail, once its states are found to be states.

    Raises:
        ValueError: one is none, or the flags do not go together.
    """
    states = [state.value for state in State]
    for name in only:
        if name not in states:
            raise ValueError(f"--only: no ticket is ever {on_one_line(name)}{suggest(name, states)}")
    return Failing(only=frozenset(only), **asked)  # type: ignore[arg-type]


def listen_forever(asked: Asked, to_fail: Failing, say: Say) -> None:
    """Listen until SIGINT or SIGTERM, and print what comes.

    Raises:
        OSError: the port can't be listened on, or the ready file can't be written.
    """
    asyncio.run(_listen(asked, to_fail, say))


async def _listen(asked: Asked, to_fail: Failing, say: Say) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    printer = Printer(say, _lost)

    def came(arrival: Arrival) -> None:
        for line in telling.came(arrival, raw=asked.raw):
            printer.put(line)

    def answered(arrival: Arrival, answer: Answer) -> None:
        printer.put(telling.answered(arrival, answer))

    def refused(why: str) -> None:
        printer.put(telling.refused(why))

    tls = _tls(asked)
    endpoint = Endpoint(came, answered, failing=to_fail, forward_to=asked.forward_to, tls=tls, refused=refused)
    ready_file.remove(asked.ready_file)
    try:
        url = await endpoint.open(asked.host, asked.port)
        try:
            if asked.ready_file is not None:
                ready_file.write(asked.ready_file, notify=url)
            for line in _greeting(url, asked, to_fail):
                printer.put(line)
            await ended.wait()
        finally:
            await endpoint.close()
    finally:
        ready_file.remove(asked.ready_file)
        printer.close()


def _tls(asked: Asked) -> ssl.SSLContext | None:
    """The endpoint's side of TLS, by the files that ``certs init`` makes."""
    if asked.certs is None:
        return None
    own = asked.certs / "server.pem"
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(own, asked.certs / "server.key", password="")
        if asked.demand:
            context.load_verify_locations(cafile=asked.certs / "ca.pem")
            context.verify_mode = ssl.CERT_REQUIRED
            revoked = asked.certs / "ca.crl"
            if revoked.exists():
                context.load_verify_locations(cafile=revoked)
                context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    except ssl.SSLError:
        told = "its server.pem, server.key, ca.pem or ca.crl is not what it should be; `certs check` looks closer"
        raise ListenError(f"{asked.certs}: {told}") from None
    except OSError as error:
        told = f"can't be read: {error.strerror}; `cityfibre-simulator certs init` makes a set"
        raise ListenError(f"{asked.certs}: {told}") from None
    return context


def _greeting(url: str, asked: Asked, to_fail: Failing) -> list[Line]:
    to = f"as {without_query(asked.forward_to)} does" if asked.forward_to else "with an acknowledgement"
    but = f"; fails {in_words(to_fail)}" if to_fail.how else ""
    return [
        ("state", f"listens   {url}, and at any other path"),
        ("quiet", f"answers   {to}{but}"),
        ("quiet", "          Ctrl+C ends"),
    ]


def in_words(to_fail: Failing) -> str:
    """When the endpoint fails, and how."""
    first, probability = to_fail.first, to_fail.probability
    which = "always" if first is None else "once for each message" if first == 1 else f"{first} times for each message"
    drawn = "" if probability is None else f", with probability {probability:g} (seed {to_fail.seed})"
    only = f", only at {', '.join(sorted(to_fail.only))}" if to_fail.only else ""
    how = WAYS.get(to_fail.how, f"HTTP {to_fail.how}")
    after = "" if to_fail.retry_after is None else f", Retry-After {to_fail.retry_after}"
    return f"{which}{drawn}{only}: {how}{after}"


def _lost(number: int) -> Line:
    return "warning", f"{number} lines were not printed: nobody read them in time"
