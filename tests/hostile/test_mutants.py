"""Ten thousand damaged messages: each is answered as documented, at once, and leaves nothing behind."""

import time
from collections import Counter

from tests.figures import Figure
from tests.hostile.barrage import FAULTS_OF_500, STATUSES, Barrage, resident
from tests.hostile.mutating import mutant, sources
from tests.rig import ENVIRONMENT, Simulator

SEED = 1
COUNT = 10_000
OVER_HTTP = 500
MOST_SECONDS = 1.0
WARM_UP = 1_000
MOST_GROWTH = 20.0


def test_ten_thousand_mutants(figure: Figure) -> None:
    """No 5xx but the documented, none over a second, every answer well-formed, nothing changed, nothing leaks."""
    barrage, good = Barrage(), sources()
    begun = 0.0
    for number in range(COUNT):
        one = mutant(SEED, number, good)
        barrage.send(one.operation, one.body)
        if number == WARM_UP:
            begun = resident()
    grown = resident() - begun
    figure(f"{barrage.figures.line('mutants', grown)}")
    assert grown < MOST_GROWTH


async def test_mutants_over_http(simulator: Simulator, figure: Figure) -> None:
    """What the server adds meets them too; and whatever came, the control API and the pages can show it."""
    good, statuses, slowest = sources(), Counter[int](), 0.0
    for number in range(COUNT, COUNT + OVER_HTTP):
        one = mutant(SEED, number, good)
        began = time.perf_counter()
        answer = await simulator.post(one.operation, one.body)
        slowest = max(slowest, time.perf_counter() - began)
        statuses[answer.status] += 1
        assert answer.status != 500 or answer.fault[1] in FAULTS_OF_500
        assert answer.name
    assert set(statuses) <= STATUSES
    assert slowest < MOST_SECONDS
    entries = await simulator.journal()
    assert [] == [entry for entry in entries if entry["kind"] == "bug"]
    root = simulator.control_url.partition("/control/")[0]
    for page in ("/", f"/environments/{ENVIRONMENT}"):
        assert 200 == (await simulator.send("GET", f"{root}{page}")).status
    told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    figure(f"{OVER_HTTP} mutants over HTTP: {told}; slowest {slowest * 1000:.0f} ms")


def test_a_mutant_can_be_had_again() -> None:
    """By seed and number alone; another of either is another mutant."""
    good = sources()
    assert mutant(7, 12, good) == mutant(7, 12, good)
    assert len({mutant(seed, number, good).body for seed in (7, 8) for number in range(20)}) > 30


def test_every_message_that_is_damaged_was_good() -> None:
    """Bare and in envelopes, of all six operations: none breaks the XSD before it is touched."""
    barrage, good = Barrage(), sources()
    assert [] == [one.operation for one in good if barrage.send(one.operation, one.body)[1] in {"xsd", "xml-limit"}]
    assert 18 == len(good)
