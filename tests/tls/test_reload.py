"""Certificates and revocations that change while the server runs: no request is lost, and no door stays open."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from simulator.certificates.development_set import Asked, files
from simulator.certificates.making import CLIENT, Issued, Key, Span, Wanted, issue, revocation_list
from simulator.certificates.trust import CertificateFileError, Trust
from simulator.config import Config, ConfigError
from simulator.runtime.tls import terms
from simulator.runtime.tls.client import Client
from simulator.runtime.tls.terms import Terms, TlsFiles
from tests.figures import Figure
from tests.tls.buyers import Buyer, context_of, needs_openssl, report_once, run, served_under_tls

NOW = datetime.now(UTC)
TERMS = "simulator.runtime.tls.terms"


def revoke(certs: Path, *clients: str) -> None:
    """Put a new list of the set's authority in the place of the old one, which has only these certificates."""
    authority = x509.load_pem_x509_certificate((certs / "ca.pem").read_bytes())
    key = load_pem_private_key((certs / "ca.key").read_bytes(), None)
    assert isinstance(key, Key)
    span = Span(NOW - timedelta(days=1), NOW + timedelta(days=1))
    revoked = [x509.load_pem_x509_certificate((certs / f"{client}.pem").read_bytes()) for client in clients]
    new = certs / "new.crl"
    new.write_bytes(revocation_list(Issued(authority, key), span, revoked).public_bytes(Encoding.PEM))
    new.replace(certs / "ca.crl")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("tls", ["optional", "required"])
async def test_a_certificate_that_is_revoked_is_refused_from_the_next_request_on(
    certs: Path, tls: str, version: str
) -> None:
    """On a connection that there was before, too; once the list has it no more, it is taken again."""
    async with served_under_tls(certs, tls) as control:
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1", version))
        assert (await buyer.report("R-1")).status == 201
        revoke(certs, "clients/SPDEV1")
        refused = await buyer.report("R-2")
        assert refused.status == 401
        assert "has been revoked" in refused.body
        assert [one["reason"] for one in (await control.get("/control/v1/tls-refusals"))["refusals"]] == ["revoked"]
        again = await report_once(control, context_of(certs, "clients/SPDEV1", version))
        assert again.status == 401 if tls == "optional" else again.alert == "SSLV3_ALERT_CERTIFICATE_REVOKED"
        await buyer.close()
        revoke(certs)
        assert (await report_once(control, context_of(certs, "clients/SPDEV1", version))).status == 201


@needs_openssl
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_no_session_is_resumed(certs: Path, version: str, tmp_path: Path) -> None:
    """A session that is resumed would skip the certificate: what OpenSSL's own client has kept of one is of no use."""
    async with served_under_tls(certs, "required") as control:
        port = control.supplier.rpartition(":")[2]
        session = tmp_path / "session"
        client = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", version]
        own = ["-cert", str(certs / "clients/SPDEV1.pem"), "-key", str(certs / "clients/SPDEV1.key")]
        request = b"GET /one/api2/changeLog.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

        async def speak(*more: str) -> str:
            return (await run(*client, *own, "-ign_eof", *more, stdin=request))[1]

        first = await speak("-sess_out", str(session))
        assert "HTTP/1.1 200 OK" in first
        second = await speak(*(["-sess_in", str(session)] if session.exists() else []))
        assert "HTTP/1.1 200 OK" in second
        assert ("New, TLSv1" in second, "Reused, " in second) == (True, False)


async def test_a_new_certificate_of_the_server(certs: Path, made: Mapping[str, bytes]) -> None:
    """New connections get it, old ones go on; not one request is lost."""
    async with served_under_tls(certs, "optional") as control:
        old = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        assert (await old.report("R-1")).status == 201
        other = files(Asked(("SPDEV1",), (), 10, "changeit"), NOW)
        for name in ("ca.pem", "ca.crl", "server.pem", "server.key", "clients/SPDEV1.pem", "clients/SPDEV1.key"):
            (certs / name).write_bytes(other[name])
        new = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        assert (await new.report("R-2")).status == 201
        for name, data in made.items():  # that authority is trusted again, and the other is not
            (certs / name).write_bytes(data)
        assert (await old.report("R-3")).status == 201
        assert (await new.report("R-4")).status == 401
        await old.close()
        await new.close()


async def test_files_that_cannot_be_used_change_nothing(certs: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The old ones hold on, and the log says what is wrong, once."""
    async with served_under_tls(certs, "required") as control:
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        with caplog.at_level(logging.WARNING, TERMS):
            (certs / "server.key").write_bytes((certs / "clients/SPDEV1.key").read_bytes())
            assert (await buyer.report("R-1")).status == 201
            assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
            (certs / "ca.pem").unlink()
            assert (await buyer.report("R-2")).status == 201
        told = [record.getMessage() for record in caplog.records if record.name == TERMS]
        held = "TLS: a file has changed and can't be used, so the old one stays in force: "
        belongs = f"it does not belong to {certs}/server.pem; name the key that the certificate was made for"
        assert told == [
            f"{held}{certs}/server.key: {belongs}",
            f"{held}{certs}/ca.pem: can't be read: No such file or directory",
        ]
        await buyer.close()


def verdicts(certs: Path, *instants: datetime) -> list[str]:
    """Why SPDEV1's certificate is not taken at these instants, one after the other; empty where it is."""
    files_ = TlsFiles(certs / "server.pem", certs / "server.key", certs / "ca.pem", certs / "ca.crl")
    now = [NOW]
    of = Terms(files_, "required", lambda: now[0])
    client = Client(certificate=x509.load_pem_x509_certificate((certs / "clients/SPDEV1.pem").read_bytes()))
    said: list[str] = []
    for instant in instants:
        now[0] = instant
        refusal = of.verdict(client)
        said.append(refusal.reason if refusal else "")
    return said


def test_a_certificate_that_expires_meanwhile_is_refused(certs: Path) -> None:
    """Judged at each request, at the instant that it is then."""
    assert verdicts(certs, NOW, NOW + timedelta(days=826)) == ["", "expired"]


def revoke_nobody_until(certs: Path, end: datetime) -> None:
    """A list that is out of date from then on."""
    authority = x509.load_pem_x509_certificate((certs / "ca.pem").read_bytes())
    key = load_pem_private_key((certs / "ca.key").read_bytes(), None)
    assert isinstance(key, Key)
    made = revocation_list(Issued(authority, key), Span(NOW - timedelta(days=1), end), [])
    (certs / "ca.crl").write_bytes(made.public_bytes(Encoding.PEM))


def test_a_list_that_goes_out_of_date_meanwhile_counts(certs: Path) -> None:
    """From then on nobody can say who has been revoked since."""
    revoke_nobody_until(certs, NOW + timedelta(hours=2))
    assert verdicts(certs, NOW, NOW + timedelta(hours=3)) == ["", "revocation-list"]


async def test_a_list_that_comes_later_counts(certs: Path) -> None:
    """It was not there at the start; once it is, it has to stay."""
    (certs / "ca.crl").rename(certs / "later.crl")
    async with served_under_tls(certs, "optional") as control:
        context = context_of(certs, "bad/revoked")
        assert (await report_once(control, context)).status == 201
        (certs / "later.crl").rename(certs / "ca.crl")
        assert (await report_once(control, context)).status == 401
        (certs / "ca.crl").unlink()
        assert (await report_once(control, context)).status == 401
        assert (await control.get("/control/v1/tls-refusals"))["problems"] == [
            f"{certs}/ca.crl: can't be read: No such file or directory"
        ]


async def test_a_damaged_key_keeps_no_revocation_out(certs: Path) -> None:
    """The server's own side and the clients' are read each by itself; what is not in force is told until it is."""
    async with served_under_tls(certs, "optional") as control:
        key = (certs / "server.key").read_bytes()
        (certs / "server.key").write_bytes(key[:100])
        revoke(certs, "clients/SPDEV1")
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 401
        (problem,) = (await control.get("/control/v1/tls-refusals"))["problems"]
        assert problem.startswith(f"{certs}/server.key: ")
        (certs / "server.key").write_bytes(key)
        await report_once(control, context_of(certs, "clients/SPDEV1"))
        assert (await control.get("/control/v1/tls-refusals"))["problems"] == []


async def test_a_weak_certificate_of_the_server_does_not_take_the_place_of_a_good_one(certs: Path) -> None:
    """OpenSSL would not serve with it; connections are agreed upon as before."""
    async with served_under_tls(certs, "required") as control:
        for ending in ("pem", "key"):
            (certs / f"server.{ending}").write_bytes((certs / f"bad/weak-key.{ending}").read_bytes())
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
        (problem,) = (await control.get("/control/v1/tls-refusals"))["problems"]
        assert problem.startswith(f"{certs}/server.pem: its key or its signature is too weak")


async def test_no_request_is_lost_while_files_are_replaced(
    certs: Path, made: Mapping[str, bytes], figure: Figure
) -> None:
    """A hundred times, the certificate before its key, cut short in between: kept and new connections are answered."""
    other = files(Asked(("SPDEV1",), (), 10, "changeit"), NOW)
    context = context_of(certs, "clients/SPDEV1")
    context.load_verify_locations(cadata=other["ca.pem"].decode())
    (certs / "ca.pem").write_bytes(made["ca.pem"] + other["ca.pem"])
    (certs / "ca.crl").write_bytes(made["ca.crl"] + other["ca.crl"])
    answered = 0
    async with served_under_tls(certs, "required") as control:
        kept = await Buyer.connect(control, context)
        for number in range(100):
            pair = other if number % 2 else made
            for name in ("server.pem", "server.key"):
                (certs / name).write_bytes(pair[name][:200])
                assert (await kept.send("GET", "/one/api2/changeLog.txt")).status == 200
                (certs / name).write_bytes(pair[name])
                assert (await kept.send("GET", "/one/api2/changeLog.txt")).status == 200
                new = await Buyer.connect(control, context)
                assert (await new.send("GET", "/one/api2/changeLog.txt")).status == 200
                await new.close()
                answered += 3
        assert (await control.get("/control/v1/tls-refusals"))["problems"] == []
        await kept.close()
    figure(f"{answered} requests while certificate and key were replaced 100 times: all answered")


async def test_a_file_that_could_not_be_read_for_a_while_counts_in_the_end(
    certs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was put there before anybody might read it: nothing tells when that changes, so it is tried again."""
    monkeypatch.setattr(terms, "AGAIN_AFTER", timedelta(0))

    def refuse(*_: object) -> Trust:
        raise CertificateFileError("ca.crl: can't be read: Permission denied")

    async with served_under_tls(certs, "optional") as control:
        revoke(certs, "clients/SPDEV1")
        with monkeypatch.context() as locked:
            locked.setattr(Trust, "read", refuse)
            assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
            told = (await control.get("/control/v1/tls-refusals"))["problems"]
            assert told == ["ca.crl: can't be read: Permission denied"]
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 401
        assert (await control.get("/control/v1/tls-refusals"))["problems"] == []


def test_a_verdict_holds_between_the_instants_that_it_may_turn_at(certs: Path, made: Mapping[str, bytes]) -> None:
    """An authority on the way whose time has come, one whose time is over, a clock that goes back."""
    files_ = TlsFiles(certs / "server.pem", certs / "server.key", certs / "ca.pem")
    now = [NOW]
    of = Terms(files_, "required", lambda: now[0])
    key = load_pem_private_key(made["ca.key"], None)
    assert isinstance(key, Key)
    root = Issued(x509.load_pem_x509_certificate(made["ca.pem"]), key)
    hour = timedelta(hours=1)
    above = issue(Wanted(("Above",), Span(NOW + hour, NOW + 2 * hour)), root)
    own = issue(Wanted(("SPDEV1",), Span(NOW - hour, NOW + 9 * hour), CLIENT), above)
    client = Client(certificate=own.certificate, chain=(above.certificate,))

    def reason(instant: datetime) -> str:
        now[0] = instant
        refusal = of.verdict(client)
        return refusal.reason if refusal else ""

    instants = (NOW, NOW + 1.5 * hour, NOW + 3 * hour, NOW + 1.2 * hour, NOW)
    assert [reason(one) for one in instants] == ["not-yet-valid", "", "expired", "", "not-yet-valid"]


def test_a_link_that_leads_nowhere_is_no_missing_list(certs: Path) -> None:
    """Only where nothing is put is nothing revoked."""
    (certs / "ca.crl").unlink()
    (certs / "ca.crl").symlink_to(certs / "nowhere.crl")
    with pytest.raises(ConfigError, match=r"ca\.crl: can't be read: No such file or directory"):
        terms.terms_of(Config(tls="required", certs=certs))
