"""A buyer's endpoint that goes away and comes back, and a simulator that notifies it."""

from typing import Any

from aiohttp import web

from tests.control import ONE, Control
from tests.rig import message_in, text_at

DELIVERIES, DEAD = f"{ONE}/deliveries", f"{ONE}/dead-letters"


class Buyer:
    """A buyer's endpoint that can go away and come back at the same port, and answers as it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str | None, str | None]] = []
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.port = 0
        self._runner: web.ServerRunner | None = None

    async def up(self) -> str:
        """Listen, at the port of before if there was one."""
        self._runner = web.ServerRunner(web.Server(self._take, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return f"http://127.0.0.1:{self.port}/notifications"

    async def down(self) -> None:
        """Be gone."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.BaseRequest) -> web.Response:
        message = message_in(await request.read())
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.told.append((text_at(message, "buyerFaultReference"), text_at(message, "faultDetails/status")))
        message_id = text_at(message, "messageId")
        code = 400 if status == 202 else 200
        said = f"<messageId>{message_id}</messageId><responseCode>{code}</responseCode>"
        text = f"<receivedNotifyFaultReportUpdate>{said}</receivedNotifyFaultReportUpdate>"
        return web.Response(status=status, text=text, headers=self.headers)


async def advance(control: Control, by: str = "PT0S") -> str:
    """Move the clock; where it then stands."""
    return str((await control.post(f"{ONE}/clock/advance", {"by": by}))["now"])


async def attempts(control: Control, number: int = 1) -> list[tuple[Any, ...]]:
    """Of a delivery: what for, when, the status of the answer, and what it amounted to."""
    whole = await control.get(f"{DELIVERIES}/{number}")
    return [(one["why"], one["at"][11:23], one["answer"]["status"], one["verdict"]) for one in whole["attempts"]]


async def states(control: Control, path: str = DELIVERIES) -> list[tuple[int, str, str]]:
    """Number, name and state of each."""
    listed = (await control.get(path))["deliveries"]
    return [(one["delivery"], one["notification"], one["state"]) for one in listed]
