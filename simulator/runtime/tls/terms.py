"""On which terms connections are agreed upon: certificate, key, authorities and revocations, as their files stand."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from OpenSSL import SSL

from simulator.certificates.files import CertificateFileError
from simulator.certificates.trust import Refusal, Trust
from simulator.config import Config, ConfigError
from simulator.runtime.tls.client import Client, hear, judge
from simulator.runtime.tls.handshakes import Failure
from simulator.runtime.tls.own import Own, holds_a_key
from simulator.runtime.tls.refusals import Refusals

AGAIN_AFTER = timedelta(seconds=1)
"""How long a file that could not be used is left alone, if nothing tells that it has changed."""
Demand = Literal["optional", "required"]
"""What becomes of a client without a good certificate: each of its requests is refused, or its handshake."""
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The server's certificate (with its chain) and key; its clients' authorities, and what these have revoked.

    The last need not be there if it ``may_lack``; once it has been there, it has to stay.
    """

    certificate: Path
    key: Path
    trust: Path
    revoked: Path | None = None
    may_lack: bool = False


def terms_of(config: Config) -> Terms | None:
    """The terms that the settings name; ``None`` where there is no TLS.

    Raises:
        ConfigError: files can't be used; every one of them is told.
    """
    if config.tls == "off":
        return None
    own = config.tls_certificate
    files = TlsFiles(
        own or config.certs / "server.pem",
        config.tls_key or (own if own is not None and holds_a_key(own) else config.certs / "server.key"),
        config.tls_trust or config.certs / "ca.pem",
        config.tls_crl or (config.certs / "ca.crl" if config.tls_trust is None else None),
        may_lack=config.tls_crl is None,
    )
    try:
        return Terms(files, config.tls)
    except ConfigError as error:
        hint = "" if os.path.exists(config.certs / "ca.pem") else "; `cityfibre-simulator certs init` makes a set"  # noqa: PTH110 - Path's raises where one may not look
        raise ConfigError([f"{problem}{hint}" for problem in error.problems]) from None


class Terms:
    """What holds for the next connection, and for the next request on one that there is."""

    def __init__(
        self, files: TlsFiles, demand: Demand, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Raises ConfigError where files can't be used."""
        self.demand = demand
        self.refusals = Refusals()
        self.problems: tuple[str, ...] = ()
        """Why files that have changed are not in force; the old ones are."""
        self._files = files
        self._now = now
        self._seen, self._tried_at = self._look(), now()
        problems: list[str] = []
        own, trust = self._read_own(None, problems), self._read_trust(None, problems)
        if own is None or trust is None:
            raise ConfigError(problems)
        self._own, self._trust = own, trust
        self._context = self._agree()

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
        return tuple(self._marks())

    def _marks(self) -> Iterator[object]:
        for path in (self._files.certificate, self._files.key, self._files.trust, self._files.revoked):
            try:
                there = path.stat() if path is not None else None
            except OSError:
                there = None
            yield there and (there.st_mtime_ns, there.st_ctime_ns, there.st_size, there.st_ino, there.st_dev)

    def _look_again(self) -> None:
        """Read files that have changed, each side by itself: a damaged key must not keep a revocation out."""
        seen, now = self._look(), self._now()
        if seen == self._seen and not (self.problems and now - self._tried_at >= AGAIN_AFTER):
            return
        self._seen, self._tried_at = seen, now
        problems: list[str] = []
        own, trust = self._read_own(self._own, problems), self._read_trust(self._trust, problems)
        assert own is not None  # noqa: S101 - narrows the type: the old one is better than none
        assert trust is not None  # noqa: S101 - the same
        self._own, self._trust = own, trust
        self._context = self._agree()
        for problem in problems:
            if problem not in self.problems:  # else it was told when it began
                _log.error("TLS: a file has changed and can't be used, so the old one stays in force: %s", problem)
        self.problems = tuple(problems)
        if not problems:
            _log.warning("TLS: the certificates have changed, and are in force from now on")

    def _read_own(self, old: Own | None, problems: list[str]) -> Own | None:
        return _tried(lambda: Own.read(self._files.certificate, self._files.key), old, problems)

    def _read_trust(self, old: Trust | None, problems: list[str]) -> Trust | None:
        revoked, had = self._files.revoked, old is not None and bool(old.lists)
        if revoked is not None and self._files.may_lack and not had and not os.path.lexists(revoked):
            revoked = None
        return _tried(lambda: Trust.read(self._files.trust, revoked), old, problems)

    def _agree(self) -> SSL.Context:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        # A session that is resumed would skip the certificate and what has been revoked since.
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
        self._own.show(context)
        store = context.get_cert_store()
        assert store is not None  # noqa: S101 - narrows the type: every context has one
        self._trust.fill(store)
        for authority in self._trust.authorities:  # so that a client with several certificates can choose
            context.add_client_ca(authority)
        if self.demand == "required":
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, judge)
        else:
            context.set_verify(SSL.VERIFY_PEER, hear)
        return context


def _tried(reading: Callable[[], _T], old: _T | None, problems: list[str]) -> _T | None:
    """What is read; where that can't be used, the old one, and why."""
    try:
        return reading()
    except CertificateFileError as error:
        problems.append(str(error))
        return old
