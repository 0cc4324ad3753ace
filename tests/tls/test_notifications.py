"""Notifications under TLS: the simulator is the client now, with an authority to trust and a certificate to show."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from simulator.config import Config, ConfigError
from simulator.core.inputs import DeliveryAnswer
from simulator.listening.command import Asked
from simulator.runtime.delivery import Courier, Endpoint
from simulator.runtime.endpoint_tls import endpoint_tls
from tests.certificates.sets import of_an_odd_curve
from tests.control import REPORT
from tests.deliveries import deliver
from tests.tls.buyers import needs_curl, run

THE_KEY = "name the certificate's own, in PEM and not encrypted, by --notify-key"
NAMED = " (--notify-certificate)"
NOT_PEM = "expected PEM; `openssl pkcs12 -nodes -in FILE` makes it of a .p12 file"
UNKNOWN = (
    "the authority of the endpoint's certificate is not trusted, or an intermediate certificate is not sent with it: "
    "name the authority by --notify-trust, or by the buyer's trust"
)
BROKEN_OFF = (
    "the endpoint broke TLS off before it answered; if it asks for a certificate, name one that it takes "
    "by --notify-certificate, or by the buyer's client_certificate"
)


async def listening(certs: Path, ready: Path, *flags: str) -> asyncio.subprocess.Process:
    """The command ``listen`` on a free port, once it listens."""
    words = ("listen", "--port=0", f"--certs={certs}", f"--ready-file={ready}", *flags)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    await there(ready)
    return process


async def there(ready: Path) -> None:
    """Once the file is there."""
    exists = ready.exists
    async with asyncio.timeout(10):
        while not exists():
            await asyncio.sleep(0.02)


async def attempt(url: str, **settings: Path) -> DeliveryAnswer:
    """One attempt with those settings."""
    courier = Courier(Endpoint(url, tls=endpoint_tls(Config.model_validate(settings))), {})
    answer = await courier.deliver(deliver())
    await courier.close()
    return answer


async def test_an_endpoint_that_demands_a_certificate(certs: Path, tmp_path: Path) -> None:
    """Whoever trusts it and shows one is answered; nobody else gets a connection."""
    ready = tmp_path / "ready.json"
    process = await listening(certs, ready, "--demand")
    url = json.loads(ready.read_text())["notify"]
    assert url.startswith("https://127.0.0.1:")
    trust = {"notify_trust": certs / "ca.pem"}
    own = {"notify_certificate": certs / "clients/SPDEV1.pem", "notify_key": certs / "clients/SPDEV1.key"}
    assert (await attempt(url, **trust, **own)).status == 400  # it is no notification, but it has come
    assert (await attempt(url, **own)).failure == UNKNOWN
    assert (await attempt(url, **trust)).failure == BROKEN_OFF
    stranger = {
        "notify_certificate": certs / "bad/wrong-authority.pem",
        "notify_key": certs / "bad/wrong-authority.key",
    }
    assert (await attempt(url, **trust, **stranger)).failure == BROKEN_OFF
    process.terminate()
    said = (await process.communicate())[0].decode()
    assert said.count("no notification") == 1


async def test_an_endpoint_that_demands_none(certs: Path, tmp_path: Path) -> None:
    """The authority is enough. An endpoint of another name than its certificate's is not spoken to."""
    ready = tmp_path / "ready.json"
    process = await listening(certs, ready)
    url = json.loads(ready.read_text())["notify"]
    assert (await attempt(url, notify_trust=certs / "ca.pem")).status == 400
    assert (await attempt(url.replace("127.0.0.1", "127.0.0.2"), notify_trust=certs / "ca.pem")).status is None
    process.terminate()
    await process.communicate()


@needs_curl
async def test_from_serve_to_listen(certs: Path, tmp_path: Path) -> None:
    """As the page has it: a report by https leads to a notification by https."""
    heard, ready = tmp_path / "heard.json", tmp_path / "ready.json"
    endpoint = await listening(certs, heard, "--demand")
    url = json.loads(heard.read_text())["notify"].replace("127.0.0.1", "localhost")
    own = [f"--notify-certificate={certs}/clients/SPDEV1.pem", f"--notify-key={certs}/clients/SPDEV1.key"]
    under = [f"--notify={url}", f"--notify-trust={certs}/ca.pem", *own, "--tls=required", f"--certs={certs}"]
    free = ["--port=0", "--control-port=0", f"--ready-file={ready}", "--clock=frozen"]
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "serve", *free, *under, stdout=asyncio.subprocess.DEVNULL
    )
    await there(ready)
    base = json.loads(ready.read_text())["supplier"].replace("127.0.0.1", "localhost")
    mine = [
        "--cacert",
        f"{certs}/ca.pem",
        "--cert",
        f"{certs}/clients/SPDEV1.pem",
        "--key",
        f"{certs}/clients/SPDEV1.key",
    ]
    sent = ["-H", "Content-Type: application/xml", "--data-binary", "@-"]
    _, answer, _ = await run("curl", "-sS", *mine, *sent, f"{base}/cfsit/api2/addFaultReport", stdin=REPORT)
    assert "<responseCode>201</responseCode>" in answer
    said = b""
    async with asyncio.timeout(10):
        assert endpoint.stdout is not None
        while b"acknowledged" not in said:
            said += await endpoint.stdout.readline()
    assert b"SPDEV1 MY-FAULT-1 CS0053224" in said
    for process in (server, endpoint):
        process.terminate()
        await process.communicate()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"notify_trust": "none.pem"}, "none.pem: can't be read: No such file or directory"),
        ({"notify_trust": "clients/SPDEV1.key"}, "clients/SPDEV1.key: expected a certificate or several, in PEM"),
        ({"notify_certificate": "none.pem"}, "none.pem: can't be read: No such file or directory" + NAMED),
        ({"notify_certificate": "clients/SPDEV1.p12"}, "clients/SPDEV1.p12: " + NOT_PEM + NAMED),
        (
            {"notify_certificate": "clients/SPDEV1.key"},
            "clients/SPDEV1.key: expected a certificate, found a private key" + NAMED,
        ),
        (
            {"notify_certificate": "clients/SPDEV1.pem"},
            "clients/SPDEV1.pem: no private key, but a certificate; " + THE_KEY,
        ),
        (
            {"notify_certificate": "clients/SPDEV1.pem", "notify_key": "none.key"},
            "none.key: can't be read: No such file or directory; " + THE_KEY,
        ),
        (
            {"notify_certificate": "clients/SPDEV1.pem", "notify_key": "server.key"},
            "server.key: it is the private key of another certificate; " + THE_KEY,
        ),
        (
            {"notify_certificate": "odd-curve.pem", "notify_key": "server.key"},
            "server.key: it is the private key of another certificate; " + THE_KEY,
        ),
        (
            {"notify_certificate": "clients/SPDEV1.pem", "notify_key": "encrypted.key"},
            "encrypted.key: the private key is encrypted; " + THE_KEY,
        ),
        (
            {"notify_certificate": "clients/SPDEV1.pem", "notify_key": "clients/SPDEV1.p12"},
            "clients/SPDEV1.p12: " + NOT_PEM + "; " + THE_KEY,
        ),
        (
            {"notify_certificate": "bad/weak-key.pem", "notify_key": "bad/weak-key.key"},
            "bad/weak-key.pem: OpenSSL refuses it as too weak" + NAMED,
        ),
        (
            {"notify_key": "clients/SPDEV1.key"},
            "clients/SPDEV1.key: the key (--notify-key) of which certificate? Name it by --notify-certificate",
        ),
    ],
)
def test_files_that_cannot_be_used(certs: Path, settings: dict[str, str], message: str) -> None:
    """One line, with the file, what is wrong with it and what to do."""
    key = load_pem_private_key((certs / "clients/SPDEV1.key").read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"changeit"))
    (certs / "encrypted.key").write_bytes(locked)
    (certs / "odd-curve.pem").write_bytes(of_an_odd_curve((certs / "clients/SPDEV1.pem").read_bytes()))
    config = Config.model_validate({name: certs / path for name, path in settings.items()})
    with pytest.raises(ConfigError) as caught:
        endpoint_tls(config)
    assert str(caught.value) == f"{certs}/{message}"


def test_nothing_is_made_where_nothing_is_asked_for() -> None:
    """Then the usual holds."""
    assert endpoint_tls(Config()) is None


async def test_listen_says_what_it_lacks(tmp_path: Path) -> None:
    """A folder without a set; a demand without a folder."""
    words = ("-m", "simulator", "listen", "--port=0")
    code, _, told = await run(sys.executable, *words, f"--certs={tmp_path}")
    missing = "can't be read: No such file or directory; `cityfibre-simulator certs init` makes a set"
    assert (code, told) == (2, f"cityfibre-simulator: {tmp_path}: {missing}\n")
    with pytest.raises(ValueError, match="--demand: say where the certificates are, with --certs"):
        Asked("127.0.0.1", 0, "", raw=False, ready_file=None, certs=None, demand=True)
