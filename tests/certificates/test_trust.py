"""Which client certificates are taken: as a TLS handshake would judge, with words for why not."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from simulator.certificates import making
from simulator.certificates.making import CLIENT, Issued, Span, Wanted, issue, revocation_list
from simulator.certificates.oddities import CLIENTS, BadClient
from simulator.certificates.trust import CertificateFileError, Trust
from tests.certificates.conftest import NOW
from tests.certificates.sets import Handshake, certificates, shake_hands, trust_in

SPAN = Span(NOW - timedelta(days=1), NOW + timedelta(days=1))
AUTHORITY = issue(Wanted(("An authority",), SPAN), None)
TRUST = Trust((AUTHORITY.certificate,))


def verdict(made: Mapping[str, bytes], path: str, now: datetime = NOW) -> str | None:
    """The reason for which a certificate of the set is refused, with what its file sends."""
    leaf, *chain = certificates(made, path)
    refusal = trust_in(made).refusal(leaf, chain, now)
    return refusal.reason if refusal else None


def client(issuer: Issued | None = AUTHORITY, span: Span = SPAN) -> x509.Certificate:
    """A client's certificate."""
    return issue(Wanted(("SPDEV1",), span, CLIENT), issuer).certificate


@pytest.mark.parametrize("bad", CLIENTS, ids=lambda bad: str(bad.name))
def test_the_bad_set_is_refused_as_its_table_says(made: Mapping[str, bytes], bad: BadClient) -> None:
    """Those whose names alone are wrong are trusted: whom a certificate names is looked at later."""
    expected = bad.reason if bad.alert else None
    assert expected == verdict(made, f"bad/{bad.name}.pem")


@pytest.mark.parametrize("bad", CLIENTS, ids=lambda bad: str(bad.name))
def test_a_handshake_judges_the_same_and_sends_the_alert_of_the_table(
    made: Mapping[str, bytes], bad: BadClient
) -> None:
    """A store knows nothing of usages and weak keys; that Trust does is compared with OpenSSL's own handshake."""
    ended = shake_hands(made, f"bad/{bad.name}")
    alert = (bad.alert or "").replace("_", " ")
    assert alert == ended.alert.rpartition("alert ")[2]
    assert bool(alert) == bool(ended.complaint)


def test_a_buyers_certificate_is_taken_and_no_certificate_is_not(made: Mapping[str, bytes]) -> None:
    """Both in a handshake that requires one."""
    assert verdict(made, "clients/SPDEV1.pem") is None
    assert Handshake(0, "") == shake_hands(made, "clients/SPDEV1")
    assert Handshake(0, "tlsv13 alert certificate required") == shake_hands(made, "")


def test_the_instant_decides(made: Mapping[str, bytes]) -> None:
    """It is handed in; the machine's own time does not matter."""
    assert verdict(made, "clients/SPDEV1.pem", NOW - timedelta(days=2)) == "not-yet-valid"
    assert verdict(made, "clients/SPDEV1.pem", NOW + timedelta(days=824)) is None
    assert verdict(made, "clients/SPDEV1.pem", NOW + timedelta(days=826)) == "expired"


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    """Half an hour before the end stays that, east and west."""
    ends = client(span=Span(NOW - timedelta(days=1), NOW + timedelta(minutes=30)))
    for hours in (-10, 0, 10):
        assert TRUST.refusal(ends, (), NOW.astimezone(timezone(timedelta(hours=hours)))) is None


def test_without_lists_nothing_is_revoked(made: Mapping[str, bytes]) -> None:
    """Nor is a list of somebody asked for."""
    trust = Trust(trust_in(made).authorities)
    (revoked,) = certificates(made, "bad/revoked.pem")
    assert trust.refusal(revoked, (), NOW) is None


def test_with_lists_of_others_only_an_authority_needs_its_own(made: Mapping[str, bytes]) -> None:
    """OpenSSL asks for the list of whoever has issued a certificate; a set has those of all its authorities."""
    other = issue(Wanted(("Another",), SPAN), None)
    trust = Trust((AUTHORITY.certificate,), (revocation_list(other, SPAN, []),))
    refusal = trust.refusal(client(), (), NOW)
    assert refusal is not None
    assert refusal.reason == "revocation-list"
    assert verdict(made, "bad/good-intermediate.pem") is None


def test_a_list_that_is_out_of_date_is_no_list() -> None:
    """It may be that the certificate has been revoked since."""
    old = Span(NOW - timedelta(days=3), NOW - timedelta(days=2))
    trust = Trust((AUTHORITY.certificate,), (revocation_list(AUTHORITY, old, []),))
    refusal = trust.refusal(client(), (), NOW)
    assert refusal is not None
    assert refusal.words.startswith("the revocation list of the authority that issued the client certificate is out")


def test_an_authority_of_the_same_name_made_anew_is_another() -> None:
    """As after `certs init --force`, with the certificates of before."""
    anew = Trust((issue(Wanted(("An authority",), SPAN), None).certificate,))
    refusal = anew.refusal(client(), (), NOW)
    assert refusal is not None
    assert refusal.reason == "unknown-authority"


def test_a_client_that_issues_others_is_no_authority() -> None:
    """A leaf above a leaf."""
    leaf = issue(Wanted(("SPDEV1",), SPAN, CLIENT), AUTHORITY)
    refusal = TRUST.refusal(client(leaf), (leaf.certificate,), NOW)
    assert refusal is not None
    assert refusal.reason == "unknown-authority"


def test_usages_that_are_not_said_are_all_allowed() -> None:
    """Many private authorities say none."""
    plain = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "SPDEV1")]))
        .issuer_name(AUTHORITY.certificate.subject)
        .public_key(making.new_key().public_key())
        .serial_number(7)
        .not_valid_before(SPAN.begins)
        .not_valid_after(SPAN.ends)
    )
    assert TRUST.refusal(_signed(plain), (), NOW) is None
    for_email = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.4")])
    refusal = TRUST.refusal(_signed(plain.add_extension(for_email, critical=False)), (), NOW)
    assert refusal is not None
    assert refusal.reason == "wrong-usage"


def _signed(builder: x509.CertificateBuilder) -> x509.Certificate:
    return builder.sign(AUTHORITY.key, hashes.SHA256())


def test_files_are_read_as_bundles(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """Several authorities in one file, and several lists in another."""
    both, lists = tmp_path / "both.pem", tmp_path / "lists.pem"
    both.write_bytes(made["ca.pem"] + b"\n" + made["bad/wrong-authority-ca.pem"])
    lists.write_bytes(made["ca.crl"])
    trust = Trust.read(both, lists)
    assert (2, 2) == (len(trust.authorities), len(trust.lists))
    assert () == Trust.read(both, None).lists


@pytest.mark.parametrize(
    ("authorities", "revoked", "complaint"),
    [
        ("nowhere.pem", None, "nowhere.pem: can't be read: No such file or directory"),
        ("ca.key", None, "ca.key: expected a certificate, found a private key; name a PEM file of them"),
        ("ca.pem", "ca.pem", "ca.pem: expected a revocation list, found a certificate; name a PEM file of them"),
    ],
)
def test_a_file_that_can_not_be_used_is_named(
    made: Mapping[str, bytes], tmp_path: Path, authorities: str, revoked: str | None, complaint: str
) -> None:
    """With what it is, and what to do."""
    for name in ("ca.pem", "ca.key"):
        (tmp_path / name).write_bytes(made[name])
    with pytest.raises(CertificateFileError) as raised:
        Trust.read(tmp_path / authorities, tmp_path / revoked if revoked else None)
    assert str(raised.value).replace(f"{tmp_path}/", "") == complaint
