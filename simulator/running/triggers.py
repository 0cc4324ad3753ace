"""The trigger makes a real buyer raise its fault. A URL is posted to, a command is run; both are told the same."""

import asyncio
import json
import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

TRIGGER_SECONDS = 60.0
"""Real seconds that a trigger may take; the buyer itself may take longer."""
LONGEST_TOLD = 300
"""Characters of what a trigger said that a failure repeats."""
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
            said = (await response.text(errors="replace")).strip()
            return "" if response.ok else f"the trigger answered {response.status}: {said[:LONGEST_TOLD]}"
    except aiohttp.ClientConnectorError as error:
        raise UnreachableError(f"the trigger {url} can't be reached: {error.strerror or error}") from None
    except (aiohttp.ClientError, ValueError) as error:
        return f"the trigger could not be posted to: {type(error).__name__}: {error}"


async def _run(command: str, told: Mapping[str, Any]) -> str:
    """Run a command. It reads the document on its input, and finds what matters most in its environment too."""
    given = {name: value for name, value in told["parameters"].items() if value is not None}
    variables = {f"{PREFIX}_{name.upper()}": str(value) for name, value in given.items()}
    named = {f"{PREFIX}": told["scenario"], f"{PREFIX}_CASE": told["case"], "CITYFIBRE_BASE_URL": told["base_url"]}
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command),
            env={**os.environ, **variables, **named},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreachableError(f"the trigger {command!r} can't be run: {reason}") from None
    try:
        said, _ = await process.communicate(json.dumps(told).encode())
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == 0:
        return ""
    words = said.decode(errors="replace").strip()[-LONGEST_TOLD:]
    return f"the trigger ended with {process.returncode}{': ' + words if words else ''}"
