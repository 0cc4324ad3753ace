"""Which attempt of a message this is: those that came are remembered, up to a number."""

import hashlib
from collections import OrderedDict

MOST_REMEMBERED = 10_000
"""Messages whose attempts are counted; then the one that came longest ago is forgotten."""


class Attempts:
    """Counts the attempts of each message.

    A message is the same if it came to the same path, under the same messageId, with the same bytes. So neither two
    environments nor two runs of a simulator are taken for one, as long as their messages differ, or their paths do.
    """

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str, bytes], int] = OrderedDict()

    def count(self, path: str, message_id: str, body: bytes) -> int:
        """Count one attempt more; which one it is, from 1."""
        key = (path, message_id, hashlib.sha256(body).digest())
        attempt = self._counts.pop(key, 0) + 1
        self._counts[key] = attempt
        if len(self._counts) > MOST_REMEMBERED:
            self._counts.popitem(last=False)
        return attempt
