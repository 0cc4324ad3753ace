"""The trigger makes a real buyer raise its fault. A URL is posted to, a command is run; both are told the same."""

import asyncio
import json
import os
import shlex
import signal
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any

TRIGGER_SECONDS = 60.0
"""Real seconds that a trigger may take; the buyer itself may take longer."""
LONGEST_TOLD = 300
"""Bytes of what a trigger said that a failure repeats: the first of an answer, the last of a command."""
MOST_OUTPUT = 10 * 1024 * 1024
"""Bytes that a command may say; it is ended when it says more."""
LOOK_SECONDS = 0.05
"""Real seconds between two looks at how much it has said."""
PREFIX = "CITYFIBRE_SCENARIO"


class UnreachableError(Exception):
    """Nobody is there to be triggered, or to be notified."""


async def pull(trigger: str, told: Mapping[str, Any]) -> str:
    """Pull the trigger; what went wrong is returned, or empty.

    Raises:
        UnreachableError: the URL can't be reached, or there is no such command.
    """
    try:
        async with asyncio.timeout(TRIGGER_SECONDS):
            return await (_post(trigger, told) if _is_url(trigger) else _run(trigger, told))
    except TimeoutError:
        return f"the trigger did not end within {TRIGGER_SECONDS:g} seconds"


def _is_url(trigger: str) -> bool:
    return trigger.startswith(("http://", "https://"))


async def _post(url: str, told: Mapping[str, Any]) -> str:
    import aiohttp  # noqa: PLC0415 - 200 ms, which a played buyer spares

    try:
        async with aiohttp.ClientSession() as session, session.post(url, json=dict(told)) as response:
            if response.ok:
                return ""
            said = (await response.content.read(LONGEST_TOLD)).decode(errors="replace").strip()
            return f"the trigger answered {response.status}: {said}"
    except aiohttp.ClientConnectorError as error:
        raise UnreachableError(f"the trigger {url} can't be reached: {error.strerror or error}") from None
    except (aiohttp.ClientError, ValueError) as error:
        return f"the trigger could not be posted to: {type(error).__name__}: {error}"


async def _run(command: str, told: Mapping[str, Any]) -> str:
    """Run a command. It reads the document on its input, and finds what matters most in its environment too."""
    given = {name: value for name, value in told["parameters"].items() if value is not None}
    variables = {f"{PREFIX}_{name.upper()}": str(value) for name, value in given.items()}
    named = {f"{PREFIX}": told["scenario"], f"{PREFIX}_CASE": told["case"], "CITYFIBRE_BASE_URL": told["base_url"]}
    with TemporaryFile() as output:  # no pipe: what the command leaves running would hold it open
        try:
            process = await asyncio.create_subprocess_exec(
                *shlex.split(command),
                env={**os.environ, **variables, **named},
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UnreachableError(f"the trigger {command!r} can't be run: {reason}") from None
        spoken = asyncio.create_task(_until_too_much(output.fileno()))
        ended = asyncio.create_task(process.communicate(json.dumps(told).encode()))
        try:
            await asyncio.wait((spoken, ended), return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                return f"the trigger has said more than {MOST_OUTPUT} bytes"
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            spoken.cancel()
            await asyncio.gather(spoken, ended, return_exceptions=True)
        output.seek(max(0, output.seek(0, os.SEEK_END) - LONGEST_TOLD))
        words = output.read().decode(errors="replace").strip()
    if process.returncode == 0:
        return ""
    return f"the trigger ended with {process.returncode}{': ' + words if words else ''}"


async def _until_too_much(file: int) -> None:
    while os.fstat(file).st_size <= MOST_OUTPUT:  # noqa: ASYNC110 - a file tells nobody that it grows
        await asyncio.sleep(LOOK_SECONDS)
