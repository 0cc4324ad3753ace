"""Files that buyers have put, on disk: streamed, bounded, each under its key; no name of a buyer's touches the disk."""

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from simulator.core.inputs import Trouble

MOST_STORED = 1024 * 1024 * 1024
"""Bytes of all files of one environment; beyond it a file is refused until a reset."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What has become of one body: kept aside at ``path`` until it is known whether it stays, or why it was not."""

    path: Path | None
    size: int = 0
    sha256: str = ""
    trouble: Trouble | None = None


class Files:
    """The files of one environment, in a folder of their own that is made when the first comes."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.cleared = False
        self._sizes: dict[str, int] = {}
        self._came = 0

    async def take(self, chunks: AsyncIterator[bytes], most: int) -> Stored:
        """Write a body down as it comes, ``most`` bytes of it; whoever breaks off leaves nothing behind.

        Raises:
            OSError: the disk does not take it.
        """
        room = MOST_STORED - sum(self._sizes.values())
        self._came += 1
        path = self._open() / f"{self._came}.part"
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > most or size > room:
                        path.unlink()
                        return Stored(None, trouble="body-too-big" if size > most else "no-room")
                    digest.update(chunk)
                    file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Stored(path, size, digest.hexdigest())

    def keep(self, stored: Stored, key: str) -> None:
        """Let a body stay, in the place of an earlier one of that key."""
        if stored.path is not None:
            stored.path.replace(self._open() / key)
            self._sizes[key] = stored.size

    def drop(self, stored: Stored) -> None:
        """Forget a body."""
        if stored.path is not None:
            stored.path.unlink(missing_ok=True)

    def find(self, key: str) -> Path | None:
        """Where a body of that key lies."""
        return self._open() / key if key in self._sizes else None

    def clear(self) -> None:
        """Remove them all; none is taken from now on, though it be on its way."""
        self.cleared = True
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None
        self._sizes.clear()

    def _open(self) -> Path:
        if self.cleared:
            raise OSError("the files of this environment are gone")
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="cityfibre-simulator-"))
        return self.folder
