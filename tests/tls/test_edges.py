"""Connections that end at odd moments, certificates that only OpenSSL can read: nothing is lost, nobody stumbles."""

import asyncio
import logging
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from simulator.certificates.making import CLIENT, Issued, Key, Span, Wanted, issue, revocation_list
from tests.control import REPORT, Control
from tests.tls.buyers import context_of, report_once, served_under_tls

HEAD = b"POST /one/api2/addFaultReport HTTP/1.1\r\nHost: a\r\nContent-Type: application/xml\r\n"
POST = HEAD + b"Content-Length: %d\r\n\r\n" % len(REPORT) + REPORT
RESET = struct.pack("ii", 1, 0)


class Tls:
    """A client's side of TLS over a plain socket: what goes out, and when, is the test's."""

    def __init__(self, control: Control, context: ssl.SSLContext) -> None:
        self.socket = socket.create_connection(("127.0.0.1", int(control.supplier.rpartition(":")[2])), timeout=5)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")

    def shake_hands(self, *, but_the_last: bool = False) -> bytes:
        """All of it; or all but what ends it, which is returned."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.socket.sendall(self._out.read())
                self._in.write(self.socket.recv(65_536))
            else:
                last = self._out.read()
                if not but_the_last:
                    self.socket.sendall(last)
                return last

    def sealed(self, data: bytes, *, leaving: bool = False) -> bytes:
        """Bytes of HTTP as TLS sends them, and with them the client's leave."""
        self.tls.write(data)
        if leaving:
            with pytest.raises(ssl.SSLWantReadError):
                self.tls.unwrap()
        return self._out.read()

    def rest(self) -> bytes:
        """All that the server says until it closes."""
        said = b""
        while data := self.socket.recv(65_536):
            self._in.write(data)
        self.socket.close()
        while True:
            try:
                data = self.tls.read(65_536)
                if not data:
                    return said
                said += data
            except (ssl.SSLZeroReturnError, ssl.SSLWantReadError, ssl.SSLEOFError):
                return said


@pytest.fixture
async def stumbles(caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Nothing is told to the event loop that nobody has caught, and nothing is logged as an error."""
    told: list[Mapping[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    yield
    assert told == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def _tickets(control: Control) -> int:
    return len((await control.get("/control/v1/environments/one/tickets"))["tickets"])


@pytest.mark.parametrize("tls", ["optional", "required"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("at_once", [False, True], ids=["then", "with the end of the handshake"])
@pytest.mark.usefixtures("stumbles")
async def test_a_request_with_the_clients_leave_behind_it(
    certs: Path, tls: str, version: str, *, at_once: bool
) -> None:
    """It will say no more, and is answered: TLS lets one side end before the other."""

    def talk(control: Control) -> bytes:
        client = Tls(control, context_of(certs, "clients/SPDEV1", version))
        last = client.shake_hands(but_the_last=at_once and version == "1.3")
        client.socket.sendall((last if at_once and version == "1.3" else b"") + client.sealed(POST, leaving=True))
        return client.rest()

    async with served_under_tls(certs, tls) as control:
        assert (await asyncio.to_thread(talk, control)).startswith(b"HTTP/1.1 201 ")
        assert await _tickets(control) == 1


@pytest.mark.usefixtures("stumbles")
async def test_a_request_with_a_broken_record_behind_it(certs: Path) -> None:
    """It came whole, so it counts, though its sender can't be answered."""

    def talk(control: Control) -> None:
        client = Tls(control, context_of(certs, "clients/SPDEV1"))
        client.shake_hands()
        client.socket.sendall(client.sealed(POST) + b"\x17\x03\x03\x00\x20" + bytes(32))
        client.socket.close()

    async with served_under_tls(certs, "required", source_addresses="127.0.0.1") as control:
        await asyncio.to_thread(talk, control)
        async with asyncio.timeout(5):
            while not await _tickets(control):
                await asyncio.sleep(0.02)
        received = (await control.get("/control/v1/environments/one/journal?kind=request-received"))["entries"]
        assert [one["data"]["caller"] for one in received] == [{"buyer": "SPDEV1"}]


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.usefixtures("stumbles")
async def test_a_client_that_is_gone_right_after_its_handshake(certs: Path, *, reset: bool) -> None:
    """As health checks are; nobody waits for it, and its place is free again."""

    def talk(control: Control) -> None:
        client = Tls(control, context_of(certs, "clients/SPDEV1"))
        last = client.shake_hands(but_the_last=True)
        if reset:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.socket.sendall(last)
        client.socket.close()

    async with served_under_tls(certs, "required") as control:
        for _ in range(20):
            await asyncio.to_thread(talk, control)
        async with asyncio.timeout(5):
            while control.crowds["supplier"].taken("connections"):
                await asyncio.sleep(0.02)
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201


def _of_an_odd_version(certs: Path) -> None:
    """Put a certificate in the place of ``bad/self-signed`` that says to be of version 6, which there is not."""
    path = certs / "bad" / "self-signed.pem"
    der = x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
    odd = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05", 1)
    assert odd != der
    path.write_text(ssl.DER_cert_to_PEM_cert(odd))


@pytest.mark.parametrize("tls", ["optional", "required"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.usefixtures("stumbles")
async def test_a_certificate_that_only_openssl_can_read(certs: Path, tls: str, version: str) -> None:
    """Refused as any other, by an alert or a 401, and told as what it is."""
    _of_an_odd_version(certs)
    async with served_under_tls(certs, tls) as control:
        outcome = await report_once(control, context_of(certs, "bad/self-signed", version))
        (refusal,) = (await control.get("/control/v1/tls-refusals"))["refusals"]
    assert (outcome.status, "_ALERT_" in outcome.alert) == ((401, False) if tls == "optional" else (0, True))
    assert (refusal["reason"], refusal["certificate"]) == ("unusable", None)
    assert refusal["words"].startswith("the client certificate can't be read")


@pytest.mark.parametrize("tls", ["optional", "required"])
@pytest.mark.usefixtures("stumbles")
async def test_a_certificate_of_thousands_of_names(certs: Path, made: Mapping[str, bytes], tls: str) -> None:
    """It is not kept: nobody needs one like that, and many would fill the memory."""
    authority = x509.load_pem_x509_certificate(made["ca.pem"])
    key = load_pem_private_key(made["ca.key"], None)
    assert isinstance(key, Key)
    names = tuple(f"host-{number}.example" for number in range(3_000))
    span = Span(authority.not_valid_before_utc, authority.not_valid_after_utc)
    long = issue(Wanted(("SPDEV1",), span, CLIENT, names), Issued(authority, key))
    (certs / "long.pem").write_bytes(long.certificate.public_bytes(Encoding.PEM))
    (certs / "long.key").write_bytes(long.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    async with served_under_tls(certs, tls) as control:
        outcome = await report_once(control, context_of(certs, "long"))
        (refusal,) = (await control.get("/control/v1/tls-refusals"))["refusals"]
    assert (outcome.status, refusal["reason"], refusal["stage"]) == (401, "unusable", "request")
    assert "The client certificate has more than 32768 bytes" in outcome.body


@pytest.mark.usefixtures("stumbles")
async def test_whole_requests_before_one_that_is_cut(certs: Path) -> None:
    """Each is answered; the one that its sender's leave has cut is refused, and never taken for whole."""
    whole = [POST.replace(b"MY-FAULT-1", b"MY-FAULT-%d" % number) for number in (1, 2)]

    def talk(control: Control) -> bytes:
        client = Tls(control, context_of(certs, "clients/SPDEV1"))
        client.shake_hands()
        client.socket.sendall(client.sealed(b"".join(whole) + POST[:-20], leaving=True))
        return client.rest()

    async with served_under_tls(certs, "required") as control:
        said = await asyncio.to_thread(talk, control)
        assert re.findall(rb"HTTP/1.1 (\d+) ", said) == [b"201", b"201", b"400"]
        assert b"<detail>body-cut-off</detail>" in said
        assert await _tickets(control) == 2


async def test_a_certificate_above_the_clients_own_is_told_as_such(
    certs: Path, made: Mapping[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever reads the log is not to take it for the client's."""
    authority, key = x509.load_pem_x509_certificate(made["ca.pem"]), load_pem_private_key(made["ca.key"], None)
    assert isinstance(key, Key)
    above = x509.load_pem_x509_certificates(made["bad/good-intermediate.pem"])[1]
    span = Span(authority.not_valid_before_utc, authority.not_valid_after_utc)
    lists = made["ca.crl"].split(b"-----BEGIN")
    new = revocation_list(Issued(authority, key), span, [above]).public_bytes(Encoding.PEM)
    (certs / "ca.crl").write_bytes(new + b"-----BEGIN" + lists[2])
    async with served_under_tls(certs, "required") as control:
        outcome = await report_once(control, context_of(certs, "bad/good-intermediate"))
    assert outcome.alert == "SSLV3_ALERT_CERTIFICATE_REVOKED"
    (told,) = [one.getMessage() for one in caplog.records if one.getMessage().startswith("TLS: refused")]
    assert " with, above its own, the certificate CN=Intermediate authority," in told
