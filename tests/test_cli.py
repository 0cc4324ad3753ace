"""The command line as a user meets it: real processes, their output and their exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

COMMAND = [sys.executable, "-m", "simulator"]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("CITYFIBRE_SIM_")}


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    environment = {**CLEAN, **variables}
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, env=environment, timeout=30, check=False)


def test_the_version() -> None:
    """One line, as release scripts expect it."""
    assert run("--version").stdout == "cityfibre-simulator 0.1.0\n"


def test_the_demonstration_tells_a_ticket_from_query_to_closure() -> None:
    """Several simulated days, in the order of the supplier's text."""
    told = run("demo")
    steps = [
        "→  queryAppointmentAvailability   200",
        "→  reserveAppointment             200",
        "→  addFaultReport                 201",
        "is accepted",
        "the appointment is confirmed",
        "is in-progress",
        "the appointment is completed (FR)",
        "is resolved",
        "→  resolveResponse                200",
        "is closed",
    ]
    places = [told.stdout.find(step) for step in steps]
    assert (told.returncode, told.stderr) == (0, "")
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("words", "variables", "complaint"),
    [
        (
            ("serve", "--port", "70000"),
            {},
            "cityfibre-simulator: flag --port: port: expected at most 65535, found '70000'\n",
        ),
        (
            ("serve", "--config", "/nowhere/at/all.yaml"),
            {},
            "cityfibre-simulator: /nowhere/at/all.yaml: cannot be read: No such file or directory\n",
        ),
        (
            ("config", "show"),
            {"CITYFIBRE_SIM_ENVELOP": "soap"},
            (
                "cityfibre-simulator: variable CITYFIBRE_SIM_ENVELOP: there is no such setting — did you mean"
                " `CITYFIBRE_SIM_ENVELOPE`?\n"
            ),
        ),
        (
            ("inventory", "--config", "/nowhere/at/all.yaml"),
            {},
            "cityfibre-simulator: /nowhere/at/all.yaml: cannot be read: No such file or directory\n",
        ),
        (
            ("serve", "--inventory-file", "/nowhere/inventory.yaml", "--port", "0", "--control-port", "0"),
            {},
            "cityfibre-simulator: /nowhere/inventory.yaml: can't be read: No such file or directory\n",
        ),
        (
            ("serve", "--ready-file", "/nowhere/ready.json", "--port", "0", "--control-port", "0"),
            {},
            "cityfibre-simulator: /nowhere/ready.json: can't be written: No such file or directory\n",
        ),
        (
            ("listen", "--port", "0", "--fail", "500", "--only", "resolve"),
            {},
            "cityfibre-simulator: --only: no ticket is ever resolve — did you mean `resolved`?\n",
        ),
        (
            ("listen", "--port", "0", "--first", "2"),
            {},
            "cityfibre-simulator: --first, --probability and --only say when to fail: say how, with --fail\n",
        ),
        (
            ("listen", "--port", "0", "--forward-to", "http://me:secret@localhost/"),
            {},
            (
                "cityfibre-simulator: --forward-to: a URL with a user or a password is not taken: it would be shown"
                " with the settings\n"
            ),
        ),
        (
            ("listen", "--port", "0", "--ready-file", "/nowhere/ready.json"),
            {},
            "cityfibre-simulator: /nowhere/ready.json: can't be written: No such file or directory\n",
        ),
    ],
    ids=[
        "flag",
        "config",
        "variable",
        "inventory",
        "inventory-file",
        "ready-file",
        "listen-only",
        "listen-first",
        "listen-forward-to",
        "listen-ready-file",
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(
    words: tuple[str, ...], variables: dict[str, str], complaint: str
) -> None:
    """It names the source, and there is no traceback."""
    told = run(*words, **variables)
    assert (told.returncode, told.stdout, told.stderr) == (2, "", complaint)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_listen_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """What comes is printed and acknowledged; what is to fail fails; a signal ends it, though a sender still waits."""
    ready = tmp_path / "ready.json"
    words = ["listen", "--port", "0", "--fail", "silent", "--only", "closed", "--raw", "--ready-file", str(ready)]
    body = "<notifyFaultReportUpdate><messageId>CF-1</messageId>{}</notifyFaultReportUpdate>"
    accepted = body.format("<faultDetails><status>accepted</status></faultDetails>")
    with subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=CLEAN
    ) as it:
        try:
            url = wait_for(ready)["notify"]
            xml = {"Content-Type": "application/xml"}
            with urlopen(Request(url, accepted.encode(), xml), timeout=5) as answer:  # noqa: S310 - our own server
                assert b"<responseCode>200</responseCode>" in answer.read()
            with pytest.raises(TimeoutError):
                urlopen(Request(url, data=accepted.replace("accepted", "closed").encode()), timeout=0.2)  # noqa: S310
        finally:
            it.send_signal(number)
            out, err = it.communicate(timeout=10)
    assert (it.returncode, err) == (0, "")
    assert not ready.exists()
    assert out.splitlines() == [
        f"listens   {url}, and at any other path",
        "answers   with an acknowledgement; fails always, only at closed: no answer at all",
        "          Ctrl+C ends",
        "                    ←  accepted                       CF-1",
        "Content-Type: application/xml",
        accepted,
        "                    →  200, acknowledged  CF-1",
        "                    ←  closed                         CF-1",
        "                    !  it is said to be application/x-www-form-urlencoded, and not XML",
        "Content-Type: application/x-www-form-urlencoded",
        accepted.replace("accepted", "closed"),
        "                    →  no answer at all, as told (--fail silent)  CF-1",
    ]


def test_listen_does_not_hand_on_to_itself() -> None:
    """It would go round in a circle."""
    told = run("listen", "--port", "49001", "--forward-to", "http://localhost:49001/x")
    expected = "cityfibre-simulator: --forward-to: that is where this command itself is to listen\n"
    assert (told.returncode, told.stdout, told.stderr) == (2, "", expected)


def test_a_listening_port_in_use_is_one_line_and_exit_code_2() -> None:
    """As for serve."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run("listen", "--port", str(port))
    expected = f"can't listen on 127.0.0.1:{port} (--port): the port is in use; choose another, or 0 for any free one"
    assert (told.returncode, told.stdout, told.stderr) == (2, "", f"cityfibre-simulator: {expected}\n")


def test_an_unknown_flag_is_exit_code_2() -> None:
    """With the nearest one that there is."""
    told = run("serve", "--prot", "0")
    assert told.returncode == 2
    assert "No such option '--prot'. (Did you mean" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_port_in_use_is_one_line_and_exit_code_2() -> None:
    """It says which, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run("serve", "--port", str(port), "--control-port", "0")
    expected = f"can't listen on 127.0.0.1:{port} (--port): the port is in use; choose another, or 0 for any free one"
    assert (told.returncode, told.stdout, told.stderr) == (2, "", f"cityfibre-simulator: {expected}\n")


def test_settings_and_where_each_came_from(tmp_path: Path) -> None:
    """Flags before variables before the file before defaults."""
    file = tmp_path / "mine.yaml"
    file.write_text("seed: 5\nrate: 60\ninventory: any\n")
    told = run("config", "show", "--config", str(file), "--rate", "2", CITYFIBRE_SIM_SEED="7")
    lines = {line.split()[0]: line.split(None, 2)[1:] for line in told.stdout.splitlines()}
    assert lines["port"] == ["41223", "default"]
    assert lines["rate"] == ["2.0", "flag --rate"]
    assert lines["seed"] == ["7", "variable CITYFIBRE_SIM_SEED"]
    assert lines["inventory"] == ["any", f"file {file}:3:1"]


def test_the_printed_inventory_can_be_used(tmp_path: Path) -> None:
    """What it prints is a file that --inventory-file takes, and that prints the same again."""
    mine = tmp_path / "inventory.yaml"
    mine.write_text(run("inventory").stdout)
    config = tmp_path / "config.yaml"
    config.write_text("inventory_file: inventory.yaml\n")
    again = run("inventory", "--config", str(config))
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == mine.read_text()
    assert "S21709" in again.stdout


def test_serve_until_a_signal(tmp_path: Path) -> None:
    """The ready file is whole when it is there; a report is answered; SIGTERM ends it in peace."""
    ready = tmp_path / "ready.json"
    words = ["serve", "--port", "0", "--control-port", "0", "--clock", "frozen", "--ready-file", str(ready)]
    with subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=CLEAN
    ) as it:
        try:
            addresses = wait_for(ready)
            report = (Path(__file__).parent / "examples" / "add_fault_report.xml").read_bytes()
            request = Request(  # noqa: S310 - our own server
                f"{addresses['supplier']}/cfsit/api2/addFaultReport",
                data=report,
                headers={"Content-Type": "application/xml"},
            )
            with urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
                assert answer.status == 201
            with urlopen(f"{addresses['control']}/health/ready", timeout=5) as answer:  # noqa: S310 - as above
                assert json.load(answer) == {"status": "ready"}
        finally:
            it.send_signal(signal.SIGTERM)
            out, err = it.communicate(timeout=10)
    assert (it.returncode, err) == (0, "")
    assert "→  addFaultReport                 201" in out
    assert "<notifyFaultReportUpdate" in out


def wait_for(ready: Path) -> dict[str, str]:
    """The addresses in a ready file, once it is there."""
    deadline = time.monotonic() + 10
    while not ready.exists():
        assert time.monotonic() < deadline, "the simulator did not become ready"
        time.sleep(0.02)
    addresses: dict[str, str] = json.loads(ready.read_text())
    return addresses


def test_a_ready_file_of_an_earlier_run_is_not_believed(tmp_path: Path) -> None:
    """It is gone before anything listens, and again at the end."""
    ready = tmp_path / "ready.json"
    ready.write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run("serve", "--port", port, "--control-port", "0", "--ready-file", str(ready)).returncode == 2
    assert not ready.exists()
