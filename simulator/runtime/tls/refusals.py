"""Clients that were refused on account of TLS or their certificates: counted, logged, and kept to be looked at.

The usual server tells nobody. With TLS 1.3 a client that is refused may not even notice before it reads.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from simulator.certificates.naming import told
from simulator.runtime.tls.client import Client
from simulator.runtime.tls.handshakes import Failure

MOST_REFUSALS = 1_000
"""Refusals that are kept to be looked at; the oldest are forgotten first."""
Stage = Literal["handshake", "request"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal: its number, when (in real time), at which stage, of whom, and why; of a request, what it was for."""

    number: int
    at: datetime
    stage: Stage
    address: str
    version: str
    failure: Failure
    certificate: Mapping[str, Any] | None
    environment: str = ""
    operation: str = ""


class Refusals:
    """All of one server's, since it was started."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._kept: deque[Refused] = deque(maxlen=MOST_REFUSALS)

    def __iter__(self) -> Iterator[Refused]:
        return iter(tuple(self._kept))

    @property
    def number(self) -> int:
        """How many there were."""
        return self.counts.total()

    def add(self, client: Client, failure: Failure, now: datetime, environment: str = "", operation: str = "") -> None:
        """One more: in the handshake, or of a request to that environment."""
        stage: Stage = "request" if environment else "handshake"
        shown = told(client.certificate) if client.certificate is not None else None
        self.counts[failure.reason] += 1
        about = (client.address, client.version, failure, shown, environment, operation)
        self._kept.append(Refused(self.number, now, stage, *about))
        facts = {"reason": failure.reason, "address": client.address, "tls": client.version, **_of(shown)}
        what = f"a request to {environment}" if environment else "a handshake"
        which = "with, above its own, the certificate" if client.depth else "with the certificate"
        whose = f" {which} {shown['subject']}" if shown else ""
        told_so = ("TLS: refused %s from %s%s: %s", what, client.address, whose, failure.words)
        _log.warning(*told_so, extra={"facts": facts})


def _of(certificate: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: certificate[name] for name in ("subject", "serial", "fingerprint")} if certificate else {}
