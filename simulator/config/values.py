"""What single settings take: the checks of each, which the control API shares."""

import re
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from simulator.core.instants import EARLIEST, LATEST
from simulator.targets import refusal

SHORTEST_TOKEN = 8
"""Characters of a control token."""


def check_url(value: str) -> str:
    """A URL that notifications can be sent to.

    Raises ValueError for any other text; the reasons do not repeat it, for it may hold a password.
    """
    expected = "expected an http or https URL with a host, such as https://localhost:9000/notifications"
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        raise ValueError(expected) from None
    if not usable or not value.isprintable() or " " in value:
        raise ValueError(expected)
    if "@" in parts.netloc:
        raise ValueError("a URL with a user or a password is not taken: it would be shown with the settings")
    try:
        reason = refusal(parts.hostname or "", here=True)
    except ValueError:  # a name; its address is looked at before each connection
        reason = ""
    if reason:
        raise ValueError(reason)
    return value


def without_query(url: str) -> str:
    """A URL as it may be shown: its query is often a secret."""
    return re.sub(r"\?.*", "?***", url)


def read_instant(value: object) -> object:
    """An instant of the calendar that simulated time has, in UTC. Raises ValueError for anything else."""
    expected = f"expected an ISO 8601 date and time such as 2026-03-02T09:00:00Z, from {EARLIEST:%Y} to {LATEST:%Y}"
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        instant = None
    if not isinstance(instant, datetime):
        raise ValueError(expected)  # noqa: TRY004  pydantic turns only a ValueError into a problem of the setting
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    if not EARLIEST <= aware <= LATEST:
        raise ValueError(expected)
    return aware.astimezone(UTC)


def check_environment(value: str) -> str:
    """The name of an environment; it is a part of a path. Raises ValueError for any other text."""
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{0,62}", value):
        raise ValueError(f"expected up to 63 letters, digits, dots, dashes and underscores, found {value[:80]!r}")
    return value


def is_this_machine(host: str) -> bool:
    """Whether an address or a name can only stand for this machine, whoever looks it up."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def check_token(value: SecretStr) -> SecretStr:
    """A token that a header can carry. Raises ValueError for any other; the reason does not repeat it."""
    text = value.get_secret_value()
    if not (len(text) >= SHORTEST_TOKEN and text.isascii() and text.isprintable() and " " not in text):
        raise ValueError(f"expected at least {SHORTEST_TOKEN} letters, digits and signs of ASCII, without a space")
    return value


def split(value: object) -> object:
    """Names in a row, as a flag or a variable has them."""
    return [name.strip() for name in value.split(",")] if isinstance(value, str) else value


def check_environments(value: tuple[str, ...]) -> tuple[str, ...]:
    """One or more, each named once. Raises ValueError."""
    if not value or len(set(value)) < len(value):
        raise ValueError(f"expected one environment or more, each named once, found {', '.join(value) or 'none'}")
    return value
