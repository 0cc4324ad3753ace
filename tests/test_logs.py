"""The log for machines: one JSON object a line, whatever happens and whatever a stranger writes."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from simulator import __version__
from simulator.core.journal import Data, Entry
from simulator.runtime.logs import Records, Said, lost, told, writer
from tests.messages import add
from tests.rig import Simulator
from tests.sessions import every_kind

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
REPORT = (Path(__file__).parent / "examples" / "add_fault_report.xml").read_bytes()
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("CITYFIBRE_SIM_")}
Line = dict[str, Any]


def written(*everything: Said) -> list[Line]:
    """What stands in the log then: every line is one JSON object of ASCII."""
    stream = io.StringIO()
    write = writer(stream)
    for one in everything:
        write(one)
    text = stream.getvalue()
    assert text.isascii()
    assert text.count("\n") == len(everything)
    return [json.loads(line) for line in text.splitlines()]


def entry(kind: str, data: Data, ticket: str = "") -> Entry:
    return Entry(1, START, 0, kind, ticket, data)


# -- entries of a journal


def test_an_entry_tells_who_where_and_when() -> None:
    """The answer to a report, beside the report itself: whose ticket, which operation, which message."""
    (_, answered, *_) = written(*told("cfsit", every_kind()))
    real = datetime.fromisoformat(answered.pop("timestamp"))
    assert abs((datetime.now(UTC) - real).total_seconds()) < 60
    assert list(answered.items()) == [
        ("level", "info"),
        ("event", "request-answered"),
        ("environment", "cfsit"),
        ("seq", 2),
        ("at", "2026-01-05T09:00:00.000Z"),
        ("cause", 1),
        ("ticket", "~SPDEV1~REF-1"),
        ("operation", "addFaultReport"),
        ("message_id", "MSG-1"),
        ("status", 201),
    ]


def test_every_kind_of_entry_is_a_line_with_its_small_facts() -> None:
    """All that the journal says of it, but for messages and what is no single value; our own names hide none."""
    entries = every_kind()
    lines = written(*told("cfsit", entries))
    assert [line["event"] for line in lines] == [one.kind for one in entries]
    assert [line["seq"] for line in lines] == [one.seq for one in entries]
    for line, one in zip(lines, entries, strict=True):
        small = {
            name: value
            for name, value in one.data.items()
            if name not in {"body", "body_base64", "caller", "parameters"}
        }
        assert small.items() <= line.items()


def test_no_message_is_in_the_log() -> None:
    """Neither what came nor what went: no element of XML in any line."""
    entries = every_kind()
    assert any("</" in str(one.data.get("body")) for one in entries)
    assert [line for line in written(*told("cfsit", entries)) if "</" in json.dumps(line)] == []


def test_levels() -> None:
    """What somebody should look at is a warning, a bug of ours an error, and timers are only for the curious."""
    by_level: dict[str, set[str]] = {}
    for line in written(*told("cfsit", every_kind())):
        by_level.setdefault(line["level"], set()).add(line["event"])
    assert by_level["error"] == {"bug"}
    assert by_level["debug"] == {"timer-set", "timer-fired", "timer-cancelled"}
    assert by_level["warning"] == {
        "request-refused",
        "file-refused",
        "conformance-warning",
        "notification-refused",
        "notification-failed",
        "notification-dead-lettered",
        "fault-injected",
        "sla-exceeded",
        "script-failed",
        "script-refused",
    }
    assert {"request-received", "request-answered", "ticket-changed", "notification"} < by_level["info"]


def test_the_id_of_a_message_is_the_text_that_its_sender_wrote() -> None:
    """Not as XML has it; one that an answer does not repeat is not made up."""
    received = entry("request-received", {"operation": "addFaultReport"})
    body = "<r><messageId>A&amp;&lt;b&gt;</messageId><messageId>second</messageId></r>"
    answered = Entry(2, START, 1, "request-answered", "", {"status": 201, "body": body})
    refused = Entry(3, START, 1, "request-refused", "", {"status": 500, "body": "<fault/>"})
    _, one, other = written(*told("cfsit", [received, answered, refused]))
    assert one["message_id"] == "A&<b>"
    assert "message_id" not in other


HOSTILE = ["a\nb", '"} {"level": "error', "\x1b[2J\x07", "\u2028\u2029\x85", "\x00", "\udce9", "%s %d {0}", "💥"]


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_text_breaks_no_line(evil: str) -> None:
    """In a name, a reason and a record: it is read back as it was, but for half a character."""
    logger, said = _logger()
    logger.warning("404 %s", evil)
    data = {"rule": "xsd", "reason": evil, "event": "forged"}
    lines = written(*told(evil, [entry("request-refused", data, f"~A~{evil}")]), *said)
    kept = evil.replace("\udce9", "?")
    assert [line["event"] for line in lines] == ["request-refused", f"404 {kept}"]
    assert (lines[0]["environment"], lines[0]["ticket"], lines[0]["reason"]) == (kept, f"~A~{kept}", kept)


def test_no_field_is_longer_than_it_may_be() -> None:
    """An ellipsis stands for the rest; of a traceback it stands for the beginning."""
    logger, said = _logger()
    logger.error("x" * 501, exc_info=ValueError("y" * 9_000))
    line, other = written(*told("cfsit", [entry("request-refused", {"reason": "é" * 501, "rule": "r" * 500})]), *said)
    assert line["reason"] == "é" * 499 + "…"
    assert line["rule"] == "r" * 500
    assert other["event"] == "x" * 499 + "…"
    assert other["exception"] == "…" + "y" * 7_999


# -- records of the standard library's


def _logger() -> tuple[logging.Logger, list[Said]]:
    """A logger, and what has been said by it."""
    said: list[Said] = []
    logger = logging.Logger("simulator.of.a.test")  # noqa: LOG001 - one that no other test has
    logger.addHandler(Records(said.append))
    return logger, said


def test_a_record_is_a_line_like_the_others() -> None:
    """Its text is the event, and its logger is named; a level that we don't have counts as the one below."""
    logger, said = _logger()
    logger.warning("404 %s", "/a")
    logger.log(35, "between")
    logger.log(99, "beyond")
    logger.log(1, "beneath")
    lines = written(*said)
    assert [line["level"] for line in lines] == ["warning", "warning", "critical", "debug"]
    assert list(lines[0]) == ["timestamp", "level", "event", "logger"]
    assert (lines[0]["event"], lines[0]["logger"]) == ("404 /a", "simulator.of.a.test")


def test_a_record_that_is_wrong_harms_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever logs goes on; the library tells of it on stderr, as it always does."""
    logger, said = _logger()
    logger.error("%d", "no number")
    logger.error("the next")
    assert [line["event"] for line in written(*said)] == ["the next"]
    assert "Logging error" in capsys.readouterr().err


async def test_a_bug_of_ours_is_a_line_with_its_traceback(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP, as the driver logs it; the request is answered, and the next one is taken."""
    simulator.bugs_expected = True
    said: list[Said] = []
    handler = Records(said.append)
    logging.getLogger().addHandler(handler)
    try:
        with monkeypatch.context() as broken:
            broken.setattr("simulator.cityfibre.answers.accepted", lambda *_: 1 / 0)
            assert (await simulator.post("addFaultReport", add())).status == 500
        assert (await simulator.post("addFaultReport", add())).status == 201
    finally:
        logging.getLogger().removeHandler(handler)
    (line,) = written(*said)
    assert (line["level"], line["logger"]) == ("error", "simulator.runtime.driver")
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("ZeroDivisionError: division by zero")


def test_lines_that_nobody_read_are_counted() -> None:
    """What is said of them once there is room again."""
    (line,) = written(lost(12))
    assert (line["level"], line["event"], line["lines"]) == ("warning", "lines-lost", 12)


# -- a real process


@contextmanager
def serving(tmp_path: Path, *words: str, program: str = "") -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A server on free ports, and its ready file; it is sent SIGTERM at the end."""
    ready = tmp_path / "ready.json"
    start = ["-c", program] if program else ["-m", "simulator"]
    flags = ["serve", "--port", "0", "--control-port", "0", "--clock", "frozen", "--ready-file", str(ready), *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, *start, *flags], env=CLEAN, **pipes) as it:  # type: ignore[call-overload]
        try:
            deadline = time.monotonic() + 20
            while not ready.exists():
                assert it.poll() is None
                assert time.monotonic() < deadline, "the simulator did not become ready"
                time.sleep(0.02)
            yield it, json.loads(ready.read_text())
        finally:
            if it.poll() is None:
                it.send_signal(signal.SIGTERM)


def post(url: str, body: bytes) -> int:
    """Post a message, and say what its answer's status is."""
    request = Request(url, data=body, headers={"Content-Type": "application/xml"})  # noqa: S310 - our own server
    try:
        with urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
            answer.read()
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_serve_logs_json_from_its_start_to_its_end(tmp_path: Path) -> None:
    """Addresses first, then a report under all of its ids, what led nowhere, and the end; nothing on stderr."""
    with serving(tmp_path, "--log-format", "json") as (it, at):
        assert post(f"{at['supplier']}/cfsit/api2/addFaultReport", REPORT) == 201
        assert post(f"{at['supplier']}/cfsit/api2/addFaultReport", REPORT) == 400
        assert post(f"{at['supplier']}/nowhere/api2/add%0AFault%1BReport", b"<a/>") == 404
        it.send_signal(signal.SIGTERM)
        out, err = it.communicate(timeout=10)
    lines: list[Line] = [json.loads(line) for line in out.splitlines()]
    assert (it.returncode, err) == (0, "")
    started, stopped = lines[0], lines[-1]
    assert (started["event"], started["version"], started["pid"]) == ("started", __version__, it.pid)
    assert {"supplier": started["supplier"], "control": started["control"], "pid": started["pid"]} == at
    assert started["environments"] == ["cfsit", "cfstaging", "prod"]
    assert (stopped["event"], stopped["pid"]) == ("stopped", it.pid)
    of_ticket = [line for line in lines if line.get("ticket") == "~SPDEV1~MY-FAULT-1"]
    assert {line["environment"] for line in of_ticket} == {"cfsit"}
    (answered,) = [line for line in of_ticket if line["event"] == "request-answered"]
    (refused,) = [line for line in of_ticket if line["event"] == "request-refused"]
    (accepted,) = [line for line in of_ticket if line["event"] == "ticket-changed"]
    (notified,) = [line for line in of_ticket if line["event"] == "notification"]
    assert (answered["operation"], answered["message_id"], answered["status"]) == ("addFaultReport", "SP-00001", 201)
    assert (refused["operation"], refused["message_id"], refused["rule"]) == (
        "addFaultReport",
        "SP-00001",
        "reference-unused",
    )
    assert (accepted["to"], accepted["reference"]) == ("accepted", "CS0053224")
    assert (notified["notification"], notified["message_id"], notified["delivery"]) == ("accepted", "CF-00001", 1)
    (nowhere,) = [line for line in lines if "logger" in line]
    assert nowhere["event"].startswith("404 /nowhere/api2/add%0AFault%1BReport: No environment of that name")
    assert nowhere["level"] == "warning"


def test_how_long_an_attempt_took_is_in_the_log_alone(tmp_path: Path) -> None:
    """In real seconds; the journal, which every run repeats, knows nothing of it."""
    with serving(tmp_path, "--log-format", "json", "--notify", "http://127.0.0.1:1/") as (it, at):
        assert post(f"{at['supplier']}/cfsit/api2/addFaultReport", REPORT) == 201
        url = f"{at['control']}/control/v1/environments/cfsit/clock/advance"
        with urlopen(Request(url, b'{"by": "PT1M"}', {"Content-Type": "application/json"}), timeout=5) as answer:  # noqa: S310 - our own
            answer.read()
        it.send_signal(signal.SIGTERM)
        out, _ = it.communicate(timeout=10)
    lines: list[Line] = [json.loads(line) for line in out.splitlines()]
    attempts = [line for line in lines if line["event"] == "delivery-attempt"]
    assert [(line["ticket"], line["delivery"], line["attempt"], line["status"]) for line in attempts] == [
        ("~SPDEV1~MY-FAULT-1", 1, 1, None),
        ("~SPDEV1~MY-FAULT-1", 1, 2, None),
    ]
    assert all(0 < line["real_seconds"] < 5 for line in attempts)
    assert [line["event"] for line in lines if "real_seconds" in line] == ["delivery-attempt"] * 2


def test_a_reader_that_stands_still_holds_up_nobody(tmp_path: Path) -> None:
    """Far more is logged than a pipe takes, and nobody reads it; every request is answered, and the end comes."""
    with serving(tmp_path, "--log-format", "json") as (it, at):
        for number in range(40):
            body = REPORT.replace(b"MY-FAULT-1", f"REF-{number}".encode()).replace(b"SP-", f"SP-{number}-".encode())
            assert post(f"{at['supplier']}/cfsit/api2/addFaultReport", body) == 201
        it.send_signal(signal.SIGTERM)
        assert it.wait(timeout=10) == 0
        assert it.stdout is not None
        lines = it.stdout.read().splitlines()
    assert 100 < len(lines) < 40 * 9
    assert all(json.loads(line)["timestamp"] for line in lines[:-1])


def test_a_port_in_use_is_said_as_ever(tmp_path: Path) -> None:
    """One line on stderr and exit code 2; nothing has started, and so nothing has stopped."""
    with serving(tmp_path) as (_, at):
        port = at["supplier"].rpartition(":")[2]
        flags = ["serve", "--port", port, "--control-port", "0", "--log-format", "json"]
        command = [sys.executable, "-m", "simulator", *flags]
        ended = subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(
        f"cityfibre-simulator: can't listen on 127.0.0.1:{port} (--port): the port is in use"
    )
    assert ended.stderr.count("\n") == 1


def test_a_format_that_there_is_not() -> None:
    """One line, exit code 2, and the two that there are."""
    command = [sys.executable, "-m", "simulator", "serve", "--log-format", "xml"]
    ended = subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=30, check=False)
    expected = "cityfibre-simulator: flag --log-format: log_format: expected text or json, found 'xml'\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", expected)


PROGRAM = """
import atexit, sys
from simulator.cli import main
atexit.register(lambda: sys.stderr.write(" ".join(sorted({"structlog", "prometheus_client"} & sys.modules.keys()))))
main()
"""


@pytest.mark.parametrize(
    ("words", "asked", "imported"),
    [
        ((), "/health/live", ""),
        ((), "/metrics", "prometheus_client"),
        (("--log-format", "json"), "/health/live", "structlog"),
    ],
    ids=["text", "text-and-metrics", "json"],
)
def test_who_does_not_want_it_does_not_pay_for_it(
    tmp_path: Path, words: tuple[str, ...], asked: str, imported: str
) -> None:
    """A start, a report and a stop: what has been imported by then of the two libraries."""
    with serving(tmp_path, *words, program=PROGRAM) as (it, at):
        assert post(f"{at['supplier']}/cfsit/api2/addFaultReport", REPORT) == 201
        with urlopen(f"{at['control']}{asked}", timeout=5) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        it.send_signal(signal.SIGTERM)
        _, err = it.communicate(timeout=10)
    assert (it.returncode, err) == (0, imported)
