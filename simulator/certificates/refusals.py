"""Why a client certificate is refused, in words for the buyer's engineer: a table by OpenSSL's numbers."""

from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.bindings.openssl.binding import Binding

Reason = Literal[
    "no-certificate",
    "expired",
    "not-yet-valid",
    "self-signed",
    "unknown-authority",
    "revoked",
    "wrong-usage",
    "revocation-list",
    "unusable",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason, and one sentence that is the same in every run: what is wrong, and what to do."""

    reason: Reason
    words: str


NO_CERTIFICATE = Refusal(
    "no-certificate",
    "no client certificate was sent: give the client one, and its key",
)
EXPIRED = Refusal(
    "expired",
    "the client certificate, or that of an authority above it, has expired: have a new one issued, and look at this"
    " machine's clock if it has not",
)
NOT_YET_VALID = Refusal(
    "not-yet-valid",
    "the client certificate, or that of an authority above it, is not valid yet: wait until it is, and look at the"
    " clocks of this machine and of the one that issued it",
)
SELF_SIGNED = Refusal(
    "self-signed",
    "the client certificate is signed by itself, and by no authority that is trusted here: have one issued by such an"
    " authority",
)
UNKNOWN_AUTHORITY = Refusal(
    "unknown-authority",
    "no authority that is trusted here has issued the client certificate: have one issued by such an authority, or"
    " send the intermediate certificates with it",
)
NOT_BY_ITS_AUTHORITY = Refusal(
    "unknown-authority",
    "the signature of the client certificate is not that of the trusted authority whose name it bears: the authority"
    " was made anew since, so have the certificate issued anew too",
)
REVOKED = Refusal(
    "revoked",
    "the client certificate, or that of an authority above it, has been revoked: have a new one issued",
)
WRONG_USAGE = Refusal(
    "wrong-usage",
    "the client certificate is not for clients: have one issued whose extended key usage has clientAuth (or that has"
    " none) and whose key usage has digitalSignature",
)
NO_LIST = Refusal(
    "revocation-list",
    "there is no usable revocation list of an authority above the client certificate, although there are lists of"
    " others: give the simulator one of each authority on the way",
)
OLD_LIST = Refusal(
    "revocation-list",
    "the revocation list of an authority above the client certificate is out of date: give the simulator a new one",
)
NOT_AN_AUTHORITY = Refusal(
    "unknown-authority",
    "a certificate in the chain of the client certificate may not issue others: send those of the authorities that"
    " have issued it",
)
WEAK_KEY = Refusal(
    "unusable",
    "the key of the client certificate is too weak: have one issued for an RSA key of 2048 bits or more, or an EC one"
    " of 256",
)
WEAK_AUTHORITY = Refusal(
    "unusable",
    "the key of an authority above the client certificate is too weak: have one issued by another authority",
)
WEAK_SIGNATURE = Refusal(
    "unusable",
    "the client certificate, or one above it, is signed with a digest that is too weak, such as SHA-1: have it issued"
    " anew with SHA-256",
)

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_BY_NUMBER = {
    2: UNKNOWN_AUTHORITY,
    3: NO_LIST,
    7: NOT_BY_ITS_AUTHORITY,
    8: NO_LIST,
    9: NOT_YET_VALID,
    10: EXPIRED,
    11: OLD_LIST,
    12: OLD_LIST,
    18: SELF_SIGNED,
    19: UNKNOWN_AUTHORITY,
    20: UNKNOWN_AUTHORITY,
    21: UNKNOWN_AUTHORITY,
    23: REVOKED,
    24: NOT_AN_AUTHORITY,
    25: NOT_AN_AUTHORITY,
    26: WRONG_USAGE,
    32: NOT_AN_AUTHORITY,
    33: NO_LIST,
    35: NO_LIST,
    36: NO_LIST,
    39: WRONG_USAGE,
    44: NO_LIST,
    54: NO_LIST,
    66: WEAK_KEY,
    67: WEAK_AUTHORITY,
    68: WEAK_SIGNATURE,
    79: NOT_AN_AUTHORITY,
}


def refusal_of(openssl_error: int) -> Refusal:
    """The refusal that one of OpenSSL's numbers means; one that the table lacks is told in OpenSSL's own words."""
    return _BY_NUMBER.get(openssl_error) or _unusable(openssl_error)


def _unusable(openssl_error: int) -> Refusal:
    binding = Binding()
    said = bytes(binding.ffi.string(binding.lib.X509_verify_cert_error_string(openssl_error))).decode(
        "ascii", "replace"
    )
    return Refusal("unusable", f"the client certificate can't be used ({said}): have it issued anew")
