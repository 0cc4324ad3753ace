"""Why a handshake has failed, in words that say what to do: OpenSSL's reasons, and what they mean to a buyer."""

from collections.abc import Mapping
from dataclasses import dataclass

from OpenSSL import SSL

from simulator.certificates.trust import Refusal


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no connection: a word that stands for it, and a sentence."""

    reason: str
    words: str


HUNG_UP = Failure(
    "hung-up",
    "the client hung up during the handshake: it may not trust the server's certificate; give it the authority",
)
TOO_SLOW = Failure("too-slow", "the client has not finished the handshake in time")
PLAIN_HTTP = Failure("plain-http", "the client speaks plain HTTP, and this port TLS: use https")
NOT_TLS = Failure("not-tls", "what the client sent is no TLS")
NO_CERTIFICATE = Failure(
    "no-certificate", "the client showed no certificate: give it one, and the key that belongs to it"
)
_SERVER_REFUSED = Failure(
    "server-certificate",
    "the client does not take the server's certificate: let it trust the authority, and call the server by its name",
)
_VERSION = Failure("version", "the client wants a version of TLS below 1.2: let it offer 1.2 or 1.3")
_NOTHING_SHARED = Failure("cipher", "the client offers no cipher that is taken here: let it offer more of TLS 1.2's")
_CLIENT_ALERT = Failure("client-alert", "the client ended the handshake")
_BROKEN = Failure("broken", "the handshake is broken")

BEFORE_ANY_VERSION = frozenset({PLAIN_HTTP.reason, NOT_TLS.reason, _BROKEN.reason})
"""By these nothing is known yet of the version that the client would speak."""
_FAILURES: Mapping[str, Failure] = {
    "peer did not return a certificate": NO_CERTIFICATE,
    "http request": PLAIN_HTTP,
    "https proxy request": PLAIN_HTTP,
    "wrong version number": NOT_TLS,
    "unsupported protocol": _VERSION,
    "no shared cipher": _NOTHING_SHARED,
}
"""By the reason that OpenSSL gives."""
_ABOUT_OURS = frozenset(
    {
        "bad certificate",
        "certificate expired",
        "certificate revoked",
        "certificate unknown",
        "unknown ca",
        "unsupported certificate",
    }
)
"""Alerts of a client that does not take our certificate."""


def why(error: SSL.Error, refusal: Refusal | None) -> Failure:
    """Why a handshake has failed; ``refusal`` is what is wrong with the client's certificate, if that is."""
    if refusal is not None:
        return Failure(refusal.reason, refusal.words)
    reason = _reason(error)
    if reason in _FAILURES:
        return _FAILURES[reason]
    _, alert, about = reason.partition(" alert ")
    if about in _ABOUT_OURS:
        return _SERVER_REFUSED
    kind = _CLIENT_ALERT if alert else _BROKEN
    return Failure(kind.reason, f"{kind.words} ({reason})" if reason else kind.words)


def _reason(error: SSL.Error) -> str:
    """The last of OpenSSL's words on it."""
    told = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return str(told[-1][2]) if told else ""
