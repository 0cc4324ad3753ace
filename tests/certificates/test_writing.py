"""A set is written whole or not at all, for its owner only, and never at the cost of somebody else's file."""

import os
import stat
from pathlib import Path

import pytest

from simulator.certificates.writing import FolderError, write

FIRST = {"ca.pem": b"first", "clients/A.key": b"key", "clients/B.key": b"key"}
SECOND = {"ca.pem": b"second", "clients/A.key": b"new", "bad/odd.key": b"odd"}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but the two that each set has."""
    every = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: data for path, data in every.items() if path not in {".gitignore", ".made"}}


def refused(folder: Path, *, replace: bool) -> str:
    """Why a second set is not written; nothing has changed then."""
    before = contents(folder)
    with pytest.raises(FolderError) as raised:
        write(folder, SECOND, replace=replace)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    return str(raised.value).removeprefix(str(folder))


def test_a_set_is_for_its_owner_only(tmp_path: Path) -> None:
    """Whatever the process would let others see."""
    before = os.umask(0)
    try:
        write(tmp_path / "certs" / "local", FIRST, replace=False)
    finally:
        os.umask(before)
    folder = tmp_path / "certs" / "local"
    assert contents(folder) == FIRST
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert {0o700} == {mode for path, mode in modes.items() if path.is_dir()}
    assert {0o600} == {mode for path, mode in modes.items() if path.is_file()}


def test_git_sees_nothing_of_it(tmp_path: Path) -> None:
    """Wherever the folder is."""
    write(tmp_path / "set", FIRST, replace=False)
    assert (tmp_path / "set" / ".gitignore").read_text("utf-8").splitlines()[-1] == "*"


def test_an_earlier_set_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    """Then nothing of it is left."""
    folder = tmp_path / "set"
    write(folder, FIRST, replace=False)
    assert refused(folder, replace=False) == ": it has certificates already; --force replaces them"
    write(folder, SECOND, replace=True)
    assert contents(folder) == SECOND
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    """As a volume of a container may be."""
    (tmp_path / "set").mkdir()
    write(tmp_path / "set", FIRST, replace=False)
    assert contents(tmp_path / "set") == FIRST


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, replace: bool) -> None:  # noqa: FBT001 - a cell
    """Even if certificates are to be replaced: there are none of ours."""
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    expected = ": it holds something else than certificates of this command; name another folder"
    assert expected == refused(folder, replace=replace)


def test_what_others_have_put_beside_a_set_survives_it(tmp_path: Path) -> None:
    """Files, folders, links that lead nowhere, at the top and among ours."""
    folder = tmp_path / "set"
    write(folder, FIRST, replace=False)
    (folder / "notes.txt").write_bytes(b"notes")
    (folder / "clients" / "own.key").write_bytes(b"own")
    (folder / "more").mkdir()
    (folder / "more" / "deep.txt").write_bytes(b"deep")
    (folder / "link").symlink_to("nowhere")
    write(folder, SECOND, replace=True)
    own = {"notes.txt": b"notes", "clients/own.key": b"own", "more/deep.txt": b"deep"}
    assert contents(folder) == {**SECOND, **own}
    assert (folder / "link").is_symlink()
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_file_of_ours_that_somebody_has_changed_is_theirs(tmp_path: Path) -> None:
    """It is not replaced, nor is one that was there before a set had its name."""
    folder = tmp_path / "set"
    write(folder, FIRST, replace=False)
    (folder / "clients" / "A.key").write_bytes(b"bought")
    assert refused(folder, replace=True) == "/clients/A.key: it is not what this command has made; move it away"
    (folder / "clients" / "A.key").write_bytes(b"key")
    (folder / "bad").mkdir()
    (folder / "bad" / "odd.key").write_bytes(b"own")
    assert refused(folder, replace=True) == "/bad/odd.key: it is not what this command has made; move it away"


def test_a_list_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """Whatever somebody has written into it."""
    folder, outside = tmp_path / "set", tmp_path / "outside"
    write(folder, FIRST, replace=False)
    outside.write_bytes(b"key")
    listed = (folder / ".made").read_text("utf-8")
    digest = next(line.split()[0] for line in listed.splitlines() if line.endswith("A.key"))
    (folder / ".made").write_text(f"{listed}{digest}  ../outside\n{digest}  {outside}\n", "utf-8")
    write(folder, SECOND, replace=True)
    assert outside.read_bytes() == b"key"


@pytest.mark.parametrize("name", ["clients", "bad"])
def test_a_link_among_the_folders_of_a_set_is_not_followed(tmp_path: Path, name: str) -> None:
    """What it leads to is elsewhere, be it of the earlier set or in the place of a folder of the new one."""
    folder, elsewhere = tmp_path / "home" / "set", tmp_path / "elsewhere"
    write(folder, FIRST, replace=False)
    (folder / "clients").rename(elsewhere) if name == "clients" else elsewhere.mkdir()
    (folder / name).symlink_to(elsewhere)
    there = contents(elsewhere)
    assert refused(folder, replace=True) == f"/{name}: it is a link to another place; move it away"
    assert contents(elsewhere) == there


def test_a_run_that_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the new set is whole, and between the two renames."""
    folder = tmp_path / "set"
    write(folder, FIRST, replace=False)
    with pytest.raises(FolderError):
        write(folder, {**SECOND, "clients": b"a file where a folder is"}, replace=True)
    rename, tries = Path.rename, []

    def second_fails(path: Path, target: Path) -> Path:
        tries.append(path)
        if len(tries) == 2:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(KeyboardInterrupt):
        write(folder, SECOND, replace=True)
    assert contents(folder) == FIRST
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in its place, or whoever stands in it: the shell would be nowhere."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match=r"/file: can't be read: Not a directory"):
        write(tmp_path / "file", FIRST, replace=False)
    with pytest.raises(FolderError, match=r"/file/set: can't be written: File exists"):
        write(tmp_path / "file" / "set", FIRST, replace=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(FolderError, match=r"^\.: it is the folder that you are in; name one below it"):
        write(Path(), FIRST, replace=False)
    (tmp_path / "here").rmdir()
    with pytest.raises(FolderError, match=r"^certs: can't be found from here: No such file or directory"):
        write(Path("certs"), FIRST, replace=False)


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    """The set is where it leads."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", FIRST, replace=False)
    assert (tmp_path / "link").is_symlink()
    assert contents(tmp_path / "real") == FIRST
