"""Files of every form, and files that are something else: each is read, or said what it is."""

import random
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from simulator.certificates.files import (
    LONGEST_FILE,
    MOST_IN_A_FILE,
    CertificateFileError,
    certificates_of,
    key_of,
    lists_of,
    read,
)
from simulator.certificates.making import new_key

KEY = new_key()
REQUEST = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(KEY, hashes.SHA256())
PUBLIC = KEY.public_key()
OPEN = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
LOCKED = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"changeit"))


def complaint(tmp_path: Path, data: bytes, password: str | None = None) -> str:
    """What is said of a file that can't be used, without its name."""
    file = tmp_path / "file"
    file.write_bytes(data)
    with pytest.raises(CertificateFileError) as raised:
        read(file, password)
    return str(raised.value).removeprefix(f"{file}: ")


def what(tmp_path: Path, data: bytes, password: str | None = None) -> str:
    """What a file is found to hold."""
    file = tmp_path / "file"
    file.write_bytes(data)
    return read(file, password).what()


@pytest.mark.parametrize("path", ["clients/SPDEV1.pem", "bad/good-intermediate.pem", "bad/weak-key.pem"])
def test_the_same_certificates_are_found_in_every_form(made: Mapping[str, bytes], tmp_path: Path, path: str) -> None:
    """PEM, with carriage returns and with words around it, PKCS#12, and the first of them as DER."""
    expected = x509.load_pem_x509_certificates(made[path])
    forms = (
        made[path],
        made[path].replace(b"\n", b"\r\n"),
        made[path].replace(b"N CERTIFICATE", b"N X509 CERTIFICATE").replace(b"D CERTIFICATE", b"D X509 CERTIFICATE"),
        b"Bag Attributes\n    friendlyName: x\n" + made[path] + made[path.replace(".pem", ".key")],
        made[path.replace(".pem", ".p12")],
    )
    file = tmp_path / "file"
    for form in forms:
        file.write_bytes(form)
        assert expected == read(file, "changeit").certificates
    file.write_bytes(expected[0].public_bytes(Encoding.DER))
    assert [expected[0]] == read(file).certificates


def test_a_file_with_its_key_has_both(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """As curl and others take it."""
    both = made["clients/SPDEV1.pem"] + made["clients/SPDEV1.key"]
    assert what(tmp_path, both) == "a certificate and a private key"
    assert what(tmp_path, made["clients/SPDEV1.p12"], "changeit") == "a certificate and a private key"


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_what_is_no_certificate_is_said_to_be_what_it_is(tmp_path: Path, encoding: Encoding) -> None:
    """In both encodings."""
    assert what(tmp_path, REQUEST.public_bytes(encoding)) == "a certificate request"
    assert what(tmp_path, PUBLIC.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)) == "a public key"
    assert what(tmp_path, KEY.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption())) == "a private key"


def test_a_locked_key_is_found_to_be_locked(tmp_path: Path) -> None:
    """Until its password is said; a key's own older form of encryption too."""
    (tmp_path / "key").write_bytes(LOCKED)
    for password, locked in ((None, True), ("wrong", True), ("changeit", False)):
        assert locked == read(tmp_path / "key", password).locked
    old = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"changeit"))
    (tmp_path / "key").write_bytes(old)
    assert read(tmp_path / "key").locked
    assert len(read(tmp_path / "key", "changeit").keys) == 1


def test_files_that_can_not_be_used_are_told(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """Each in one line, with what to do."""
    pem = made["ca.pem"]
    garbled = pem.replace(b"MII", b"AAA", 1)
    cases = {
        b"": "it is empty; export it anew",
        b" \n": "it is empty; export it anew",
        b"hello": "neither PEM nor DER nor PKCS#12; export it as PEM",
        pem[:-40]: "a block is cut short; export it anew",
        pem[:-40] + b"\n" + pem: "a block is cut short; export it anew",
        garbled: "what is in it is damaged; export it anew",
        b"-----BEGIN NONSENSE-----\n-----END NONSENSE-----\n": (
            "neither a certificate nor a key nor a revocation list is in it; name a file that has one"
        ),
        pem * (MOST_IN_A_FILE + 1): f"more than {MOST_IN_A_FILE} certificates, keys and lists; divide it",
        b"\x00" * (LONGEST_FILE + 1): f"more than {LONGEST_FILE} bytes; name a file with certificates only",
    }
    assert {data: complaint(tmp_path, data) for data in cases} == cases


def test_a_password_that_does_not_open_is_told(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """Or one that is lacking."""
    store = made["clients/SPDEV1.p12"]
    wrong = "the password does not open it, or it is damaged; say its password with --password"
    assert wrong == complaint(tmp_path, store, "changeme")
    assert wrong == complaint(tmp_path, store[:-9], "changeit")
    lacking = "it has a password, or it is damaged; say its password with --password"
    assert lacking == complaint(tmp_path, store, "")


def test_who_can_say_no_password_is_told_to_name_pem_files(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """As of the files that `serve` is given: it has no flag for a password."""
    file = tmp_path / "my file"
    file.write_bytes(made["clients/SPDEV1.p12"])
    for reading in (read, certificates_of, lists_of, key_of):
        with pytest.raises(CertificateFileError) as raised:
            reading(file)
        todo = f"name PEM files: openssl pkcs12 -in '{file}' -nodes -out '{file}.pem'"
        assert str(raised.value) == f"{file}: it has a password, or it is damaged; {todo}"


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs OpenSSL's own program, which writes such stores")
@pytest.mark.parametrize("form", [(), ("-keypbe", "NONE", "-certpbe", "NONE", "-nomac")], ids=["encrypted", "plain"])
def test_a_store_without_a_password_is_opened_whatever_password_is_said(
    made: Mapping[str, bytes], tmp_path: Path, form: tuple[str, ...]
) -> None:
    """Of both kinds that there are: encrypted under the empty password, and not encrypted at all."""
    (tmp_path / "both.pem").write_bytes(made["clients/SPDEV1.pem"] + made["clients/SPDEV1.key"])
    words = ["pkcs12", "-export", "-in", "both.pem", "-passout", "pass:", "-out", "store", *form]
    subprocess.run([shutil.which("openssl") or "", *words], cwd=tmp_path, capture_output=True, check=True)
    for password in ("changeit", "", None):
        assert read(tmp_path / "store", password).what() == "a certificate and a private key"


def test_the_key_of_a_file_is_had_or_it_is_told_what_is_there(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """One with a password is told how to be had without."""
    file = tmp_path / "file"
    file.write_bytes(made["clients/SPDEV1.pem"] + KEY.private_bytes(*OPEN))
    assert key_of(file).private_bytes(*OPEN) == KEY.private_bytes(*OPEN)
    cases = {
        made["ca.pem"]: "expected a private key, found a certificate; name the key's file",
        made["ca.crl"]: "expected a private key, found a revocation list; name the key's file",
        b"rubbish": "neither PEM nor DER nor PKCS#12; export it as PEM",
        LOCKED: f"the private key has a password; openssl pkey -in {file} -out {file}.open writes it without",
    }
    for data, told in cases.items():
        file.write_bytes(data)
        with pytest.raises(CertificateFileError) as raised:
            key_of(file)
        assert str(raised.value) == f"{file}: {told}"


def test_a_folder_and_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    """They can't be read."""
    for path, why in (
        (tmp_path, "Is a directory"),
        (tmp_path / "nowhere", "No such file or directory"),
        (Path("a\0b"), "embedded null byte"),
    ):
        with pytest.raises(CertificateFileError) as raised:
            read(path)
        assert str(raised.value) == f"{path}: can't be read: {why}"


def test_noise_is_told_and_nothing_of_a_key_is_repeated(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """Whatever bytes there are, and whichever of a key's are wrong: one sentence, no traceback, no secret."""
    draw = random.Random(1)
    key = made["clients/SPDEV1.key"]
    secret = load_pem_private_key(key, None)
    assert secret is not None
    for size in (1, 100, 10_000, LONGEST_FILE):
        assert complaint(tmp_path, draw.randbytes(size)).startswith("neither PEM nor DER")
    lines = key.splitlines()
    for place in range(1, len(lines) - 1):
        damaged = [*lines[:place], lines[place][::-1], *lines[place + 1 :]]
        said = complaint(tmp_path, b"\n".join(damaged))
        assert said == "what is in it is damaged; export it anew"


def test_many_beginnings_without_an_end_take_no_longer_than_their_length(tmp_path: Path) -> None:
    """A file of nothing else is told at its second."""
    assert complaint(tmp_path, b"-----BEGIN CERTIFICATE-----\n" * 30_000) == "a block is cut short; export it anew"
    unended = b"-----BEGIN CERTIFICATE-----\n" + b"-----END X-----\n" * 60_000
    assert complaint(tmp_path, unended) == "a block is cut short; export it anew"
