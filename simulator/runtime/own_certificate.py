"""Why OpenSSL does not load a certificate that we are to show, or its key: it says little, and not which is amiss."""

import ssl
from pathlib import Path
from typing import Literal

from simulator.certificates.files import LONGEST_FILE, CertificateFileError, Found, belongs, read

Part = Literal["certificate", "key"]
_NOT_PEM = "expected PEM; `openssl pkcs12 -nodes -in FILE` makes it of a .p12 file"


def why_unusable(certificate: Path, holder: Path, error: OSError) -> tuple[Part, str]:
    """Which of both is at fault, and why; ``holder`` is the file that has the key. It tells nothing of a key."""
    shown = _read(certificate)
    if isinstance(shown, str):
        return "certificate", shown
    if not shown.certificates:
        return "certificate", f"expected a certificate, found {shown.what()}"
    held = _read(holder)
    if isinstance(held, str):
        return "key", held
    if not held.keys:
        return "key", "the private key is encrypted" if held.locked else f"no private key, but {held.what()}"
    if not belongs(held.keys[0], shown.certificates[0]):
        return "key", "it is the private key of another certificate"
    reason = error.reason if isinstance(error, ssl.SSLError) else ""
    weak = "TOO_SMALL" in (reason or "") or "TOO_WEAK" in (reason or "")
    return "certificate", "OpenSSL refuses it as too weak" if weak else "OpenSSL does not load it"


def _read(path: Path) -> Found | str:
    """What a file holds, or what is wrong with it."""
    try:
        with path.open("rb") as opened:
            data = opened.read(LONGEST_FILE)
        return _NOT_PEM if data.strip() and b"-----BEGIN " not in data else read(path)
    except CertificateFileError as error:
        return str(error).removeprefix(f"{path}: ")
    except OSError as error:
        return f"can't be read: {error.strerror}"
