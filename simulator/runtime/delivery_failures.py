"""Why an endpoint gave no answer: what each error amounts to, in words that every run repeats.

They stand in the journal. So there is no host, port, date or duration in them, and nothing that differs from one
version of a library to the next.
"""

import ssl
from collections.abc import Mapping

import aiohttp

from simulator.runtime.gate import ForbiddenAddressError

CLOSED = "the endpoint closed the connection before its answer was whole"
BROKEN_OFF = (
    "the endpoint broke TLS off before it answered; if it asks for a certificate, name one that it takes "
    "by --notify-certificate, or by the buyer's client_certificate"
)
"""One sentence for every alert that may tell of our certificate, and for a connection that ends without: with TLS 1.3
the alert comes after our request has gone out, and chance decides whether we read it or meet a reset first."""
_NO_TLS = "no TLS connection could be made with the endpoint"
_NOT_SPOKEN = "the endpoint does not speak TLS: is it http in place of https?"
_VERSION = "the endpoint and the simulator speak no common version of TLS; the simulator's are 1.2 and 1.3"
_BY_REASON: Mapping[str, str] = {
    "WRONG_VERSION_NUMBER": _NOT_SPOKEN,
    "PACKET_LENGTH_TOO_LONG": _NOT_SPOKEN,  # from OpenSSL 3.2 on
    "TLSV1_ALERT_PROTOCOL_VERSION": _VERSION,
    "UNSUPPORTED_PROTOCOL": _VERSION,
}
"""What OpenSSL calls an error, beside the alerts."""

_UNKNOWN_AUTHORITY = (
    "the authority of the endpoint's certificate is not trusted, or an intermediate certificate is not sent with it: "
    "name the authority by --notify-trust, or by the buyer's trust"
)
_ANOTHER_HOST = "the endpoint's certificate is that of another host: it must name the host of the endpoint's URL"
_WEAK = "the endpoint's certificate, or that of an authority above it, is too weak to be taken"
_NOT_TAKEN = "the endpoint's certificate does not hold"
_BY_VERDICT: Mapping[int, str] = {
    2: _UNKNOWN_AUTHORITY,
    9: "the endpoint's certificate, or that of an authority above it, is not yet valid",
    10: "the endpoint's certificate, or that of an authority above it, has expired",
    18: "the endpoint's certificate is signed by itself: name it by --notify-trust, or by the buyer's trust",
    19: _UNKNOWN_AUTHORITY,
    20: _UNKNOWN_AUTHORITY,
    21: _UNKNOWN_AUTHORITY,
    26: "the endpoint's certificate, or that of an authority above it, is not meant for servers",
    62: _ANOTHER_HOST,
    64: _ANOTHER_HOST,
    66: _WEAK,
    67: _WEAK,
    68: _WEAK,
}
"""What OpenSSL's verdict on the endpoint's certificate amounts to, by its number (X509_V_ERR_…)."""

_FAILURES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((aiohttp.ConnectionTimeoutError,), "no connection could be made with the endpoint in time"),
    ((TimeoutError,), "the endpoint did not answer in time"),
    ((aiohttp.ClientConnectorDNSError,), "the endpoint's host is not known"),
    ((aiohttp.ClientSSLError,), _NO_TLS),
    ((aiohttp.ClientConnectorError,), "nothing listens at the endpoint"),
    ((aiohttp.ServerConnectionError, aiohttp.ClientOSError, aiohttp.ClientPayloadError), CLOSED),
    (
        (aiohttp.InvalidURL, UnicodeError),
        "the endpoint's URL leads nowhere: name its host, or write its address as four numbers, such as 192.0.2.1",
    ),
    ((aiohttp.ClientError, OSError, ValueError), "the endpoint gave no answer that could be read"),
)
"""All other errors; the first that fits."""


def failure(error: Exception, url: str) -> str:
    """Why there was no answer from the endpoint at this URL."""
    words = _in_words(error, error.__cause__)
    # An error of the body comes after the answer's head, and so after everything that TLS may have to say.
    under_tls = url.lower().startswith("https:") and not isinstance(error, aiohttp.ClientPayloadError)
    return BROKEN_OFF if words is CLOSED and under_tls else words


def _in_words(error: Exception, cause: BaseException | None) -> str:
    match cause:
        case ForbiddenAddressError():
            return str(cause)
        case ssl.SSLCertVerificationError():
            return _BY_VERDICT.get(cause.verify_code, _NOT_TAKEN)
        case ssl.SSLError() if (cause.reason or "") in _BY_REASON:
            return _BY_REASON[cause.reason]
        case ssl.SSLError() if "ALERT" in (cause.reason or ""):
            return CLOSED
        case ConnectionResetError() | BrokenPipeError():  # while TLS was being agreed upon, it may be
            return CLOSED
    return next(words for kinds, words in _FAILURES if isinstance(error, kinds))
