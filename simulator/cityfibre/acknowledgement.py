"""The buyer's answer to a notification, and how it is judged (R9, R34)."""

from dataclasses import dataclass
from typing import Literal

from simulator.core.inputs import DeliveryAnswer
from simulator.wire.envelope import local_name, open_envelope
from simulator.wire.errors import ProtocolError, shorten
from simulator.wire.reader import read

_MOST_DIGITS = 9
_GOOD = range(200, 300)
_REFUSAL = 400

Verdict = Literal["delivered", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer amounts to (R9, R34): the verdict, why, and warnings as ruling and text."""

    verdict: Verdict
    reason: str = ""
    warnings: tuple[tuple[str, str], ...] = ()


_ANSWER_NAMES = frozenset({"receivedNotifyFaultReportUpdate", "receivedRequestFaultReportUpdate"})


def judge(answer: DeliveryAnswer, message_id: str) -> Judgement:
    """Any 2xx delivers, though an unreadable body is warned of; a readable responseCode of 400 or more refuses."""
    if answer.status is None:
        return Judgement("failed", answer.failure)
    if answer.status not in _GOOD:
        return Judgement("failed", f"the endpoint answered HTTP {answer.status}")
    try:
        message, _ = open_envelope(read(answer.body))
    except ProtocolError as error:
        return Judgement("delivered", "", (("R9", f"the acknowledgement can't be read: {error.reason}"),))
    said = {local_name(child): (child.text or "").strip() for child in message}
    warnings = []
    if local_name(message) not in _ANSWER_NAMES:
        warnings.append(("R9", f"the acknowledgement is called {local_name(message)[:64]}"))
    if said.get("messageId") != message_id:
        warnings.append(("R34", f"the acknowledgement does not echo {message_id}"))
    code = said.get("responseCode", "")
    if code.isascii() and code.isdigit() and len(code) <= _MOST_DIGITS and int(code) >= _REFUSAL:
        why = shorten(said.get("errorMessage", ""))
        told = f"the endpoint answered responseCode {code}" + (f": {why}" if why else "")
        return Judgement("refused", told, tuple(warnings))
    return Judgement("delivered", "", tuple(warnings))
