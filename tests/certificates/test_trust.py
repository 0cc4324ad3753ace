"""Which client certificates are taken: as a TLS handshake would judge, with words for why not."""

import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from simulator.certificates import making
from simulator.certificates.making import CLIENT, SERVER, Issued, Span, Wanted, issue, revocation_list
from simulator.certificates.oddities import CLIENTS, BadClient
from simulator.certificates.refusals import (
    EXPIRED,
    REVOKED,
    UNKNOWN_AUTHORITY,
    WEAK_AUTHORITY,
    WEAK_KEY,
    WEAK_SIGNATURE,
    WRONG_USAGE,
    refusal_of,
)
from simulator.certificates.trust import MOST_IN_A_CHAIN, CertificateFileError, Trust
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
    """OpenSSL asks for the list of each authority on the way; a set has those of all its authorities."""
    other = issue(Wanted(("Another",), SPAN), None)
    trust = Trust((AUTHORITY.certificate,), (revocation_list(other, SPAN, []),))
    refusal = trust.refusal(client(), (), NOW)
    assert refusal is not None
    assert refusal.reason == "revocation-list"
    assert verdict(made, "bad/good-intermediate.pem") is None


INTERMEDIATE = issue(Wanted(("An intermediate",), SPAN), AUTHORITY)
BELOW = issue(Wanted(("SPDEV1",), SPAN, CLIENT), INTERMEDIATE)
ITS_LIST = revocation_list(INTERMEDIATE, SPAN, [])


@pytest.mark.parametrize(
    ("lists", "reason"),
    [
        ((revocation_list(AUTHORITY, SPAN, []), ITS_LIST), None),
        ((revocation_list(AUTHORITY, SPAN, [INTERMEDIATE.certificate]), ITS_LIST), "revoked"),
        ((ITS_LIST,), "revocation-list"),
    ],
    ids=["taken", "the intermediate is revoked", "no list of the authority above it"],
)
def test_each_authority_on_the_way_needs_a_list_that_does_not_revoke_the_one_below(
    made: Mapping[str, bytes], lists: tuple[x509.CertificateRevocationList, ...], reason: str | None
) -> None:
    """Otherwise an intermediate authority that is revoked could go on to issue. A handshake judges the same."""
    refusal = Trust((AUTHORITY.certificate,), lists).refusal(BELOW.certificate, (INTERMEDIATE.certificate,), NOW)
    assert reason == (refusal.reason if refusal else None)
    chain = (BELOW.certificate, INTERMEDIATE.certificate)
    files = {
        **{path: made[path] for path in ("server.pem", "server.key")},
        "ca.pem": AUTHORITY.certificate.public_bytes(Encoding.PEM),
        "ca.crl": b"".join(one.public_bytes(Encoding.PEM) for one in lists),
        "client.pem": b"".join(one.public_bytes(Encoding.PEM) for one in chain),
        "client.key": BELOW.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }
    ended = shake_hands(files, "client")
    assert reason == (refusal_of(ended.complaint).reason if ended.complaint else None)


def test_everything_that_is_wrong_is_found_at_once() -> None:
    """OpenSSL stops at the first; what it would say next, and what it does not look at, is asked for too."""
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be weak
    old = Span(NOW - timedelta(days=9), NOW - timedelta(days=8))
    odd = issue(Wanted(("SPDEV1",), old, SERVER), AUTHORITY, weak).certificate
    trust = Trust((AUTHORITY.certificate,), (revocation_list(AUTHORITY, SPAN, [odd]),))
    assert trust.refusals(odd, (), NOW) == (REVOKED, EXPIRED, WRONG_USAGE, WEAK_KEY)
    assert trust.refusal(odd, (), NOW) == REVOKED
    feeble = issue(Wanted(("Weak",), SPAN), None, weak)
    assert Trust((feeble.certificate,)).refusals(client(feeble, old), (), NOW) == (EXPIRED, WEAK_AUTHORITY)
    strange = Trust((issue(Wanted(("Another",), SPAN), None).certificate,))
    assert strange.refusals(odd, (), NOW) == (UNKNOWN_AUTHORITY, WRONG_USAGE, WEAK_KEY)
    assert trust.refusals(client(), (), NOW) == ()


def test_a_list_that_is_out_of_date_is_no_list() -> None:
    """It may be that the certificate has been revoked since."""
    old = Span(NOW - timedelta(days=3), NOW - timedelta(days=2))
    trust = Trust((AUTHORITY.certificate,), (revocation_list(AUTHORITY, old, []),))
    refusal = trust.refusal(client(), (), NOW)
    assert refusal is not None
    assert refusal.words.startswith("the revocation list of an authority above the client certificate is out")


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


def plain() -> x509.CertificateBuilder:
    """A client's certificate without any usage, as many private authorities issue them."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "SPDEV1")]))
        .issuer_name(AUTHORITY.certificate.subject)
        .public_key(making.new_key().public_key())
        .serial_number(7)
        .not_valid_before(SPAN.begins)
        .not_valid_after(SPAN.ends)
    )


def key_usage(*, digital_signature: bool = False, key_agreement: bool = False) -> x509.KeyUsage:
    """A key usage with key encipherment, and what is said."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_agreement=key_agreement,
        key_encipherment=True,
        content_commitment=False,
        data_encipherment=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


EMAIL = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.4")])
ODD_NAMES = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x30\x02\xa3\x00")


@pytest.mark.parametrize(
    ("extension", "reason"),
    [
        (None, None),
        (key_usage(digital_signature=True), None),
        (key_usage(key_agreement=True), None),
        (key_usage(), "wrong-usage"),
        (EMAIL, "wrong-usage"),
        (ODD_NAMES, "unusable"),
    ],
    ids=["none", "signs", "agrees", "enciphers only", "e-mail", "names that can't be read"],
)
def test_usages_decide_where_they_are_said(extension: x509.ExtensionType | None, reason: str | None) -> None:
    """What is not said is allowed."""
    builder = plain() if extension is None else plain().add_extension(extension, critical=False)
    refusal = TRUST.refusal(_signed(builder), (), NOW)
    assert reason == (refusal.reason if refusal else None)


def test_an_authority_whose_key_is_weak_is_refused() -> None:
    """As a handshake does; a store does not look at keys."""
    weak = issue(Wanted(("Weak",), SPAN), None, rsa.generate_private_key(65537, 1024))  # noqa: S505 - it is to be weak
    assert WEAK_AUTHORITY == Trust((weak.certificate,)).refusal(client(weak), (), NOW)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs OpenSSL's own program, which still signs so")
def test_a_signature_by_sha_1_is_refused(tmp_path: Path) -> None:
    """A certificate as authorities of a dozen years ago issued them."""
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "ca.key").write_bytes(AUTHORITY.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = request.sign(making.new_key(), hashes.SHA256()).public_bytes(Encoding.PEM)
    words = [shutil.which("openssl") or "", "x509", "-req", "-sha1", "-CA", "ca.pem", "-CAkey", "ca.key"]
    words += ["-set_serial", "9", "-days", "1"]
    made = subprocess.run(words, cwd=tmp_path, input=signed, capture_output=True, check=True).stdout
    odd, now = x509.load_pem_x509_certificate(made), datetime.now(UTC)
    assert WEAK_SIGNATURE == TRUST.refusal(odd, (), now)
    assert (EXPIRED, WEAK_SIGNATURE) == TRUST.refusals(odd, (), now + timedelta(hours=30))


def test_a_chain_counts_up_to_its_bound(made: Mapping[str, bytes]) -> None:
    """What comes behind is as if it had not been sent."""
    leaf, intermediate = certificates(made, "bad/good-intermediate.pem")
    trust = trust_in(made)
    assert trust.refusal(leaf, [leaf] * (MOST_IN_A_CHAIN - 1) + [intermediate], NOW) is None
    refusal = trust.refusal(leaf, [leaf] * MOST_IN_A_CHAIN + [intermediate], NOW)
    assert refusal is not None
    assert refusal.reason == "unknown-authority"


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


def test_an_intermediate_authority_may_be_the_one_that_is_trusted() -> None:
    """Alone: who trusts only the one that issues clients' certificates need not name the one above it."""
    intermediate = issue(Wanted(("An intermediate",), SPAN), AUTHORITY)
    certificate = client(intermediate)
    assert Trust((intermediate.certificate,)).refusal(certificate, (), NOW) is None
    assert Trust((intermediate.certificate,)).refusal(certificate, (AUTHORITY.certificate,), NOW) is None
    assert Trust((intermediate.certificate,)).refusal(client(), (), NOW) == UNKNOWN_AUTHORITY


def test_an_intermediate_authority_and_the_one_above_it_may_both_be_trusted() -> None:
    """With their lists; one that the upper has revoked is refused, whatever the file says."""
    intermediate = issue(Wanted(("An intermediate",), SPAN), AUTHORITY)
    certificate, both = client(intermediate), (intermediate.certificate, AUTHORITY.certificate)
    lists = (revocation_list(AUTHORITY, SPAN, []), revocation_list(intermediate, SPAN, []))
    assert Trust(both).refusal(certificate, (), NOW) is None
    assert Trust(both, lists).refusal(certificate, (), NOW) is None
    assert Trust(both[::-1], lists).refusal(certificate, both, NOW) is None
    revoked = (revocation_list(AUTHORITY, SPAN, [intermediate.certificate]), lists[1])
    assert Trust(both, revoked).refusal(certificate, (), NOW) == REVOKED


def test_lists_want_the_authority_at_the_top(tmp_path: Path) -> None:
    """Who trusts an intermediate alone can't be told whether that is revoked itself: said when the files are read."""
    intermediate = issue(Wanted(("An intermediate",), SPAN), AUTHORITY)
    trusted, lists = tmp_path / "trusted.pem", tmp_path / "lists.crl"
    trusted.write_bytes(intermediate.certificate.public_bytes(Encoding.PEM))
    lists.write_bytes(revocation_list(intermediate, SPAN, []).public_bytes(Encoding.PEM))
    assert Trust.read(trusted, None).authorities == (intermediate.certificate,)
    with pytest.raises(CertificateFileError) as caught:
        Trust.read(trusted, lists)
    assert str(caught.value).startswith(f"{trusted}: CN=An intermediate,")
    assert str(caught.value).endswith("which is not in it; with revocation lists, put that authority in too")
