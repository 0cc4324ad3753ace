"""Puts a set of files into a folder, whole or not at all, for nobody's eyes but its owner's."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

MADE = ".made"
"""Names each file of a set with its digest, as ``sha256sum`` does: by it the next run knows which files are ours."""
LONGEST_LIST = 1024 * 1024
"""Bytes of it."""

_IGNORE_ALL = b"# Keys never belong in a repository.\n*\n"


class FolderError(ValueError):
    """A folder that can't be used: ``FOLDER: what is wrong; what to do``."""


def write(folder: Path, files: Mapping[str, bytes], *, replace: bool) -> None:
    """Write files, by their paths below the folder; those of an earlier set are replaced if so wished.

    Nothing is to be seen until everything is written. What is not of an earlier set stays.

    Raises:
        FolderError: there is something that may not be replaced, or the folder can't be written.
    """
    named = folder
    try:
        folder, here = Path(os.path.realpath(named)), Path.cwd()
    except (OSError, ValueError) as error:  # a ValueError is a name that no file can have
        raise FolderError(f"{named}: can't be found from here: {getattr(error, 'strerror', None) or error}") from None
    if here.is_relative_to(folder):  # a new folder takes its place, and whoever is in it would stand nowhere
        raise FolderError(f"{named}: it is the folder that you are in; name one below it")
    every = {".gitignore": _IGNORE_ALL, **files}
    every[MADE] = _list(every)
    earlier = _earlier(named, every, replace=replace)
    beside, old = (folder.parent / f".{folder.name}.{os.getpid()}.{what}" for what in ("new", "old"))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _write_all(beside, every)
        if folder.exists():
            folder.rename(old)
        try:
            beside.rename(folder)
        except BaseException:
            if old.exists():
                old.rename(folder)
            raise
    except (OSError, ValueError) as error:
        raise FolderError(f"{named}: can't be written: {getattr(error, 'strerror', None) or error}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    if old.exists():
        _clear(old, folder, earlier)


def _list(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items()).encode()


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(mode=0o700)
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(mode=0o700, exist_ok=True)
        # Never open to others, not even for the moment until its mode would be changed.
        number = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as opened:
            opened.write(data)


def _earlier(folder: Path, files: Mapping[str, bytes], *, replace: bool) -> frozenset[str]:
    """The files in a folder that are an earlier set's, unchanged."""
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return frozenset()
        listed = _listed(folder)
    except (OSError, ValueError) as error:
        raise FolderError(f"{folder}: can't be read: {getattr(error, 'strerror', None) or error}") from None
    if not listed:
        raise FolderError(f"{folder}: it holds something else than certificates of this command; name another folder")
    if not replace:
        raise FolderError(f"{folder}: it has certificates already; --force replaces them")
    within = {folder / parent for path in (*listed, *files) for parent in PurePosixPath(path).parents} - {folder}
    for place in sorted(within):
        if place.is_symlink():  # what would be replaced is not in this folder
            raise FolderError(f"{place}: it is a link to another place; move it away")
    ours = frozenset(path for path, digest in listed.items() if _digest(folder / path) == digest) | {MADE}
    for path in files:
        if path not in ours and os.path.lexists(folder / path):
            raise FolderError(f"{folder / path}: it is not what this command has made; move it away")
    return ours


def _listed(folder: Path) -> dict[str, str]:
    """The digests of an earlier set by the paths of its files; none leads out of the folder."""
    with suppress(FileNotFoundError), (folder / MADE).open("rb") as opened:
        lines = opened.read(LONGEST_LIST).decode("utf-8", "replace").splitlines()
        listed = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
        return {path: digest for path, digest in listed.items() if path and _is_below(path)}
    return {}


def _is_below(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def _clear(old: Path, folder: Path, ours: frozenset[str]) -> None:
    """Take an earlier set away: its files one by one, so that nothing else is. What else was there moves over."""
    for path in ours:
        with suppress(OSError):
            (old / path).unlink()
    for place in sorted(old.rglob("*")):
        if place.is_dir() and not place.is_symlink() and (folder / place.relative_to(old)).is_dir():
            continue  # what is in it follows by itself
        with suppress(OSError):
            place.rename(folder / place.relative_to(old))
    for place in sorted(old.rglob("*"), reverse=True):
        with suppress(OSError):
            place.rmdir()
    with suppress(OSError):
        old.rmdir()
    if old.exists():
        raise FolderError(f"{old}: what {folder} had beside its certificates is here, and can't be moved; move it back")
