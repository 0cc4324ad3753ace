"""Moves of the supplier, made over the control API, and what they are made on."""

from typing import Any

from tests.messages import FIRST_REFERENCE, outage
from tests.rig import Answer, Simulator, text_at
from tests.situations import reserve


async def act(simulator: Simulator, action: str, ref: str = FIRST_REFERENCE, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Let the supplier make a move, and wait until the buyer has been told."""
    told: dict[str, Any] = await simulator.control("POST", f"/tickets/{ref}/actions", {"action": action, **parameters})
    await simulator.advance()
    return told


async def send(simulator: Simulator, body: bytes, ref: str = FIRST_REFERENCE) -> Answer:
    """Send any body at all to the actions of a ticket."""
    url = f"{simulator.control_url}/tickets/{ref}/actions"
    return await simulator.send("POST", url, body, {"Content-Type": "application/json"})


async def visited(simulator: Simulator) -> None:
    """An outage REF-1 in progress, with a visit on Wednesday morning."""
    assert (await simulator.post("addFaultReport", outage(await reserve(simulator)))).status == 201
    await simulator.advance("PT2H")


def last(simulator: Simulator, path: str) -> str | None:
    """What the newest notification says there."""
    return text_at(simulator.endpoint.received[-1], path)
