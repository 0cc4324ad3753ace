"""A development set: which files it has, what they say, and who can open them."""

import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtensionOID

from simulator.certificates.development_set import MOST_BUYERS, MOST_HOSTS, Asked, UnusableSetError, file_name, files
from simulator.certificates.naming import names_of
from simulator.certificates.oddities import CLIENTS, SERVERS
from tests.certificates.conftest import NOW
from tests.certificates.sets import certificates


def test_the_files_of_a_set(made: Mapping[str, bytes]) -> None:
    """Their names are a promise: the server, the documentation and people's scripts rely on them."""
    clients = ["clients/SPDEV1", "clients/SPDEV2", *(f"bad/{bad.name}" for bad in CLIENTS)]
    expected = {
        "ca.pem",
        "ca.key",
        "ca.crl",
        "server.pem",
        "server.key",
        "trust.p12",
        "bad/wrong-authority-ca.pem",
        *(f"{path}.{form}" for path in clients for form in ("pem", "key", "p12")),
        *(f"bad/{bad.name}.{form}" for bad in SERVERS for form in ("pem", "key")),
    }
    assert expected == set(made)
    assert {
        "expired",
        "good-intermediate",
        "missing-intermediate",
        "not-yet-valid",
        "revoked",
        "self-signed",
        "two-buyers",
        "weak-key",
        "wrong-authority",
        "wrong-name",
        "wrong-usage",
    } == {bad.name for bad in CLIENTS}


def test_the_server_is_found_by_its_names_and_addresses(made: Mapping[str, bytes]) -> None:
    """Those of every set, and those that were asked for."""
    (server,) = certificates(made, "server.pem")
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = ["localhost", "host.docker.internal", "simulator.test"]
    assert hosts == names.get_values_for_type(x509.DNSName)
    assert [ip_address("127.0.0.1"), ip_address("::1")] == names.get_values_for_type(x509.IPAddress)


def test_an_intermediate_authority_issues_no_third(made: Mapping[str, bytes]) -> None:
    """The first may issue one below it."""
    (authority,), (_, intermediate) = certificates(made, "ca.pem"), certificates(made, "bad/good-intermediate.pem")
    limits = [one.extensions.get_extension_for_class(x509.BasicConstraints).value for one in (authority, intermediate)]
    assert [(True, 1), (True, 0)] == [(one.ca, one.path_length) for one in limits]


def test_a_buyers_certificate_names_the_buyer(made: Mapping[str, bytes]) -> None:
    """In every form, and for as long as was asked."""
    (buyer,) = certificates(made, "clients/SPDEV1.pem")
    assert ("SPDEV1",) == names_of(buyer)
    whole = NOW.replace(microsecond=0)
    expected = (whole - timedelta(hours=1), whole + timedelta(days=825))
    assert expected == (buyer.not_valid_before_utc, buyer.not_valid_after_utc)
    store = pkcs12.load_pkcs12(made["clients/SPDEV1.p12"], b"changeit")
    assert store.cert is not None
    assert store.key is not None
    assert (buyer, b"SPDEV1", buyer.public_key()) == (
        store.cert.certificate,
        store.cert.friendly_name,
        store.key.public_key(),
    )


@pytest.mark.parametrize(
    ("buyer", "name", "alternative"),
    [
        ("SPDEV1", "SPDEV1", True),
        ("Buyer 1", "Buyer 1", False),
        ("a/b", "a%2Fb", False),
        ("..", "%2E.", False),
        (".hidden", "%2Ehidden", False),
        ("Müller", "M%C3%BCller", False),
        ("é" * 32, "%C3%A9" * 32, False),
    ],
)
def test_any_buyer_has_a_file_and_a_name(buyer: str, name: str, alternative: bool) -> None:  # noqa: FBT001 - a cell
    """The alternative name is there where a host could be called so; the common name always."""
    assert name == file_name(buyer)
    made = files(Asked((buyer,), (), 1, "x"), NOW)
    (one,) = certificates(made, f"clients/{name}.pem")
    assert (buyer,) == names_of(one)
    kinds = [extension.oid for extension in one.extensions]
    assert alternative == (ExtensionOID.SUBJECT_ALTERNATIVE_NAME in kinds)
    assert not [path for path in made if path.startswith("bad/two-buyers")]


def test_two_sets_have_no_key_and_no_serial_in_common(made: Mapping[str, bytes]) -> None:
    """Nor have two certificates of one set."""
    other = files(Asked(("SPDEV1", "SPDEV2"), ("simulator.test",), 825, "changeit"), NOW)
    assert set(made) == set(other)
    keys = [data for one in (made, other) for path, data in one.items() if path.endswith(".key")]
    assert len(keys) == len(set(keys))
    serials = [certificates(made, path)[0].serial_number for path in made if path.endswith(".pem")]
    assert len(serials) == len(set(serials))


@pytest.mark.parametrize(
    ("buyers", "hosts", "days", "password", "complaint"),
    [
        ((), (), 1, "x", f"--buyer: certificates are made for 1 to {MOST_BUYERS} buyers, and not for 0"),
        (("X",) * (MOST_BUYERS + 1), (), 1, "x", "and not for 201; name those that you need"),
        (("X" * 37,), (), 1, "x", "--buyer: expected 1 to 36 printable characters"),
        ((" X",), (), 1, "x", "--buyer: expected 1 to 36 printable characters"),
        (
            ("é" * 33,),
            (),
            1,
            "x",
            f"--buyer: {'é' * 33} is too long for a certificate: more than 64 bytes in UTF-8; name",
        ),
        (("a\nb",), (), 1, "x", "--buyer: expected 1 to 36 printable characters"),
        (("X",), ("not a host",), 1, "x", "--name: expected the name of a host, such as simulator.test"),
        (("X",), ("https://simulator.test",), 1, "x", "--name: expected the name of a host"),
        (("X",), ("fe80::1%eth0",), 1, "x", "--name: expected the name of a host"),
        (("X",), ("h",) * (MOST_HOSTS + 1), 1, "x", "--name: more than 100"),
        (("X",), (), 0, "x", "--days: expected 1 to 3650"),
        (("X",), (), 3651, "x", "--days: expected 1 to 3650"),
        (("X",), (), 1, "", "--password: expected 1 to 100 characters of ASCII"),
        (("X",), (), 1, "é", "--password: expected 1 to 100 characters of ASCII"),
    ],
)
def test_what_can_not_be_made_is_told(
    buyers: tuple[str, ...], hosts: tuple[str, ...], days: int, password: str, complaint: str
) -> None:
    """By the flag that asks for it."""
    with pytest.raises(UnusableSetError) as raised:
        Asked(buyers, hosts, days, password)
    assert complaint in str(raised.value)


def test_hosts_of_every_kind_are_made() -> None:
    """Also addresses, and a name that stands for many."""
    hosts = ("*.example.test", "my_host", "10.0.0.1", "fd00::1")
    (server,) = certificates(files(Asked(("X",), hosts, 1, "x"), NOW), "server.pem")
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ["*.example.test", "my_host"] == names.get_values_for_type(x509.DNSName)[2:]
    assert [ip_address("10.0.0.1"), ip_address("fd00::1")] == names.get_values_for_type(x509.IPAddress)[2:]


@pytest.mark.skipif(not shutil.which("keytool"), reason="needs a Java runtime")
@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("trust.p12", "trustedCertEntry"),
        ("clients/SPDEV1.p12", "PrivateKeyEntry"),
        ("bad/good-intermediate.p12", "PrivateKeyEntry"),
        ("bad/weak-key.p12", "PrivateKeyEntry"),
    ],
)
def test_java_opens_its_stores(made: Mapping[str, bytes], tmp_path: Path, path: str, entry: str) -> None:
    """An authority counts there only if its entry says that it is trusted."""
    store = tmp_path / "store.p12"
    store.write_bytes(made[path])
    words = ["keytool", "-list", "-keystore", str(store), "-storepass", "changeit"]
    listed = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "Your keystore contains 1 entry" in listed
    assert f", {entry}," in listed


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs OpenSSL's own program")
def test_openssl_opens_its_stores_and_trusts_its_certificates(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """Without its legacy provider; strictly; with the revocation list."""
    for path, data in made.items():
        (tmp_path / path.replace("/", "-")).write_bytes(data)

    program = shutil.which("openssl")
    assert program

    def openssl(*words: str) -> int:
        return subprocess.run([program, *words], cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode

    assert openssl("pkcs12", "-in", "clients-SPDEV1.p12", "-passin", "pass:changeit", "-nodes") == 0
    strictly = ("verify", "-x509_strict", "-crl_check", "-CAfile", "ca.pem", "-CRLfile", "ca.crl", "-purpose")
    assert openssl(*strictly, "sslclient", "clients-SPDEV1.pem") == 0
    assert openssl(*strictly, "sslserver", "server.pem") == 0
    assert openssl(*strictly, "sslclient", "bad-revoked.pem") != 0
