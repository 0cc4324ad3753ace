"""TLS towards the buyers' endpoints: whom the simulator trusts there, and which certificate it shows."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from simulator.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.config import Config


def endpoint_tls(config: Config) -> ssl.SSLContext | None:
    """What the settings add to the usual; ``None`` where they add nothing.

    Raises:
        ConfigError: a file can't be used. What is said of it tells nothing of a key.
    """
    trust, certificate, key = config.notify_trust, config.notify_certificate, config.notify_key
    if key is not None and certificate is None:
        raise ConfigError([f"{key}: the key (--notify-key) of which certificate? Name it by --notify-certificate"])
    if trust is None and certificate is None:
        return None
    context = ssl.create_default_context()
    if trust is not None:
        _trust(context, trust)
    if certificate is not None:
        _show(context, certificate, key or certificate)
    return context


def _trust(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise ConfigError([f"{path}: expected a certificate or several, in PEM"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: can't be read: {error.strerror or error}"]) from None


def _show(context: ssl.SSLContext, certificate: Path, holder: Path) -> None:
    try:
        context.load_cert_chain(certificate, holder, password="")  # a key that is encrypted is refused
    except OSError as error:  # an ssl.SSLError is one
        from simulator.runtime.own_certificate import why_unusable  # noqa: PLC0415 - who has good files need not wait

        part, words = why_unusable(certificate, holder, error)
        if part == "certificate":
            raise ConfigError([f"{certificate}: {words} (--notify-certificate)"]) from None
        remedy = "name the certificate's own, in PEM and not encrypted, by --notify-key"
        raise ConfigError([f"{holder}: {words}; {remedy}"]) from None
