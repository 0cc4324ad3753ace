"""The verdicts as JUnit XML, as CI systems read it: a test case for each scenario and case."""

from collections.abc import Sequence
from pathlib import Path

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from simulator.running.telling import failure_lines, journal_lines
from simulator.scenario.report import Verdict
from simulator.wire.envelope import NOT_OF_XML

SUITE = "cityfibre-simulator"


def write(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Write the file.

    Raises:
        OSError: it can't be written.
    """
    suite = TestSuite(SUITE)
    suite.add_testcases([_case(one) for one in verdicts])
    report = JUnitXml(SUITE)
    report.add_testsuite(suite)
    path.parent.mkdir(parents=True, exist_ok=True)
    report.write(str(path), pretty=True)


def _case(verdict: Verdict) -> TestCase:
    script, failure = verdict.script, verdict.failure
    case = TestCase(_fit(script.name), classname=_fit(script.file), time=round(verdict.real, 3))
    if failure is not None:
        told = "\n".join(failure_lines(verdict, failure))
        case.result = [
            Failure(_fit(f"{failure.does}: expected {failure.expected}; found {failure.found}"), type_="scenario")
        ]
        case.result[0].text = _fit(told)
        case.system_out = _fit("\n".join(text for _, text in journal_lines(verdict)))
    return case


def _fit(text: str) -> str:
    """XML can't carry every character."""
    return NOT_OF_XML.sub("?", text)
