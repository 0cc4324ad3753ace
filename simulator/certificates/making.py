"""Makes keys, certificates and revocation lists; the instants are handed in, the keys are the machine's own chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_ORGANISATION = "CityFibre Simulator (tests only)"
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, and the intermediate ones that are sent with it."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something is valid."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a certificate is to say; one without a usage is an authority's."""

    names: tuple[str, ...]
    span: Span
    usage: x509.ObjectIdentifier | None = None
    hosts: tuple[str, ...] = ()
    """Names of hosts and addresses: the alternative names."""


def new_key() -> ec.EllipticCurvePrivateKey:
    """P-256: made in no time, and known to every TLS library."""
    return ec.generate_private_key(ec.SECP256R1())


def issue(wanted: Wanted, issuer: Issued | None, key: Key | None = None) -> Issued:
    """A certificate by an issuer, or signed by itself."""
    own = key or new_key()
    signing, above = (issuer.key, issuer.certificate) if issuer else (own, None)
    subject = _name(wanted.names)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.subject if above else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(wanted.span.begins)
        .not_valid_after(wanted.span.ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
        .add_extension(_key_usage(authority=wanted.usage is None), critical=True)
    )
    if wanted.usage is None:
        # An authority that itself is issued by another issues no third.
        limits = x509.BasicConstraints(ca=True, path_length=0 if issuer else 1)
        builder = builder.add_extension(limits, critical=True)
    else:
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([wanted.usage]), critical=False)
    if wanted.hosts:
        names = x509.SubjectAlternativeName([_host(host) for host in wanted.hosts])
        builder = builder.add_extension(names, critical=False)
    return Issued(builder.sign(signing, hashes.SHA256()), own)


def revocation_list(issuer: Issued, span: Span, revoked: Sequence[x509.Certificate]) -> x509.CertificateRevocationList:
    """What an authority has revoked."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(span.begins)
        .next_update(span.ends)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(span.begins)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256())


def _name(names: tuple[str, ...]) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION)
    return x509.Name([organisation, *(x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
