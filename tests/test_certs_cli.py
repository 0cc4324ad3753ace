"""The commands for certificates as a user meets them: real processes, their output and their exit codes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "simulator", "certs"]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("CITYFIBRE_SIM_")}
CLEAN["PYTHONPATH"] = str(Path(__file__).parents[1])


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, to its end."""
    return subprocess.run(
        [*COMMAND, *words], cwd=folder, capture_output=True, text=True, env=CLEAN, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody has made a set for the buyers of the shipped inventory."""
    home = tmp_path_factory.mktemp("home")
    assert run(home, "init").returncode == 0
    return home


def test_a_set_is_made_and_the_next_commands_are_said(tmp_path: Path) -> None:
    """Nothing but what a stranger needs next; the port is the one of the settings."""
    config = tmp_path / "config.yaml"
    config.write_text("port: 4433\n")
    told = run(tmp_path, "init", "--dir", "my certs", "--buyer", "SPDEV1", "--config", "config.yaml", "--days", "9")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == (
        "made      my certs: for tests only, valid for 9 days\n"
        "          ca.pem, ca.key, ca.crl, trust.p12   an authority, what it has revoked, a trust store for Java\n"
        "          server.pem, server.key              the simulator's own certificate\n"
        "          clients/                            a certificate for each of 1 buyer: .pem, .key and .p12\n"
        "          bad/                                10 odd ones of clients, 3 of servers\n"
        "          .p12 files have the password changeit; nothing here belongs in a repository\n"
        "look      cityfibre-simulator certs show 'my certs'\n"
        "serve     cityfibre-simulator serve --tls required --certs 'my certs'\n"
        "call      curl --cacert 'my certs/ca.pem' --cert 'my certs/clients/SPDEV1'.pem"
        " --key 'my certs/clients/SPDEV1'.key \\\n"
        "              https://localhost:4433/cfsit/api2/faultReport.txt\n"
    )
    assert sorted(path.name for path in (tmp_path / "my certs" / "clients").iterdir()) == [
        "SPDEV1.key",
        "SPDEV1.p12",
        "SPDEV1.pem",
    ]


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ("", ["NOPE", "SPDEV1,TEST"]),
        ("inventory: any\n", []),
    ],
)
def test_a_buyer_that_the_inventory_lacks_is_told(tmp_path: Path, settings: str, warned: list[str]) -> None:
    """A comma makes no list of it. Its certificate is made: another inventory may have it."""
    (tmp_path / "config.yaml").write_text(settings)
    words = ("--buyer", "TEST", "--buyer", "NOPE", "--buyer", "SPDEV1,TEST", "--config", "config.yaml")
    told = run(tmp_path, "init", *words)
    assert (told.returncode, told.stderr) == (0, "")
    assert [line for line in told.stdout.splitlines() if "no buyer" in line] == [
        f"          {name} is no buyer of the inventory: refused, unless that lists it or is `inventory: any`"
        for name in warned
    ]
    assert (tmp_path / "certs" / "local" / "clients" / "NOPE.pem").exists()


def test_a_folder_that_is_gone_is_told_in_one_line(tmp_path: Path) -> None:
    """Whoever stands in it can make nothing there."""
    here = tmp_path / "here"
    here.mkdir()
    words = f'cd "{here}" && rmdir "{here}" && exec {" ".join(COMMAND)} init'
    told = subprocess.run(["/bin/sh", "-c", words], capture_output=True, text=True, env=CLEAN, timeout=60, check=False)
    complaint = "cityfibre-simulator: certs/local: can't be found from here: No such file or directory\n"
    assert (told.returncode, told.stdout, told.stderr) == (2, "", complaint)


def test_the_buyers_are_those_of_the_inventory(home: Path) -> None:
    """Those in force: the shipped ones, where none is named."""
    names = sorted(path.stem for path in (home / "certs" / "local" / "clients").glob("*.pem"))
    assert names == ["SPDEV1", "SPDEV2", "TEST"]


def test_what_is_there_is_shown(home: Path) -> None:
    """Every certificate, a line each."""
    told = run(home, "show")
    assert (told.returncode, told.stderr) == (0, "")
    assert re.search(
        r"^clients/TEST.pem +TEST +TEST +until \S+ +Development authority +for clients$", told.stdout, re.MULTILINE
    )
    assert len(told.stdout.splitlines()) == 25


def test_the_folder_is_said_as_for_the_other_commands_or_by_itself(home: Path, tmp_path: Path) -> None:
    """By `--dir`, or in the place of a file; what odd ones are stays said in a part of a set."""
    place = str(home / "certs" / "local")
    by_option, by_place = run(tmp_path, "show", "--dir", place), run(tmp_path, "show", place)
    assert (by_option.returncode, by_option.stdout) == (0, by_place.stdout)
    part = run(tmp_path, "show", f"{place}/bad/expired.pem")
    assert part.stdout.splitlines()[-1].endswith("bad: it was valid until a month ago")


@pytest.mark.parametrize(
    ("words", "code", "last"),
    [
        (("certs/local/clients/TEST.p12",), 0, "taken, as that of the buyer TEST"),
        (
            ("certs/local/clients/TEST.pem", "--trust", "certs/local/bad/wrong-authority-ca.pem"),
            1,
            (
                "  no authority that is trusted here has issued the client certificate: have one issued by such an"
                " authority, or send the intermediate certificates with it"
            ),
        ),
        (
            ("certs/local/bad/revoked.pem",),
            1,
            "  the client certificate, or that of an authority above it, has been revoked: have a new one issued",
        ),
        (("certs/local/bad/revoked.pem", "--trust", "certs/local/ca.pem"), 0, "taken, as that of the buyer SPDEV1"),
        (
            ("certs/local/bad/revoked.pem", "--trust", "certs/local/ca.pem", "--crl", "certs/local/ca.crl"),
            1,
            "  the client certificate, or that of an authority above it, has been revoked: have a new one issued",
        ),
    ],
)
def test_a_certificate_is_checked(home: Path, words: tuple[str, ...], code: int, last: str) -> None:
    """By the set's authority and its revocation list, or by those that are named."""
    told = run(home, "check", *words)
    assert (told.returncode, told.stderr) == (code, "")
    assert told.stdout.splitlines()[-1] == last


def test_the_buyer_is_one_of_the_inventory_that_is_named(home: Path, tmp_path: Path) -> None:
    """As `serve` would have it with the same flag."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("buyers: {OURS: {name: Ours}}\naddresses: {}\nproducts: {}\nservices: {}\n")
    told = run(home, "check", "certs/local/clients/TEST.pem", "--inventory-file", str(mine))
    assert told.returncode == 1
    assert "refused: names-no-buyer" in told.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("check", "certs"), "certs: can't be read: Is a directory"),
        (
            ("check", "certs/local/ca.pem", "--dir", "elsewhere"),
            "elsewhere/ca.pem: there is no authority; `certs init` makes one, and --trust names another",
        ),
        (("show", "elsewhere"), "elsewhere: there is no such file or folder; `certs init` makes a set"),
        (("init",), "certs/local: it has certificates already; --force replaces them"),
        (("init", "--days", "0"), "--days: expected 1 to 3650"),
        (("init", "--inventory-file", "nowhere"), "nowhere: can't be read: No such file or directory"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(home: Path, words: tuple[str, ...], complaint: str) -> None:
    """There is no traceback, and nothing has changed."""
    before = (home / "certs" / "local" / "ca.pem").read_bytes()
    told = run(home, *words)
    assert (told.returncode, told.stdout, told.stderr) == (2, "", f"cityfibre-simulator: {complaint}\n")
    assert (home / "certs" / "local" / "ca.pem").read_bytes() == before


def test_the_command_line_begins_without_cryptography() -> None:
    """Who only serves plain HTTP, or reads the help, does not wait for it."""
    look = "import sys, simulator.cli; print(sorted({'cryptography', 'OpenSSL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, env=CLEAN, check=True)
    assert done.stdout == "[]\n"
