"""What `certs show` shows: a table that a stranger can read."""

import errno
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.certificates.files import CertificateFileError
from simulator.certificates.oddities import CLIENTS, SERVERS
from simulator.certificates.telling import shown, validity
from simulator.certificates.writing import write
from tests.certificates.conftest import NOW

BEGIN, END = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 2, 5, 9, tzinfo=UTC)


@pytest.fixture
def folder(made: Mapping[str, bytes], tmp_path: Path) -> Path:
    """The set, in a folder."""
    write(tmp_path / "set", made, replace=False)
    return tmp_path / "set"


def cells(place: Path) -> dict[str, list[str]]:
    """The table's rows by their files, without the header; the first of each file."""
    rows: dict[str, list[str]] = {}
    for _, text in list(shown(place, NOW, "changeit"))[1:]:
        name, *others = [cell for cell in text.split("  ") if cell]
        rows.setdefault(name, [other.strip() for other in others])
    return rows


def test_every_certificate_of_a_set_is_shown_with_what_it_is_for(folder: Path) -> None:
    """The authority first, then the server, then the buyers; a store is not shown beside its PEM file."""
    rows = cells(folder)
    assert list(rows)[:6] == ["ca.crl", "ca.pem", "server.pem", "trust.p12", "clients/SPDEV1.pem", "clients/SPDEV2.pem"]
    bad = {f"bad/{one.name}.pem" for one in (*CLIENTS, *SERVERS)} | {"bad/wrong-authority-ca.pem"}
    assert set(list(rows)[6:]) == bad
    until = f"until {NOW + timedelta(days=825):%Y-%m-%d}"
    assert rows["clients/SPDEV1.pem"] == ["SPDEV1", "SPDEV1", until, "Development authority", "for clients"]
    assert rows["bad/expired.pem"] == [
        "SPDEV1",
        "SPDEV1",
        "expired 30 days ago",
        "Development authority",
        "bad: it was valid until a month ago",
    ]
    assert rows["bad/two-buyers.pem"][0] == "SPDEV1, SPDEV2"
    assert rows["ca.crl"][0] == "1 revoked"
    assert rows["server.pem"][1] == "localhost, host.docker.internal, si…"


def test_what_is_not_valid_now_is_marked(folder: Path) -> None:
    """By the tone of its line."""
    marked = {text.split()[0] for tone, text in shown(folder, NOW, "changeit") if tone == "warning"}
    assert marked == {"bad/expired.pem", "bad/not-yet-valid.pem", "bad/server-expired.pem"}


def test_other_files_are_told_and_do_not_end_the_table(folder: Path) -> None:
    """One that is broken, one that is a key, one whose password is another."""
    (folder / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (folder / "key.pem").write_bytes((folder / "ca.key").read_bytes())
    rows = {text.split("  ")[0]: text.split("  ")[-1].strip() for _, text in shown(folder, NOW, "wrong")}
    assert rows["broken.pem"] == "a block is cut short; export it anew"
    assert rows["key.pem"] == "no certificate, but a private key"
    assert rows["trust.p12"].startswith("the password does not open it")
    assert rows["clients/SPDEV1.pem"] == "for clients"


def test_a_part_of_a_set_is_explained_as_in_the_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of its folders, one file, and from within."""
    odd = "bad: it is for servers only"
    assert cells(folder / "bad")["wrong-usage.pem"][-1] == odd
    assert cells(folder / "bad" / "wrong-usage.pem")["wrong-usage.pem"][-1] == odd
    monkeypatch.chdir(folder / "bad")
    assert cells(Path("wrong-usage.pem"))["wrong-usage.pem"][-1] == odd
    assert cells(Path())["wrong-usage.pem"][-1] == odd
    both = [text.split()[-3:] for _, text in shown(folder / "bad" / "good-intermediate.pem", NOW, "")]
    assert both[-1] == ["sent", "with", "it"]


def test_one_file_is_shown_with_what_it_says_of_itself(made: Mapping[str, bytes], tmp_path: Path) -> None:
    """Outside of a set its name says nothing."""
    for name in ("clients/SPDEV1", "bad/wrong-usage", "bad/wrong-authority-ca"):
        (tmp_path / f"{name.rpartition('/')[2]}.pem").write_bytes(made[f"{name}.pem"])
    assert cells(tmp_path / "SPDEV1.pem")["SPDEV1.pem"][-1] == "for clients"
    assert cells(tmp_path / "wrong-usage.pem")["wrong-usage.pem"][-1] == "for servers"
    assert cells(tmp_path / "wrong-authority-ca.pem")["wrong-authority-ca.pem"][-1] == "an authority"


def test_a_folder_that_can_not_be_looked_into_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is shown; where there is no rest, that is an error."""
    scan = os.scandir

    def closed(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "clients":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    rows = list(shown(folder, NOW, "changeit"))
    tone, text = rows[-1]
    assert (tone, text.split(None, 1)) == ("warning", ["clients/", "can't be read: Permission denied"])
    assert any(text.startswith("bad/expired.pem") for _, text in rows)
    with pytest.raises(CertificateFileError, match="/clients: can't be read: Permission denied"):
        list(shown(folder / "clients", NOW, "changeit"))


def test_where_there_is_nothing_that_is_said(tmp_path: Path) -> None:
    """With the command that makes some."""
    with pytest.raises(CertificateFileError, match="there is no certificate in it; `certs init` makes some"):
        list(shown(tmp_path, NOW, ""))
    with pytest.raises(CertificateFileError, match="there is no such file or folder; `certs init` makes a set"):
        list(shown(tmp_path / "nowhere", NOW, ""))


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (BEGIN - timedelta(seconds=1), "from 2026-01-05 on"),
        (BEGIN, "until 2026-02-05"),
        (END, "until 2026-02-05"),
        (END + timedelta(seconds=1), "expired today"),
        (END + timedelta(days=1), "expired a day ago"),
        (END + timedelta(days=3, hours=5), "expired 3 days ago"),
    ],
)
def test_validity_is_told_in_words(now: datetime, words: str) -> None:
    """To the second, at both ends."""
    assert words == validity(BEGIN, END, now)


def test_what_never_ends_is_valid_for_ever() -> None:
    """A revocation list need not say when the next one comes."""
    assert validity(BEGIN, None, END) == "for ever"
