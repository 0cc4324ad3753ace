"""docs/tls.md tells certificates as they are: its tables are the code's, its commands exist, its Java runs."""

import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest
from OpenSSL import SSL

from simulator.certificates.oddities import CLIENTS, SERVERS
from simulator.certificates.trust import Trust
from simulator.certs_cli import certs
from tests.test_cli import CLEAN

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


@pytest.mark.parametrize(("name", "header"), [("init", "certs init"), ("check", "certs check FILE")])
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
    subprocess.run([sys.executable, "-m", "simulator", "certs", "init"], cwd=home, env=ENVIRONMENT, check=True)
    return home


# -- Java


@pytest.fixture
def port(home: Path) -> Iterator[int]:
    """Where a server requires certificates of the set, and answers 200 to whoever has one."""
    folder = home / "certs" / "local"
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(folder / "server.pem"))
    context.use_privatekey_file(str(folder / "server.key"))
    store = context.get_cert_store()
    assert store is not None
    Trust.read(folder / "ca.pem", folder / "ca.crl").fill(store)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer_all, args=(listening, context, ended))
        thread.start()
        yield listening.getsockname()[1]
        ended.set()
        thread.join()


def answer_all(listening: socket.socket, context: SSL.Context, ended: threading.Event) -> None:
    """Answer one connection after the other: Java's client may try a second one after a refusal."""
    listening.settimeout(0.1)
    while not ended.is_set():
        try:
            connected, _ = listening.accept()
        except TimeoutError:
            continue
        with connected:
            connected.settimeout(None)
            answer(connected, context)


def answer(connected: socket.socket, context: SSL.Context) -> None:
    """200, or an alert; a client that is refused is waited for until it has read why."""
    connection = SSL.Connection(context, connected)
    connection.set_accept_state()
    try:
        connection.do_handshake()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    except SSL.Error:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_WR)
            while connected.recv(65536):
                pass


def java(home: Path, port: int) -> str:
    """What the page's program says, of a call to this port."""
    (program,) = blocks("java")
    (home / "Call.java").write_text(program.replace(":41223/", f":{port}/"), "utf-8")
    words = [shutil.which("java") or "java", "Call.java"]
    told = subprocess.run(words, cwd=home, capture_output=True, text=True, timeout=60, check=False)
    return told.stdout + told.stderr


needs_java = pytest.mark.skipif(not shutil.which("java"), reason="needs a Java development kit")


@needs_java
def test_its_java_makes_a_call(home: Path, port: int) -> None:
    """As it stands, with the set's key store and trust store."""
    assert java(home, port) == "200\n"


@needs_java
def test_a_java_client_with_a_bad_certificate_is_told_the_alert_of_the_table(home: Path, port: int) -> None:
    """Here that of a revoked one, whose store lies in the place of the good one."""
    stores = home / "certs" / "local"
    good = (stores / "clients" / "SPDEV1.p12").read_bytes()
    (stores / "clients" / "SPDEV1.p12").write_bytes((stores / "bad" / "revoked.p12").read_bytes())
    try:
        assert "Received fatal alert: certificate_revoked" in java(home, port)
    finally:
        (stores / "clients" / "SPDEV1.p12").write_bytes(good)
