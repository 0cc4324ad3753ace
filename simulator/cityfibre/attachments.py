"""Attachments: files that a report or an amend announces, and where they are put (contract §3, Attachments).

Inferred from the XSD and the samples: they show names, urls and an update "Added image.jpg", but not how it is sent.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from simulator.cityfibre.messages import Attachment

MOST_FILES = 50
"""Files of one ticket; what is announced beyond them is left out of the answer, with a warning."""
LONGEST_NAME = 200
"""Characters of a file's name that the history of a ticket repeats."""
SCHEME = "attachment:"
"""What the ``url`` of an answer begins with in the journal. On the wire the server's own address takes its place: it is
another in every run, and none of the journal's business."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a ticket. ``key`` is the last part of the path it is put to; ``size`` is in bytes, 0 until it is."""

    key: str
    filename: str
    size: int = 0
    sha256: str = ""

    @property
    def uploaded(self) -> bool:
        """Whether it has been put."""
        return bool(self.sha256)

    def offered(self) -> Attachment:
        """The file as an answer repeats it: where to put it, and whether that has been done."""
        return Attachment(filename=self.filename, url=f"{SCHEME}{self.key}", uploaded=self.uploaded)

    def shown(self) -> Attachment:
        """The file as a notification shows it. It has no url: there is no request to whose sender it would be told."""
        return Attachment(filename=self.filename, uploaded=self.uploaded)


def plain_name(filename: str) -> str:
    """A file's name as a person may be shown it: no folder, no drive, nothing unprintable; short, and never empty."""
    last = re.sub(r"^[A-Za-z]:", "", re.split(r"[/\\]", filename)[-1])
    kept = "".join(letter if letter.isprintable() else "?" for letter in " ".join(last.split()))
    return kept[:LONGEST_NAME].strip(". ") or "file"


def find(files: Iterable[File], filename: str) -> File | None:
    """The file of that name, if the ticket has it."""
    return next((one for one in files if one.filename == filename), None)
