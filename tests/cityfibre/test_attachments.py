"""Attachments: how a file is told of, and what is left of a hostile name."""

import pytest

from simulator.cityfibre.attachments import File, find, plain_name
from simulator.cityfibre.messages import Attachment

NAMES = {
    "plain": ("image.jpg", "image.jpg"),
    "with-spaces": (" my   photo.jpg ", "my photo.jpg"),
    "any-language": ("Brânză – 光纤.jpg", "Brânză – 光纤.jpg"),
    "climbing": ("../../etc/passwd", "passwd"),
    "absolute": ("/etc/passwd", "passwd"),
    "windows": ("C:\\x\\y.jpg", "y.jpg"),
    "climbing-in-windows": ("..\\..\\boot.ini", "boot.ini"),
    "both-slashes": ("a/b\\c/d.jpg", "d.jpg"),
    "share": ("\\\\server\\share\\y.jpg", "y.jpg"),
    "a-folder": ("photos/", "file"),
    "hidden": (".htaccess", "htaccess"),
    "ends-with-a-dot": ("evil.exe.", "evil.exe"),
    "only-dots": ("...", "file"),
    "dots-and-spaces": (" . . ", "file"),
    "empty": ("", "file"),
    "blank": (" \t\r\n", "file"),
    "no-break-space": ("\u00a0", "file"),
    "lines": ("a.jpg\r\nSet-Cookie: x=1", "a.jpg Set-Cookie: x=1"),
    "nul": ("a.jpg\x00.exe", "a.jpg?.exe"),
    "escape": ("a\x1b[2Jb.jpg", "a?[2Jb.jpg"),
    "delete": ("a\x7fb.jpg", "a?b.jpg"),
    "c1": ("a\x9bb.jpg", "a?b.jpg"),
    "runs-backwards": ("photo\u202egpj.exe", "photo?gpj.exe"),
    "isolated": ("a\u2066b\u2069.jpg", "a?b?.jpg"),
    "no-width": ("a\u200bb\ufeff.jpg", "a?b?.jpg"),
    "another-line": ("a\u2028b.jpg", "a b.jpg"),
    "half-a-character": ("a\ud800.jpg", "a?.jpg"),
    "markup": ("<script>.jpg", "<script>.jpg"),
    "long": ("x" * 5000, "x" * 200),
    "long-and-cut-at-a-dot": ("x" * 199 + ".jpg", "x" * 199),
    "long-folder": ("x" * 5000 + "/a.jpg", "a.jpg"),
    "long-dots": ("." * 5000 + "a.jpg", "file"),
    "five-thousand-that-run-backwards": ("\u202e" * 5000, "?" * 200),
}


@pytest.mark.parametrize(("filename", "expected"), NAMES.values(), ids=NAMES.keys())
def test_a_name_as_a_person_may_be_shown_it(filename: str, expected: str) -> None:
    """No folder, nothing that steers a terminal or turns letters round, never long, never empty."""
    assert plain_name(filename) == expected


@pytest.mark.parametrize("filename", [name for name, _ in NAMES.values()], ids=NAMES.keys())
def test_what_is_shown_is_harmless_whatever_was_sent(filename: str) -> None:
    """One printable line, no way to another folder; shown again it stays the same."""
    shown = plain_name(filename)
    assert shown.isprintable()
    assert not {"/", "\\"} & set(shown)
    assert not shown.startswith(".")
    assert 1 <= len(shown) <= 200
    assert plain_name(shown) == shown


@pytest.mark.parametrize(
    ("file", "uploaded"),
    [(File("KEY", "a.jpg"), False), (File("KEY", "a.jpg", 0, "e3b0"), True), (File("KEY", "a.jpg", 7, "0a1b"), True)],
    ids=["announced", "empty", "put"],
)
def test_how_a_file_is_told_of(file: File, uploaded: bool) -> None:  # noqa: FBT001 - a row of a table
    """An answer says where to put it; a notification does not. An empty file has been put too."""
    assert file.offered() == Attachment(filename="a.jpg", url="attachment:KEY", uploaded=uploaded)
    assert file.shown() == Attachment(filename="a.jpg", uploaded=uploaded)


def test_a_name_finds_its_file() -> None:
    """To the letter."""
    files = (File("ONE", "a.jpg"), File("TWO", "A.jpg"))
    assert [find(files, name) for name in ("A.jpg", "a.jpg", "a.jpg ", "")] == [files[1], files[0], None, None]
