"""Whom a certificate names, also where it is odd, and how one is told."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from simulator.certificates.making import new_key
from simulator.certificates.naming import LONGEST_BUYER, Misnamed, buyer_of, names_of, told
from simulator.certificates.quiet import quietly
from tests.certificates.sets import of_the_year_0

COMMON, COUNTRY = x509.NameOID.COMMON_NAME, x509.NameOID.COUNTRY_NAME
KEY = new_key()
KNOWN = {"SPDEV1": "SPDEV1", "SPDEV2": "SPDEV2", "client.spdev1.test": "SPDEV1"}


def certificate(
    subject: list[tuple[x509.ObjectIdentifier, str]],
    *alternative: x509.GeneralName,
    twice: bool = False,
    serial: int = 0xBEEF,
) -> x509.Certificate:
    """One that bears names; ``twice`` has the alternative ones in two extensions, of which only one may be."""
    with quietly():
        name = x509.Name([x509.NameAttribute(oid, value, _validate=False) for oid, value in subject])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(COMMON, "An authority")]))
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2026, 1, 5, 9, tzinfo=UTC))
        .not_valid_after(datetime(2026, 2, 5, 9, tzinfo=UTC))
    )
    if alternative:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
    if not twice:
        return builder.sign(KEY, hashes.SHA256())
    other = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), b"\x30\x00")
    der = builder.add_extension(other, critical=False).sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)
    return x509.load_der_x509_certificate(der.replace(b"\x55\x1d\x63", b"\x55\x1d\x11"))


def test_alternative_names_come_before_common_ones_and_each_once() -> None:
    """DNS, URI and e-mail, in the certificate's order; addresses are nobody's name."""
    it = certificate(
        [(COUNTRY, "GB"), (COMMON, "SPDEV1"), (COMMON, "Second")],
        x509.UniformResourceIdentifier("urn:buyer:SPDEV1"),
        x509.DNSName("client.spdev1.test"),
        x509.RFC822Name("faults@spdev1.test"),
        x509.DNSName("SPDEV1"),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
    )
    expected = ("urn:buyer:SPDEV1", "client.spdev1.test", "faults@spdev1.test", "SPDEV1", "Second")
    assert expected == names_of(it)


@pytest.mark.parametrize(
    ("subject", "alternative", "twice", "names"),
    [
        ([], (), False, ()),
        ([(COUNTRY, "GBR"), (COMMON, "SPDEV1")], (), False, ("SPDEV1",)),
        ([(COMMON, "SPDEV1")], (x509.DNSName("SPDEV2"),), True, ("SPDEV1",)),
        ([(COMMON, "SPDEV1")], (x509.DNSName(""), x509.DNSName("SPDEV2")), False, ("SPDEV2", "SPDEV1")),
    ],
    ids=["no names", "a country of three letters", "the same extension twice", "an empty name"],
)
def test_of_an_odd_certificate_is_taken_what_can_be_had(
    subject: list[tuple[x509.ObjectIdentifier, str]],
    alternative: tuple[x509.GeneralName, ...],
    twice: bool,  # noqa: FBT001 - a cell of the table
    names: tuple[str, ...],
) -> None:
    """Nothing is raised, and nothing warned of."""
    assert names == names_of(certificate(subject, *alternative, twice=twice))


def test_however_many_names_there_are_all_of_them_count() -> None:
    """The last one may be a buyer's, or a second buyer's."""
    many = [x509.DNSName(f"name-{number}") for number in range(300)]
    names = names_of(certificate([(COMMON, "SPDEV1")], *many))
    assert (len(names), buyer_of(names, KNOWN)) == (301, "SPDEV1")
    both = buyer_of(names_of(certificate([(COMMON, "SPDEV1")], *many, x509.DNSName("SPDEV2"))), KNOWN)
    words = "its names are those of several buyers (SPDEV1, SPDEV2): have one issued for each"
    assert both == Misnamed("names-several", words)


def test_a_name_that_is_too_long_to_be_told_is_not_cut_before_it_is_compared() -> None:
    """Cut, it might be somebody's."""
    (name,) = names_of(certificate([], x509.DNSName("x" * 300)))
    assert isinstance(buyer_of((name,), {"x" * 253: "SPDEV1", "x" * 200: "SPDEV1"}), Misnamed)
    assert buyer_of((name,), {"x" * 300: "SPDEV1"}) == "SPDEV1"


@pytest.mark.parametrize(
    "name",
    [
        "a\x00b",
        "a\nb",
        "\x1b[31mred",
        "\uffff",
        "\ufffe",
        "\u202e",
        "\xa0",
        " a",
        "a ",
        "a  b",
        "x" * (LONGEST_BUYER + 1),
    ],
)
def test_of_an_inventory_that_lists_nobody_no_name_is_a_buyer_that_a_message_could_not_have(name: str) -> None:
    """Neither what XML can't carry, nor what would be another text once it is read; the next name counts then."""
    assert isinstance(buyer_of((name,), {}, anybody=True), Misnamed)
    assert buyer_of((name, "Ö b", "c"), {}, anybody=True) == "Ö b"
    assert buyer_of(("x" * LONGEST_BUYER,), {}, anybody=True) == "x" * LONGEST_BUYER


@pytest.mark.parametrize(
    ("names", "buyer"),
    [
        (("SPDEV1",), "SPDEV1"),
        (("something", "client.spdev1.test"), "SPDEV1"),
        (("SPDEV1", "client.spdev1.test"), "SPDEV1"),
    ],
)
def test_names_of_one_buyer_are_that_buyers(names: tuple[str, ...], buyer: str) -> None:
    """However many of its names there are, and whatever else."""
    assert buyer == buyer_of(names, KNOWN)


@pytest.mark.parametrize(
    ("names", "reason", "words"),
    [
        (
            ("spdev1", "x\n"),
            "names-no-buyer",
            (
                "its names (spdev1, x?) are no buyer's of the inventory: have one issued whose common name is the"
                " buyerIdentifier, or list a name of it with its buyer"
            ),
        ),
        (
            (),
            "names-no-buyer",
            (
                "it bears no name, so it is no buyer's of the inventory: have one issued whose common name is the"
                " buyerIdentifier, or list a name of it with its buyer"
            ),
        ),
        (
            ("SPDEV2", "client.spdev1.test"),
            "names-several",
            "its names are those of several buyers (SPDEV1, SPDEV2): have one issued for each",
        ),
    ],
)
def test_other_names_are_nobodys(names: tuple[str, ...], reason: str, words: str) -> None:
    """Capitals matter, as in a message's buyerIdentifier."""
    assert Misnamed(reason, words) == buyer_of(names, KNOWN)  # type: ignore[arg-type] # one of the two


def test_of_many_names_a_few_are_repeated() -> None:
    """The sentence stays one."""
    misnamed = buyer_of([f"n{number}" for number in range(8)], KNOWN)
    assert isinstance(misnamed, Misnamed)
    assert "(n0, n1, n2, n3, n4 and 3 more)" in misnamed.words


def test_a_certificate_is_told() -> None:
    """For lists and logs."""
    it = certificate([(COMMON, "SPDEV1")], x509.DNSName("SPDEV1"))
    shown = told(it)
    assert shown.pop("fingerprint") == it.fingerprint(hashes.SHA256()).hex()
    assert shown == {
        "subject": "CN=SPDEV1",
        "issuer": "CN=An authority",
        "serial": "beef",
        "not_before": "2026-01-05T09:00:00+00:00",
        "not_after": "2026-02-05T09:00:00+00:00",
        "names": ["SPDEV1"],
        "names_in_all": 1,
    }


@pytest.mark.parametrize(("number", "serial"), [(0xF, "0f"), (0x1BEEF, "01beef"), (0xBEEF, "beef")])
def test_a_serial_number_is_told_in_whole_bytes(number: int, serial: str) -> None:
    """As OpenSSL prints it, so that one finds the other."""
    assert told(certificate([], serial=number))["serial"] == serial


def test_of_many_names_the_first_are_told_and_how_many_there_are() -> None:
    """A thousand refusals are kept, and looked at in one answer."""
    shown = told(certificate([], *[x509.DNSName(f"{number}{'x' * 500}") for number in range(200)]))
    assert shown["names"] == [f"{number}{'x' * 198}…" for number in range(5)]
    assert shown["names_in_all"] == 200


def test_a_certificate_of_the_year_0_is_told() -> None:
    """No calendar has it; the rest is told as ever."""
    shown = told(of_the_year_0())
    assert (shown["not_before"], shown["not_after"], shown["subject"]) == (
        "",
        "",
        "CN=SPDEV1,O=CityFibre Simulator (tests only)",
    )


def test_what_is_told_neither_steers_a_terminal_nor_is_without_end() -> None:
    """A name is whatever its bearer likes."""
    shown = told(certificate([(COMMON, "\x1b[31mred\u202e" + "x" * 500)]))
    assert shown["subject"] == "CN=?[31mred?" + "x" * 187 + "…"
    assert shown["names"] == ["?[31mred?" + "x" * 190 + "…"]
