"""Why a port can't be listened on, in words that say what to do."""

import errno


def why_not(error: Exception) -> str:
    """The reason that stands behind an error of listening."""
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return "the port is in use; choose another, or 0 for any free one"
    if number == errno.EACCES:
        return "permission denied; ports below 1024 belong to the system"
    return getattr(error, "strerror", None) or str(error)
