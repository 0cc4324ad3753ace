"""No body of up to 256 KiB holds the server's loop for a tenth of a second, whatever part of the way it is made for."""

import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from simulator.wire.reader import LONGEST_BODY
from tests.figures import Figure
from tests.hostile.heavy import BODIES
from tests.hostile.watched_server import beating

LOOP_SECONDS = 0.035
"""Of a million additions, on the machine that the limit is for."""
MOST_HELD = 0.1
TRIES = 3
"""Of each body; the best counts, since other programs cost this one's thread something too."""


def post(url: str, body: bytes) -> int:
    request = Request(url, body, {"Content-Type": "application/xml"})  # noqa: S310 - our own server
    try:
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            answer.read()
            return int(answer.status)
    except HTTPError as refused:
        refused.read()
        return refused.code


def slowness() -> float:
    """How much longer this machine takes than the one that the limit is for: seldom, and never less than 1."""

    def loop() -> float:
        began, total = time.thread_time(), 0
        for number in range(1_000_000):
            total += number
        return time.thread_time() - began

    return max(1.0, min(loop() for _ in range(3)) / LOOP_SECONDS)


def test_no_body_holds_the_loop(figure: Figure) -> None:
    """Its thread works for less than 100 ms at a time on each; the answer is none of a bug."""
    held: dict[str, float] = {}
    lines: list[tuple[float, str]] = []
    with beating() as (address, heart):
        for name, (operation, body) in BODIES.items():
            worst, status = [], 0
            for number in range(TRIES):
                another = body.replace(
                    b"<buyerFaultReference>REF-1<", f"<buyerFaultReference>R{len(lines):03}{number}<".encode()
                )
                heart.since_last_asked()
                status = post(f"{address}/cfsit/api2/{operation}", another)
                time.sleep(0.02)  # the beat behind it
                worst.append(heart.since_last_asked())
            held[name] = min(worked for worked, _ in worst)
            waited = min(waited for _, waited in worst)
            lines.append(
                (held[name], f"{held[name] * 1000:4.0f} ms ({waited * 1000:.0f} by the wall), {status}: {name}")
            )
    heaviest = sorted(lines, reverse=True)[:5]
    figure(f"{len(lines)} heavy bodies; these held the loop the longest:")
    for _, line in heaviest:
        figure(line)
    most = MOST_HELD * slowness()
    assert [] == [name for name, worked in held.items() if worked >= most]


def test_each_body_is_within_the_limit() -> None:
    """Else it would be refused unread, and measure nothing; there are twenty at least."""
    assert [] == [name for name, (_, body) in BODIES.items() if len(body) > LONGEST_BODY]
    assert len(BODIES) >= 20


def test_the_heart_feels_when_the_loop_is_held() -> None:
    """A loop that works for 150 ms on end is caught: without that, the figures would mean nothing."""
    with beating() as (_, heart):
        heart.since_last_asked()
        heart.hold(0.15)
        worked, waited = heart.since_last_asked()
    assert worked >= 0.1
    assert waited >= worked
