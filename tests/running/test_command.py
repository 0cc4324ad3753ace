"""``run``, ``lint`` and ``scenarios`` as people and CI pipelines meet them: lines, files and exit codes."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree

from simulator.cli import main
from simulator.running.playing import NOBODY

GOOD = """
scenario: 1
name: good
description: A fault is accepted.
tags: [smoke, life]
parameters: {state: accepted, service: S21709}
cases:
  - {case: yes}
  - {case: no, state: closed}
steps:
  - buyer: addFaultReport
    with: {serviceAffected: $service}
  - supplier: accept
  - wait: PT26H
  - check: {state: $state}
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a scenario into the present folder; its relative path is returned."""
    monkeypatch.chdir(tmp_path)

    def factory(text: str = GOOD, name: str = "good.yaml") -> Path:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")
        return Path(name)

    return factory


def call(*words: object) -> Result:
    """The command, with its output."""
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


def masked(result: Result) -> list[str]:
    """Its lines, without real seconds."""
    lines = (line.rpartition(" in ")[0] if line.endswith(" s") else line for line in result.stdout.splitlines())
    return [line.rstrip() for line in lines]


def test_all_passed_is_0(write: Write) -> None:
    """A line for each run, with its steps and the time that passed on its clock."""
    result = call("run", write(), "--case", "yes")
    assert result.exit_code == 0
    assert masked(result) == [
        "passed  good[yes]                                              4 steps, 1 d 2 h",
        "1 passed",
    ]


def test_a_failure_says_all_that_it_takes_to_act_on_it(write: Write) -> None:
    """Where, what was expected and found, the end of the journal, and the command that repeats it."""
    result = call("run", write(), "--case", "no", "--limits", "enforce", "--fail-fast")
    assert result.exit_code == 1
    assert masked(result) == [
        "FAILED  good[no]",
        "    at        good.yaml:15:5  steps[3]: check",
        "    expected  state 'closed'",
        "    found     state 'accepted'",
        "    clock     2026-01-06T11:00:00.000Z",
        "    the last of the journal:",
        "      Mon 05 Jan 09:00:00 ▷  scenario good[no]",
        "      Mon 05 Jan 09:00:00 →  addFaultReport                 201  SPDEV1 GOOD-1",
        "      Mon 05 Jan 09:00:00 ·  good, line 11: buyer addFaultReport",
        "      Mon 05 Jan 09:00:00 ●  CS0053224 is accepted",
        "      Mon 05 Jan 09:00:00 ←  accepted                       CF-00001  SPDEV1 GOOD-1",
        "      Mon 05 Jan 09:00:00 ·  good, line 13: supplier accept",
        "      Tue 06 Jan 11:00:00 ·  good, line 14: wait PT26H",
        "      Tue 06 Jan 11:00:00 ✗  good, line 15: check",
        "                              expected state 'closed'",
        "                              found state 'accepted'",
        "    again     cityfibre-simulator run good.yaml --case no --seed 1 --limits enforce",
        "1 of 1 failed,",
    ]


def test_the_command_that_repeats_a_failure_does_repeat_it(write: Write) -> None:
    """Word for word."""
    lines = masked(call("run", write(), "--seed", "7"))
    (again,) = [line.partition("again")[2].split() for line in lines if "again" in line]
    result = call(*again[1:])
    assert result.exit_code == 1
    assert masked(result)[:-1] == lines[1:-1]


def test_junit_has_a_case_for_each_run(write: Write) -> None:
    """With file and place of what failed, and the end of the journal."""
    assert call("run", write(), "--junit", "out/report.xml").exit_code == 1
    suite = etree.parse("out/report.xml").getroot()[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("cityfibre-simulator", "2", "1")
    good, bad = suite
    assert [(one.get("classname"), one.get("name")) for one in suite] == [
        ("good.yaml", "good[yes]"),
        ("good.yaml", "good[no]"),
    ]
    assert list(good) == []
    assert bad[0].tag == "failure"
    assert bad[0].get("message") == "check: expected state 'closed'; found state 'accepted'"
    assert (bad[0].text or "").startswith("at        good.yaml:15:5  steps[3]: check\nexpected  state 'closed'\n")
    assert "CS0053224 is accepted" in (bad.findtext("system-out") or "")


def test_transcripts_are_the_same_each_time(write: Write) -> None:
    """One file for each run, in the order that all runs share."""
    for folder in ("one", "two"):
        call("run", write(), "--transcripts", folder)
    assert sorted(path.name for path in Path("one").iterdir()) == ["good[no].jsonl", "good[yes].jsonl"]
    text = Path("one/good[yes].jsonl").read_text("utf-8")
    assert text == Path("two/good[yes].jsonl").read_text("utf-8")
    kinds = [json.loads(line)["kind"] for line in text.splitlines()]
    assert kinds[0] == "steered"
    assert "notification" in kinds


def test_github_sees_the_line_of_the_file(write: Write) -> None:
    """A workflow command, with what it must not contain written in codes."""
    told = [line for line in call("run", write(), "--github").stdout.splitlines() if line.startswith("::")]
    assert told == [
        "::error file=good.yaml,line=15,col=5,title=good[no]::expected state 'closed'%0Afound state 'accepted'"
    ]


def test_github_takes_no_command_from_what_a_buyer_says(write: Write) -> None:
    """The runner looks for the old form anywhere in a line; and a terminal is not steered."""
    text = GOOD.replace(
        "with: {serviceAffected: $service}", "fill: {faultDetails: {description: '##[stop-commands]x'}}"
    )
    write(text.replace("{state: $state}", "{notification: {faultDetails: {description: $state}}}"))
    shown = call("run", "good.yaml", "--github", "--case", "no").stdout
    assert "## [stop-commands]x" in shown
    assert "##[" not in shown


def test_tags_and_cases_choose(write: Write) -> None:
    """Scenarios by one of their tags; of those, one case."""
    write()
    write(GOOD.replace("name: good", "name: other").replace("[smoke, life]", "[sla]"), "below/other.yml")
    assert len(masked(call("run", ".", "--case", "yes"))) == 3
    assert masked(call("run", ".", "--tag", "sla", "--case", "yes"))[0].startswith("passed  other[yes]")
    result = call("run", ".", "--tag", "slow")
    assert (result.exit_code, result.stderr) == (2, "cityfibre-simulator: no scenario has that tag and case\n")


def test_fail_fast_begins_no_more_runs(write: Write) -> None:
    """They are counted."""
    write(GOOD.replace("{case: yes}", "{case: first, state: open}"))
    result = call("run", "good.yaml", "--fail-fast")
    assert masked(result)[-1] == "1 of 2 failed, 1 not run,"
    assert "good[no]" not in result.stdout


def test_a_scenario_has_its_own_seed_start_and_settings(write: Write) -> None:
    """A flag outweighs the seed; the process's settings hold where the scenario gives none."""
    given = (
        "seed: 7\nstart: 2026-03-02T09:00:00Z\ngiven: {settings: {diary: {capacity: 2}, reference_format: 'T-{}'}}\n"
    )
    write(given + GOOD.replace("closed", "accepted"))
    call("run", "good.yaml", "--transcripts", "own")
    call("run", "good.yaml", "--transcripts", "flag", "--seed", "8")
    own, flag = (Path(folder, "good[yes].jsonl").read_text("utf-8") for folder in ("own", "flag"))
    assert "2026-03-02T09:00:00.000Z" in own
    references = [
        next(json.loads(line)["data"]["reference"] for line in text.splitlines() if "ticket-changed" in line)
        for text in (own, flag)
    ]
    assert references == ["T-216268", "T-79551"]


def test_bad_files_are_2_with_every_problem_of_every_file(write: Write) -> None:
    """Nothing is run."""
    write(GOOD.replace("supplier: accept", "supplier: acept"))
    write(GOOD.replace("wait: PT26H", "wiat: PT26H"), "more.yaml")
    result = call("run", "good.yaml", "more.yaml", "nowhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == ["cityfibre-simulator: nowhere: there is no such file or folder"]
    result = call("run", "good.yaml", "more.yaml")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "cityfibre-simulator: good.yaml:13:5: steps[1].supplier: found 'acept' — did you mean `accept`?",
        "cityfibre-simulator: more.yaml:14:5: steps[2]: no step begins with `wiat` — did you mean `wait`?",
    ]


def test_two_scenarios_of_one_name_are_refused(write: Write) -> None:
    """Transcripts and headers name them."""
    write()
    write(name="twin.yaml")
    result = call("run", ".")
    assert (result.exit_code, result.stderr) == (
        2,
        "cityfibre-simulator: twin.yaml:3:1: name: good.yaml is called `good` too\n",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--trigger", "x"],
            "--trigger, --environment and --within-real are for a real buyer: name its endpoint with --notify URL",
        ),
        (["--buyer", "real"], "a real buyer needs an endpoint for its notifications: --notify URL"),
        (
            ["--notify", "http://127.0.0.1:9/n", "--jobs", "2"],
            "several runs at once need a --trigger that tells the buyer a URL for each, and no --environment",
        ),
        (
            ["--notify", "http://127.0.0.1:9/n", "--trigger", " "],
            "--trigger: expected a URL or a command, found nothing",
        ),
        (
            ["--notify", "http://127.0.0.1:9/n", "--environment", "../x y"],
            "--environment: expected up to 63 letters, digits, dots, dashes and underscores, found '../x y'",
        ),
        (["--notify", "nonsense"], "flag --notify: notify: expected an http or https URL with a host"),
        (["--inventory-file", "missing.yaml"], "missing.yaml: can't be read: No such file or directory"),
        (["--junit", "good.yaml/x.xml"], "good.yaml: can't be written: File exists"),
    ],
)
def test_bad_usage_is_2(write: Write, words: list[str], said: str) -> None:
    """In one line."""
    result = call("run", write(), "--case", "yes", *words)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"cityfibre-simulator: {said}")


def test_a_buyer_that_nobody_plays_is_told_of(write: Write) -> None:
    """An ``expect`` is for a real buyer."""
    write(GOOD.replace("  - supplier: accept\n", "  - expect: amendFaultReport\n  - supplier: accept\n"))
    result = call("run", "good.yaml", "--case", "yes")
    assert result.exit_code == 1
    assert masked(result)[1:4] == [
        "    at        good.yaml:13:5  steps[1]: expect amendFaultReport",
        "    expected  the script comes to its end",
        f"    found     expect amendFaultReport: {NOBODY}",
    ]


def test_lint_says_what_is_odd(write: Write) -> None:
    """1 when something is, 0 when nothing is, 2 when a file can't be used."""
    write(GOOD.replace("state: closed", "state: open"))
    result = call("lint", "good.yaml")
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        ["good.yaml:15:5: steps[3]: check: the fault is accepted by then, never open"],
    )
    assert call("lint", write(GOOD.replace("closed", "accepted"))).exit_code == 0
    assert call("lint", write("steps: []")).exit_code == 2


def test_scenarios_lists_them_with_their_descriptions(write: Write) -> None:
    """By tag, too."""
    write()
    write(GOOD.replace("name: good", "name: other").replace("[smoke, life]", "[sla]"), "below/other.yml")
    assert call("scenarios", ".", "--tag", "life").stdout.splitlines() == [
        "good  (2 cases)",
        "    A fault is accepted.",
        "    good.yaml  #smoke #life",
    ]
    assert call("scenarios", ".").stdout.count("A fault is accepted.") == 2
    assert call("scenarios", "nowhere").exit_code == 2


def test_an_interrupted_run_ends_what_it_began_and_writes_what_there_is(write: Write, tmp_path: Path) -> None:
    """By SIGTERM, as CI systems cancel: the trigger and what it started are gone, and the exit code is its own."""
    write()
    (tmp_path / "hang.sh").write_text("sleep 600 & echo $! > child; wait\n")
    with socket.create_server(("127.0.0.1", 0)) as endpoint:
        notify = f"http://127.0.0.1:{endpoint.getsockname()[1]}/n"
        ports = ("--port", "0", "--control-port", "0", "--junit", "out.xml")
        command = (sys.executable, "-m", "simulator", "run", "good.yaml", "--notify", notify, *ports)
        process = subprocess.Popen((*command, "--trigger", "sh hang.sh"), stderr=subprocess.PIPE, text=True)
        child = tmp_path / "child"
        for _ in range(400):
            if child.exists() and child.read_text().strip():
                break
            time.sleep(0.05)
        process.terminate()
        _, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (130, "cityfibre-simulator: interrupted\n")
    assert Path("out.xml").exists()
    assert is_gone(int(child.read_text()))


def is_gone(process: int) -> bool:
    """Whether a process has ended, within five seconds."""
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
