"""docs/tls.md tells certificates as they are: its tables are the code's, its commands exist, its Java runs."""

import dataclasses
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from simulator.certificates.oddities import CLIENTS, SERVERS
from simulator.certs_cli import certs
from simulator.cityfibre.inventory import default, read_inventory
from tests.test_cli import CLEAN
from tests.tls.buyers import needs_curl, needs_openssl

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "tls.md").read_text("utf-8")
SEVERAL = {"integer": "N", "text": "TEXT"}


def rows(header: str) -> list[str]:
    """The rows of the table that has this header."""
    lines = PAGE.splitlines()
    first = lines.index(header) + 2
    return lines[first : next(at for at in range(first, len(lines)) if not lines[at].startswith("|"))]


def blocks(language: str) -> list[str]:
    """The blocks of code in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands() -> list[list[str]]:
    """The words of every command that the page shows."""
    lines = "\n".join(blocks("console")).replace("\\\n", " ").splitlines()
    return [shlex.split(line.removeprefix("$ ")) for line in lines if line.startswith("$ ")]


def test_every_bad_certificate_of_a_client_is_told_with_what_it_gets() -> None:
    """As the code's table has it. Where this fails, the left side shows the rows to put into the page."""
    made = [
        f"| `{one.name}` | {one.odd} | {f'`{one.reason}`' if one.reason else '(it is good)'} | {one.required} |"
        f" {one.optional} |"
        for one in CLIENTS
    ]
    assert made == rows("| `bad/` | what is odd | reason | `--tls required` | `--tls optional` |")


def test_every_bad_certificate_of_a_server_is_told() -> None:
    """Likewise."""
    made = [f"| `{one.name}` | {one.odd} | {one.noticed} |" for one in SERVERS]
    assert made == rows("| `bad/` | what is odd | what a client notices |")


@pytest.mark.parametrize(
    ("name", "header"), [("init", "certs init"), ("show", r"certs show [DIR\|FILE]"), ("check", "certs check FILE")]
)
def test_every_flag_is_told_with_its_help(name: str, header: str) -> None:
    """As `--help` has them."""
    made = []
    for one in certs.commands[name].params:
        if isinstance(one, click.Option):
            metavar = "" if one.is_flag else f" {one.metavar or SEVERAL[one.type.name]}"
            default = f" [{one.default}]" if one.show_default else ""
            made.append(f"| `{one.opts[0]}{metavar}` | {' '.join((one.help or '').split())}{default} |")
    assert made == rows(f"| `{header}` | what it does |")


def test_its_commands_for_certificates_exist() -> None:
    """With their flags; what `serve` takes is held by its own tests."""
    ours = [words[2:] for words in commands() if words[:2] == ["cityfibre-simulator", "certs"]]
    assert [words[0] for words in ours] == ["init", "check"]
    for name, *words in ours:
        certs.commands[name].make_context(name, list(words))


def test_the_files_that_it_names_are_made(home: Path) -> None:
    """Every path below certs/local that the page shows."""
    named = set(re.findall(r"certs/local/([\w/.-]+\.\w+)", PAGE))
    assert len(named) > 8
    assert sorted(path for path in named if not (home / "certs" / "local" / path).is_file()) == []
    top = {name for row in rows("| file | what it is |") for name in re.findall(r"`([\w./]+)`", row.split("|")[1])}
    there = {path.name + "/" * path.is_dir() for path in (home / "certs" / "local").iterdir()}
    assert top == {name for name in there if not name.startswith(".")}


def test_what_check_prints_is_what_it_shows(home: Path) -> None:
    """But for the instants."""
    shown = next(block for block in blocks("console") if "certs check" in block)
    words = shlex.split(shown.splitlines()[0])[2:]
    told = subprocess.run(
        [sys.executable, "-m", "simulator", *words],
        cwd=home,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    instant = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
    assert instant.sub("", told.stdout) == instant.sub("", "".join(shown.splitlines(keepends=True)[1:]))


ENVIRONMENT = {**CLEAN, "PYTHONPATH": str(TOP)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `certs init` has been run."""
    home = tmp_path_factory.mktemp("home")
    (home / "tests").symlink_to(TOP / "tests")
    subprocess.run([sys.executable, "-m", "simulator", "certs", "init"], cwd=home, env=ENVIRONMENT, check=True)
    return home


# -- a simulator with that set


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[dict[str, int]]:
    """The ports of a simulator that is started as the page says, but on free ones."""
    start = next(words for words in commands() if words[:2] == ["cityfibre-simulator", "serve"])
    ready = home / "ready.json"
    free = ["--port", "0", "--control-port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", *start[1:], *free], cwd=home, env=ENVIRONMENT, stdout=subprocess.DEVNULL
    ) as process:
        until = time.monotonic() + 10
        while not ready.exists() and time.monotonic() < until:
            time.sleep(0.02)
        told = json.loads(ready.read_text("utf-8"))
        yield {name: int(told[name].rpartition(":")[2]) for name in ("supplier", "control")}
        process.terminate()


def typed(words: list[str], home: Path, served: Mapping[str, int]) -> str:
    """What a command of the page says, with the ports that there are."""
    ports = {":41223": f":{served['supplier']}", ":41224": f":{served['control']}"}
    for old, new in ports.items():
        words = [word.replace(old, new) for word in words]
    done = subprocess.run(words, cwd=home, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


@needs_curl
def test_four_commands_lead_to_a_call(home: Path, served: Mapping[str, int]) -> None:
    """The first two have made the set and started the simulator; then come the call, and a look at who was refused."""
    first, second, call, look = commands()[:4]
    assert [first[:3], second[:2]] == [["cityfibre-simulator", "certs", "init"], ["cityfibre-simulator", "serve"]]
    assert "<responseCode>201</responseCode>" in typed(call, home, served)
    before = json.loads(typed(look, home, served))["number"]
    without = [word for word in call if not word.startswith("certs/local/clients/") and word not in {"--cert", "--key"}]
    typed(without, home, served)
    after = json.loads(typed(look, home, served))
    assert (after["tls"], after["number"] - before) == ("required", 1)
    assert after["refusals"][0]["reason"] == "no-certificate"


@needs_openssl
def test_its_openssl_is_told_the_alert_of_the_table(home: Path, served: Mapping[str, int]) -> None:
    """The line as it stands, in a shell."""
    assert "alert certificate revoked" in typed(["sh", "-c", s_client()], home, served)


@needs_openssl
def test_its_openssl_sends_an_intermediate_certificate_only_if_told_to(home: Path, served: Mapping[str, int]) -> None:
    """The first certificate of the file alone is the client's."""
    line = s_client().replace("bad/revoked", "bad/good-intermediate")
    assert "alert unknown ca" in typed(["sh", "-c", line], home, served)
    whole = f"{line.rstrip()} -cert_chain certs/local/bad/good-intermediate.pem"
    assert "HTTP/1.1 200 OK" in typed(["sh", "-c", whole], home, served)


def s_client() -> str:
    """The page's line for OpenSSL's own client."""
    (line,) = [block for block in blocks("console") if "s_client" in block]
    return line.removeprefix("$ ")


@needs_curl
@pytest.mark.parametrize(("version", "said"), [("1.2", "(60)"), ("1.3", "(56)")])
def test_curl_says_what_the_page_says_of_an_expired_certificate(
    home: Path, served: Mapping[str, int], version: str, said: str
) -> None:
    """By the version of TLS."""
    call = [word.replace("clients/SPDEV1", "bad/expired") for word in commands()[2]]
    assert typed([*call, "--tls-max", version], home, served).startswith(f"curl: {said} ")
    assert f"`{said} " in PAGE


def test_its_line_of_the_inventory_stands_for_the_buyer(home: Path) -> None:
    """Put into what the command prints, in the place of the one that is there; nothing else changes."""
    (line,) = blocks("yaml")
    show, serve = (words for words in commands() if "inventory.yaml" in words)
    assert (show[1:], serve[-2:]) == (["inventory", ">", "inventory.yaml"], ["--inventory-file", "inventory.yaml"])
    words = [sys.executable, "-m", "simulator", *show[1:2]]
    printed = subprocess.run(words, cwd=home, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
    lines = printed.splitlines(keepends=True)
    lines[next(at for at, one in enumerate(lines) if one.startswith("  SPDEV1:"))] = line
    mine, shipped = read_inventory("".join(lines), "inventory.yaml"), default()
    assert mine.certified == {**shipped.certified, "faults.provider.example": "SPDEV1"}
    listed = dataclasses.replace(shipped.buyers["SPDEV1"], certificates=("faults.provider.example",))
    assert mine == dataclasses.replace(shipped, buyers={**shipped.buyers, "SPDEV1": listed})


# -- Java


def java(home: Path, served: Mapping[str, int]) -> str:
    """What the page's program says, of a call to the simulator."""
    (program,) = blocks("java")
    (home / "Call.java").write_text(program.replace(":41223/", f":{served['supplier']}/"), "utf-8")
    words = [shutil.which("java") or "java", "Call.java"]
    told = subprocess.run(words, cwd=home, capture_output=True, text=True, timeout=60, check=False)
    return told.stdout + told.stderr


needs_java = pytest.mark.skipif(not shutil.which("java"), reason="needs a Java development kit")


@needs_java
def test_its_java_makes_a_call(home: Path, served: Mapping[str, int]) -> None:
    """As it stands, with the set's key store and trust store."""
    assert java(home, served) == "200\n"


@needs_java
@pytest.mark.parametrize(
    ("bad", "alert"),
    [
        ("revoked", "certificate_revoked"),
        ("wrong-authority", "certificate_required"),
        ("self-signed", "certificate_required"),
        ("missing-intermediate", "certificate_required"),
    ],
)
def test_a_java_client_with_a_bad_certificate_is_told_the_alert_of_the_page(
    home: Path, served: Mapping[str, int], bad: str, alert: str
) -> None:
    """Its store lies in the place of the good one."""
    stores = home / "certs" / "local"
    good = (stores / "clients" / "SPDEV1.p12").read_bytes()
    (stores / "clients" / "SPDEV1.p12").write_bytes((stores / "bad" / f"{bad}.p12").read_bytes())
    try:
        assert f"Received fatal alert: {alert}" in java(home, served)
    finally:
        (stores / "clients" / "SPDEV1.p12").write_bytes(good)
