"""Who may come in (contract §1, the rows of 401 and 403): a buyer by its own certificate, from an agreed address.

Whoever reads the network finds out who calls, and does not read on where nobody may come in; what is answered is said
here. Where neither certificates nor addresses are asked for, there is no caller, and anybody may speak for any buyer.
"""

from collections.abc import Mapping
from types import MappingProxyType

from simulator.core.inputs import Caller, Stopped

STOPPED: Mapping[Stopped, tuple[int, str]] = MappingProxyType(
    {
        "address-not-agreed": (403, "the address that this comes from has not been agreed upon"),
        "no-certificate": (401, "no client certificate was shown"),
        "certificate-refused": (401, "the client certificate is not taken"),
        "certificate-unknown": (401, "the client certificate is no known buyer's"),
    }
)
"""What whoever may not come in is answered: the status (R4) and the reason, by the rule."""
ANOTHER_BUYER = "certificate-of-another-buyer"
"""The rule by which a buyer is refused that speaks for another: 403."""
RULES = frozenset({*STOPPED, ANOTHER_BUYER})


def stopped(caller: Caller | None) -> tuple[int, Stopped, str] | None:
    """Status, rule and reason where a caller may not come in."""
    if caller is None or caller.stopped is None:
        return None
    status, reason = STOPPED[caller.stopped]
    return status, caller.stopped, caller.told or reason


def of_another(caller: Caller | None, buyer: str) -> str:
    """Why a caller may not speak for a buyer; empty where it may."""
    if caller is None or not caller.buyer or caller.buyer == buyer:
        return ""
    return f"the client certificate is {caller.buyer}'s, and may not be used for another buyerIdentifier"
