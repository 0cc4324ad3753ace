"""The timeline: what a buyer wrote neither steers a terminal nor forges a line."""

import pytest

from simulator.timeline import Timeline


@pytest.mark.parametrize("evil", ["\x1b]0;title\x07", "a\nTue 06 Jan", "\u202e", "\x9b2J"])
def test_only_what_can_be_printed_is_printed(evil: str) -> None:
    """Each such character is a question mark; the line stays one line."""
    timeline = Timeline()
    entry = {"seq": 1, "at": "2026-01-05T09:00:00.000Z", "cause": 0, "kind": "request-received", "ticket": ""}
    assert list(timeline.lines({**entry, "data": {"operation": evil}})) == []
    answered = {**entry, "seq": 2, "cause": 1, "kind": "request-answered", "ticket": f"~A~{evil}"}
    ((_, line),) = timeline.lines({**answered, "data": {"status": 201}})
    assert line.isprintable()
    assert line.startswith("Mon 05 Jan 09:00:00 →  ")
    assert "?" in line
