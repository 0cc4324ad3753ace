"""TLS towards the buyers' endpoints: whom the simulator trusts there, and which certificate it shows."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.config import ConfigError

if TYPE_CHECKING:
    from simulator.config import Config


def endpoint_tls(config: Config) -> ssl.SSLContext | None:
    """What the settings add to the usual; ``None`` where they add nothing.

    Raises:
        ConfigError: a file can't be used. What is said of it tells nothing of a key.
    """
    trust, certificate, key = config.notify_trust, config.notify_certificate, config.notify_key
    if trust is None and certificate is None:
        return None
    context = ssl.create_default_context()
    if trust is not None:
        _load(trust, lambda: context.load_verify_locations(cafile=trust), "a certificate or several, in PEM")
    if certificate is not None:
        holder = key or certificate
        expected = f"the certificate and (in {holder}) the key that belongs to it, in PEM and not encrypted"
        _load(certificate, lambda: context.load_cert_chain(certificate, holder, password=""), expected)
    return context


def _load(path: Path, load: Callable[[], None], expected: str) -> None:
    try:
        load()
    except ssl.SSLError:
        raise ConfigError([f"{path}: expected {expected}"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: can't be read: {error.strerror or error}"]) from None
