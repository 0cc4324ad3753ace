"""How many files and sockets this process may have open at once."""

import resource


def allowed() -> int:
    """As many as the system lets it."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def ask_for(wanted: int) -> None:
    """Have the system let it open so many, or as many as it may ask for; never fewer than before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
