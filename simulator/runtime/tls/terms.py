"""On which terms connections are agreed upon: certificate, key, authorities and revocations, as their files stand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from OpenSSL import SSL

from simulator.certificates.files import CertificateFileError, certificates_of, read
from simulator.certificates.making import Key
from simulator.certificates.trust import Refusal, Trust
from simulator.config import Config, ConfigError
from simulator.runtime.tls.client import Client, hear, judge
from simulator.runtime.tls.handshakes import Failure
from simulator.runtime.tls.refusals import Refusals

Demand = Literal["optional", "required"]
"""What becomes of a client without a good certificate: each of its requests is refused, or its handshake."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The server's certificate (with its chain) and key; its clients' authorities, and what these have revoked."""

    certificate: Path
    key: Path
    trust: Path
    revoked: Path | None = None


def terms_of(config: Config) -> Terms | None:
    """The terms that the settings name; ``None`` where there is no TLS.

    Raises:
        ConfigError: a file can't be used.
    """
    if config.tls == "off":
        return None
    revoked = config.certs / "ca.crl"
    files = TlsFiles(
        config.tls_certificate or config.certs / "server.pem",
        config.tls_key or config.certs / "server.key",
        config.tls_trust or config.certs / "ca.pem",
        config.tls_crl or (revoked if config.tls_trust is None and revoked.exists() else None),
    )
    try:
        return Terms(files, config.tls)
    except CertificateFileError as error:
        there = config.certs.is_dir()
        raise ConfigError([str(error) if there else f"{error}; `cityfibre-simulator certs init` makes a set"]) from None


class Terms:
    """What holds for the next connection, and for the next request on one that there is."""

    def __init__(
        self, files: TlsFiles, demand: Demand, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Raises CertificateFileError where a file can't be used."""
        self.demand = demand
        self.refusals = Refusals()
        self._files = files
        self._now = now
        self._seen = self._look()
        self._trust, self._context = self._read()

    def context(self) -> SSL.Context:
        """For a new connection."""
        self._look_again()
        return self._context

    def verdict(self, client: Client) -> Refusal | None:
        """Why the certificate of a client is not taken, as the files are now."""
        self._look_again()
        return client.verdict(self._trust, self._now())

    def refuse(self, client: Client, failure: Failure, environment: str = "", operation: str = "") -> None:
        """A client was turned away: in the handshake, or with a request to an environment."""
        self.refusals.add(client, failure, self._now(), environment, operation)

    def _look(self) -> tuple[object, ...]:
        """What tells that a file has changed: it may have been written to, or another put in its place."""
        found: list[object] = []
        for path in (self._files.certificate, self._files.key, self._files.trust, self._files.revoked):
            try:
                there = path.stat() if path is not None else None
            except OSError:
                there = None
            found.append(there and (there.st_mtime_ns, there.st_size, there.st_ino))
        return tuple(found)

    def _look_again(self) -> None:
        """Read files that have changed. What can't be used is told of, and the old ones hold on."""
        seen = self._look()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._trust, self._context = self._read()
        except CertificateFileError as error:
            _log.error("TLS: the certificates have changed, but the old ones stay in force: %s", error)
        else:
            _log.warning("TLS: the certificates have changed, and are in force from now on")

    def _read(self) -> tuple[Trust, SSL.Context]:
        trust = Trust.read(self._files.trust, self._files.revoked)
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        # A session that is resumed would skip the certificate and what has been revoked since.
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
        self._show(context)
        store = context.get_cert_store()
        assert store is not None  # noqa: S101 - narrows the type: every context has one
        trust.fill(store)
        for authority in trust.authorities:  # so that a client with several certificates can choose
            context.add_client_ca(authority)
        if self.demand == "required":
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, judge)
        else:
            context.set_verify(SSL.VERIFY_PEER, hear)
        return trust, context

    def _show(self, context: SSL.Context) -> None:
        """The server's own certificate, what is to be sent beside it, and its key."""
        own, *chain = certificates_of(self._files.certificate)
        found = read(self._files.key)
        if not found.keys:
            what = "one that is encrypted" if found.locked else found.what()
            raise CertificateFileError(
                f"{self._files.key}: expected a private key, found {what}; name one without a password"
            )
        context.use_certificate(own)
        for one in chain:
            context.add_extra_chain_cert(one)
        try:
            context.use_privatekey(cast("Key", found.keys[0]))
            context.check_privatekey()
        except (SSL.Error, TypeError):
            told = f"it does not belong to {self._files.certificate}; name the key that the certificate was made for"
            raise CertificateFileError(f"{self._files.key}: {told}") from None
