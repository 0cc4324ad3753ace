"""The clients that everybody has: curl and openssl s_client."""

import re
from pathlib import Path

import pytest

from tests.control import REPORT
from tests.tls.buyers import needs_curl, needs_openssl, run, served_under_tls

VERSIONS = {"1.2": ("--tlsv1.2", "--tls-max", "1.2"), "1.3": ("--tlsv1.3",)}


@needs_curl
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize(
    ("tls", "client", "expected"),
    [
        ("required", "clients/SPDEV1", "201"),
        ("optional", "clients/SPDEV1", "201"),
        ("required", "clients/SPDEV2", "403"),
        ("optional", "bad/expired", "401"),
        ("required", "bad/expired", "certificate"),
        ("required", "bad/revoked", "certificate revoked"),
        ("optional", "", "401"),
        ("required", "", "alert"),
    ],
)
async def test_curl(certs: Path, tls: str, client: str, expected: str, version: str) -> None:
    """A status, or the alert in curl's words."""
    async with served_under_tls(certs, tls) as control:
        url = f"https://localhost:{control.supplier.rpartition(':')[2]}/one/api2/addFaultReport"
        own = ("--cert", str(certs / f"{client}.pem"), "--key", str(certs / f"{client}.key")) if client else ()
        sent = ("-H", "Content-Type: application/xml", "--data-binary", "@-", "-o", "-", "-w", "\n%{http_code}")
        trust = ("--cacert", str(certs / "ca.pem"), *VERSIONS[version])
        code, said, told = await run("curl", "-sS", *trust, *own, *sent, url, stdin=REPORT)
        if expected.isdigit():
            assert (code, said.splitlines()[-1]) == (0, expected)
        else:
            assert code in {35, 56, 60}
            assert expected in told
            assert said.splitlines()[-1] == "000"


@needs_openssl
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_openssl(certs: Path, version: str) -> None:
    """It shows whom the server wants certificates of, and gets an answer."""
    async with served_under_tls(certs, "required") as control:
        port = control.supplier.rpartition(":")[2]
        own = ("-cert", str(certs / "clients/SPDEV1.pem"), "-key", str(certs / "clients/SPDEV1.key"))
        trust = ("-CAfile", str(certs / "ca.pem"), "-verify_return_error", "-verify_hostname", "localhost")
        request = b"GET /one/api2/faultReport.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        code, said, _ = await run(
            "openssl", "s_client", "-connect", f"localhost:{port}", version, *trust, *own, "-ign_eof", stdin=request
        )
        assert code == 0
        assert "Verify return code: 0 (ok)" in said
        assert "HTTP/1.1 200 OK" in said
        assert re.search(r"Acceptable client certificate CA names\n.*Development authority", said)
        assert "</xs:schema>" in said


@needs_openssl
async def test_openssl_without_a_certificate(certs: Path) -> None:
    """With TLS 1.3 it learns by an alert, once it reads."""
    async with served_under_tls(certs, "required") as control:
        port = control.supplier.rpartition(":")[2]
        client = ("openssl", "s_client", "-connect", f"localhost:{port}", "-tls1_3", "-ign_eof")
        _, _, told = await run(*client, stdin=b"GET / HTTP/1.1\r\n\r\n")
        assert "alert certificate required" in told
        (refusal,) = (await control.get("/control/v1/tls-refusals"))["refusals"]
        assert (refusal["reason"], refusal["version"]) == ("no-certificate", "TLSv1.3")
