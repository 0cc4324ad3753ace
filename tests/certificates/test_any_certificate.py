"""Certificates with bytes changed at random: whatever they are, they are judged and told, and nothing is raised."""

import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from simulator.certificates.checking import Checked, check
from simulator.certificates.files import CertificateFileError, read
from simulator.certificates.naming import names_of, told
from simulator.certificates.telling import shown
from simulator.certificates.trust import Trust
from tests.certificates.conftest import NOW
from tests.certificates.sets import certificates, of_the_year_0, trust_in

PATHS = ("clients/SPDEV1.pem", "server.pem", "ca.pem", "bad/weak-key.pem")
TIMES = 150


@pytest.mark.parametrize("path", PATHS)
def test_whatever_a_certificate_is_it_is_judged_and_told(made: Mapping[str, bytes], tmp_path: Path, path: str) -> None:
    """One byte changed in each; a warning would be an error here too."""
    trust, draw = trust_in(made), random.Random(path)
    whole = certificates(made, path)[0].public_bytes(Encoding.DER)
    file = tmp_path / "changed.der"
    seen: Counter[str] = Counter()
    for _ in range(TIMES):
        changed = bytearray(whole)
        changed[draw.randrange(len(changed))] ^= draw.randrange(1, 256)
        file.write_bytes(changed)
        try:
            found = read(file).certificates
        except CertificateFileError:
            seen["unreadable"] += 1
            continue
        for one in found:
            names_of(one)
            told(one)
            refusal = trust.refusal(one, (), NOW)
            seen[refusal.reason if refusal else "taken"] += 1
        list(shown(file, NOW, ""))
        check(Checked(file, None, "", trust, {}), NOW)
    assert len(seen) > 2
    assert sum(seen.values()) == TIMES


def odd(made: Mapping[str, bytes], old: bytes, new: bytes) -> x509.Certificate:
    """A buyer's certificate in which some bytes are others."""
    whole = certificates(made, "clients/SPDEV1.pem")[0].public_bytes(Encoding.DER)
    assert len(old) == len(new)
    assert old in whole
    return x509.load_der_x509_certificate(whole.replace(old, new))


def test_an_organisation_that_is_a_string_of_bits_is_no_text(made: Mapping[str, bytes]) -> None:
    """The names that stand elsewhere count."""
    organisation = b"CityFibre Simulator (tests only)"
    it = odd(made, bytes([0x0C, len(organisation)]) + organisation, bytes([0x03, len(organisation)]) + organisation)
    assert names_of(it) == ("SPDEV1",)
    assert told(it)["subject"] == ""


def test_a_version_that_is_none_is_damage(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """There have been three."""
    whole = certificates(made, "ca.pem")[0].public_bytes(Encoding.DER)
    (tmp_path / "file").write_bytes(whole.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1))
    with pytest.raises(CertificateFileError, match="neither PEM nor DER nor PKCS#12"):
        read(tmp_path / "file")


def test_a_certificate_of_the_year_0_is_judged_and_shown(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """Its instants are said to be unreadable; as in a handshake, it is taken where it is trusted."""
    it, file = of_the_year_0(), tmp_path / "zero.pem"
    file.write_bytes(it.public_bytes(Encoding.PEM))
    known = {"SPDEV1": "SPDEV1"}
    verdicts = []
    for trust in (trust_in(made), Trust((it,))):
        taken, lines = check(Checked(file, None, "", trust, known), NOW)
        verdicts.append((taken, ("", "  valid     unreadable") in lines))
    assert verdicts == [(False, True), (True, True)]
    (_, (tone, row)) = shown(file, NOW, "")
    assert (tone, "unreadable" in row) == ("warning", True)


def test_what_openssl_alone_finds_damaged_is_told_too(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """An authority, and a list: cryptography reads them, and a name in them is no UTF-8."""
    name = b"Development authority"
    authority = certificates(made, "ca.pem")[0].public_bytes(Encoding.DER).replace(name, b"\xff" + name[1:])
    revoked = x509.load_pem_x509_crl(made["ca.crl"]).public_bytes(Encoding.DER).replace(name, b"\xff" + name[1:])
    files = {"good.pem": made["ca.pem"], "ca.der": authority, "crl.der": revoked}
    for path, data in files.items():
        (tmp_path / path).write_bytes(data)
    for authorities, lists, damaged in (("ca.der", None, "ca.der"), ("good.pem", "crl.der", "crl.der")):
        with pytest.raises(CertificateFileError) as raised:
            Trust.read(tmp_path / authorities, tmp_path / lists if lists else None)
        assert str(raised.value) == f"{tmp_path / damaged}: what is in it is damaged; export it anew"
    odd = x509.load_der_x509_certificate(authority)
    for trust in (trust_in(made), Trust((odd,))):
        refusal = trust.refusal(odd, (), NOW)
        assert refusal is not None
        assert refusal.reason == "unusable"
    assert told(odd)["subject"] == ""
