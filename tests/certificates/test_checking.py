"""What `certs check` says: whether a certificate is taken, as whose, and everything that is wrong with it."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from simulator.certificates.checking import Checked, check
from simulator.certificates.files import CertificateFileError
from simulator.certificates.making import CLIENT, SERVER, Span, Wanted, issue
from simulator.certificates.oddities import CLIENTS
from simulator.certificates.trust import Trust
from tests.certificates.conftest import NOW
from tests.certificates.sets import trust_in

SPAN = Span(NOW - timedelta(days=1), NOW + timedelta(days=1))
KNOWN = {"SPDEV1": "SPDEV1", "SPDEV2": "SPDEV2"}


@pytest.fixture
def trust(made: Mapping[str, bytes]) -> Trust:
    """That of the set."""
    return trust_in(made)


def said(tmp_path: Path, trust: Trust, file: bytes, key: bytes | None = None) -> tuple[bool, list[str], list[str]]:
    """Whether it is taken, the verdict's lines, and what is said of the key."""
    (tmp_path / "file").write_bytes(file)
    if key is not None:
        (tmp_path / "key").write_bytes(key)
    asked = Checked(tmp_path / "file", None if key is None else tmp_path / "key", "changeit", trust, KNOWN)
    taken, lines = check(asked, NOW)
    texts = [text for _, text in lines]
    return taken, [text for text in texts if text.startswith(("taken", "refused"))], texts[6].split(None, 1)[1:]


@pytest.mark.parametrize("form", ["pem", "p12"])
def test_a_buyers_certificate_is_taken_as_that_buyers(
    made: Mapping[str, bytes], tmp_path: Path, trust: Trust, form: str
) -> None:
    """In every form."""
    taken, verdict, _ = said(tmp_path, trust, made[f"clients/SPDEV2.{form}"])
    assert (taken, verdict) == (True, ["taken, as that of the buyer SPDEV2"])


@pytest.mark.parametrize("bad", [bad.name for bad in CLIENTS if bad.reason])
@pytest.mark.parametrize("form", ["pem", "p12"])
def test_the_bad_set_is_refused(made: Mapping[str, bytes], tmp_path: Path, trust: Trust, bad: str, form: str) -> None:
    """For the reason that its table says, and for no other."""
    reason = next(one.reason for one in CLIENTS if one.name == bad)
    taken, verdict, _ = said(tmp_path, trust, made[f"bad/{bad}.{form}"])
    assert (taken, verdict) == (False, [f"refused: {reason}"])


def test_everything_that_is_wrong_is_said_at_once(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """An authority that is not trusted, a name that is nobody's, a key that is another's."""
    stranger = trust_in({**made, "ca.pem": made["bad/wrong-authority-ca.pem"]})
    taken, verdict, key = said(tmp_path, stranger, made["bad/wrong-name.pem"], made["server.key"])
    assert not taken
    assert verdict == ["refused: unknown-authority", "refused: names-no-buyer", "refused: wrong-key"]
    assert key == ["is another certificate's"]


def test_an_expired_certificate_is_also_told_its_usage_its_key_and_its_names(tmp_path: Path) -> None:
    """Each reason once, with its own words."""
    authority = issue(Wanted(("An authority",), SPAN), None)
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be weak
    old = Span(NOW - timedelta(days=9), NOW - timedelta(days=8))
    odd = issue(Wanted(("NOBODY",), old, SERVER), authority, weak).certificate
    trust = Trust((authority.certificate,))
    _, verdict, _ = said(tmp_path, trust, odd.public_bytes(Encoding.PEM))
    reasons = ["expired", "wrong-usage", "unusable", "names-no-buyer"]
    assert verdict == [f"refused: {reason}" for reason in reasons]


def test_the_key_is_looked_at_where_it_is(made: Mapping[str, bytes], tmp_path: Path, trust: Trust) -> None:
    """In the same file, in another, or nowhere."""
    pem, own = made["clients/SPDEV1.pem"], made["clients/SPDEV1.key"]
    assert said(tmp_path, trust, pem + own)[2] == ["is the certificate's own"]
    assert said(tmp_path, trust, pem, own)[2] == ["is the certificate's own"]
    assert said(tmp_path, trust, made["clients/SPDEV1.p12"])[2] == ["is the certificate's own"]
    assert said(tmp_path, trust, pem)[2] == ["is not in the file: name it with --key to have it checked too"]
    locked = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
    taken, _, key = said(tmp_path, trust, pem, locked)
    assert taken
    assert key == ["is locked, so nothing is known of it: say its password with --password"]


def test_a_chain_in_the_wrong_order_is_told(made: Mapping[str, bytes], tmp_path: Path, trust: Trust) -> None:
    """TLS takes the first certificate of a file as the client's own."""
    upside_down = made["ca.pem"] + made["clients/SPDEV1.pem"] + made["clients/SPDEV1.key"]
    for file in (upside_down, made["ca.pem"] + made["clients/SPDEV1.pem"]):  # with the key, and without
        taken, verdict, _ = said(tmp_path, trust, file)
        assert not taken
        assert verdict[-1] == "refused: wrong-order"
    _, verdict, _ = said(tmp_path, trust, made["ca.pem"])
    assert verdict == ["refused: wrong-usage", "refused: names-no-buyer"]


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        (
            "ca.key",
            (
                "expected a certificate, found a private key; name the certificate that goes with it, and this file"
                " with --key"
            ),
        ),
        ("ca.crl", "expected a certificate, found a revocation list; name it with --crl, and the certificate here"),
    ],
)
def test_what_is_no_certificate_is_said_to_be_what_it_is(
    made: Mapping[str, bytes], tmp_path: Path, trust: Trust, path: str, complaint: str
) -> None:
    """With what to name instead."""
    with pytest.raises(CertificateFileError) as raised:
        said(tmp_path, trust, made[path])
    assert str(raised.value) == f"{tmp_path / 'file'}: {complaint}"


def test_a_key_that_is_none_is_told(made: Mapping[str, bytes], tmp_path: Path, trust: Trust) -> None:
    """By its own name."""
    with pytest.raises(CertificateFileError) as raised:
        said(tmp_path, trust, made["clients/SPDEV1.pem"], made["ca.pem"])
    complaint = "expected a private key, found a certificate; name the key's file"
    assert str(raised.value) == f"{tmp_path / 'key'}: {complaint}"


def test_of_an_inventory_that_lists_nobody_the_buyer_is_the_first_name_that_can_be_one(
    tmp_path: Path,
) -> None:
    """And what is printed never steers a terminal."""
    authority = issue(Wanted(("An authority",), SPAN), None)
    its = issue(Wanted(("\x1b[31mred", "Somebody"), SPAN, CLIENT), authority).certificate
    (tmp_path / "file").write_bytes(its.public_bytes(Encoding.PEM))
    taken, lines = check(Checked(tmp_path / "file", None, "", Trust((authority.certificate,)), {}, anybody=True), NOW)
    assert (taken, lines[-1]) == (True, ("supplier", "taken, as that of the buyer Somebody"))
    assert lines[2] == ("", "  names     ?[31mred, Somebody")
