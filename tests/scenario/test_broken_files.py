"""Broken scenario files, each a mistake that an engineer makes, and word for word what is said of it.

A file in ``broken/`` begins with what is expected: a line ``#! line:column: message`` for each problem, in order.
"""

import re
import time
from pathlib import Path

import pytest

from simulator.scenario.loader import ScenarioError, load

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(FOLDER.glob("*.yaml"))
HEAD = "scenario: 1\nname: broken\ndescription: Something is wrong here.\n"
REPORT = "steps:\n  - buyer: addFaultReport\n"


def problems(text: str | bytes) -> list[str]:
    """Everything that is said of a file; nothing where it can be used."""
    try:
        load(text, "broken.yaml")
    except ScenarioError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_each_mistake_is_told_with_its_place(file: Path) -> None:
    """All problems of the file at once, and nothing else."""
    text = file.read_text("utf-8")
    expected = [f"broken.yaml:{line}" for line in re.findall(r"^#! (.*)$", text, re.MULTILINE)]
    assert expected != []
    assert expected == problems(text)


def test_there_are_more_than_forty() -> None:
    """And several have more than one mistake."""
    counts = [file.read_text("utf-8").count("#! ") for file in FILES]
    assert len(counts) > 40
    assert max(counts) > 6


def test_the_file_that_they_were_made_from_is_good() -> None:
    """So it is the mistake that is told."""
    assert problems(HEAD + REPORT) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "1:1: `description` is missing"),
        (HEAD.encode() + b"tags: [\xff]\n" + REPORT.encode(), "4:8: not UTF-8"),
        ((HEAD + REPORT).encode("utf-16"), "1:1: not UTF-8"),
        (f"{HEAD}tags: [\x07]\n{REPORT}", "4:8: the character U+0007 is not allowed in YAML"),
        ("# " + "x" * 1024 * 1024, "1:1: longer than 1048576 bytes"),
        (f"{HEAD}given: {'{a: ' * 40}1{'}' * 40}\n{REPORT}", "4:132: nested more than 32 deep"),
        (HEAD + REPORT + "  - wait: PT1H\n" * 200, "4:1: steps: expected at most 200, found 201"),
        (
            f"{HEAD}parameters: {{a: x}}\ncases:\n" + "  - {a: y}\n" * 201 + REPORT,
            "5:1: cases: expected at most 200, found 201",
        ),
        (
            HEAD + "parameters:\n" + "".join(f"  p{number}: x\n" for number in range(51)) + REPORT,
            "4:1: parameters: expected at most 50, found 51",
        ),
        (f"{HEAD}tags: [{'a, ' * 20}a]\n{REPORT}", "4:1: tags: expected at most 20, found 21"),
        (f"{HEAD}tags: [{'a,' * 50_000}a]\n{REPORT}", "4:99990: more than 50000 values"),
    ],
    ids=[
        "empty",
        "not UTF-8",
        "UTF-16",
        "a bell",
        "too long",
        "too deep",
        "steps",
        "cases",
        "parameters",
        "tags",
        "values",
    ],
)
def test_what_is_too_big_or_no_text_is_told_too(text: str | bytes, told: str) -> None:
    """By the first line of what is said."""
    assert problems(text)[0] == f"broken.yaml:{told}"


def test_a_file_at_every_limit_is_read_in_bounded_time() -> None:
    """200 cases of 200 steps, with a reference in each: 40,000 steps are looked at."""
    steps = "  - {supplier: put-on-hold, reason: $a}\n  - supplier: resume\n" * 99
    cases = "".join(f"  - {{a: reason {number}}}\n" for number in range(200))
    began = time.perf_counter()
    source = load(f"{HEAD}parameters: {{a: x}}\ncases:\n{cases}{REPORT}  - supplier: accept\n{steps}", "big.yaml")
    assert (len(source.scripts), len(source.scripts[0].steps)) == (200, 200)
    assert time.perf_counter() - began < 5


def test_more_values_in_all_cases_than_can_be_read_in_time_are_refused() -> None:
    """Each case is read by itself: what is little once is much 200 times."""
    cases = "".join(f"  - {{a: reason {number}}}\n" for number in range(200))
    updates = "        - {description: $a}\n" * 4_000
    text = f"{HEAD}parameters: {{a: x}}\ncases:\n{cases}{REPORT}    fill:\n      updates:\n        update:\n{updates}"
    began = time.perf_counter()
    told = "5:1: cases: 200 of 12010 values each are more than 2000000 together; make several files of them"
    assert problems(text) == [f"broken.yaml:{told}"]
    assert time.perf_counter() - began < 5


def test_a_flood_of_mistakes_is_told_in_bounded_time() -> None:
    """Once a hundred are found, they are not looked for in further cases too."""
    cases = "".join(f"  - {{a: reason {number}}}\n" for number in range(200))
    keys = "".join(f"    k{number}: x\n" for number in range(4_000))
    began = time.perf_counter()
    told = problems(f"{HEAD}parameters: {{a: x}}\ncases:\n{cases}{REPORT}{keys}")
    known = "answer, as, body, buyer, envelope, fill, refused_by, status, with, within, within_real"
    assert told[0] == f"broken.yaml:208:5: unknown key `steps[0].k0` — expected {known}"
    assert told[-1] == "broken.yaml: and 3900 more"
    assert time.perf_counter() - began < 5
