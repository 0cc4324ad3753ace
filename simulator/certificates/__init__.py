"""Certificates: whom a client certificate names, whether it is trusted, and a development set of them."""

from pathlib import Path

DEFAULT_FOLDER = Path("certs/local")
"""Where a development set is made, and looked for. It is said here, where nothing heavy is imported."""
