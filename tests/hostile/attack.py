"""What an attack is: a good document made bad, and what it gets."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile.lures import Lures

MALFORMED, LIMIT, XSD, TAKEN = "xml-not-well-formed", "xml-limit", "xsd", ""
ENVELOPE, VERSION, UNDERSTAND = "envelope", "envelope-version", "envelope-must-understand"

Make = Callable[[str, Lures], str | bytes]
"""Makes the attack of a good document, bare or in an envelope."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack document, and the rule that refuses it; ``TAKEN`` where there is nothing wrong with it.

    ``appointments`` is said where appointment operations refuse by another rule. ``read`` is the messageId that is read
    where it is taken. ``style`` says of which kind a document must be, ``bare`` or ``soap``, where either will not do.
    """

    name: str
    make: Make
    rule: str
    appointments: str | None = None
    read: str = ""
    style: str = ""

    def rule_for(self, *, appointment: bool) -> str:
        """The rule by which an operation refuses it."""
        return self.appointments if appointment and self.appointments is not None else self.rule


def before(prolog: str) -> Make:
    """Something in front of the document."""
    return lambda document, lures: put(prolog, lures) + document


def behind(rest: str) -> Make:
    """Something behind it."""
    return lambda document, lures: document + put(rest, lures)


def valued(text: str, element: str = "messageId") -> Make:
    """Another value of an element, as markup."""
    return lambda document, lures: value(document, put(text, lures), element)


def value(document: str, text: str, element: str = "messageId") -> str:
    """The document with another value."""
    changed, count = re.subn(rf"(<{element}>)[^<]*(</{element}>)", lambda found: found[1] + text + found[2], document)
    assert count == 1, element
    return changed


def tagged(attributes: str, element: str = "messageId") -> Make:
    """Attributes for an element."""
    return lambda document, lures: document.replace(f"<{element}>", f"<{element} {put(attributes, lures)}>", 1)


def on_the_message(attributes: str) -> Make:
    """Attributes for the message's own element."""
    pattern = re.compile("<(addFaultReport|queryAppointmentAvailabilityRequest)")
    return lambda document, lures: pattern.sub(lambda found: f"{found[0]} {put(attributes, lures)}", document, count=1)


def entity(declarations: str, reference: str = "&x;") -> Make:
    """A document type with declarations, and a value that refers to them."""
    return lambda document, lures: f"<!DOCTYPE a [{put(declarations, lures)}]>{value(document, reference)}"


def put(text: str, lures: Lures) -> str:
    """The lures in place of their names."""
    return (
        text.replace("FILE:", lures.file.as_uri())
        .replace("PATH:", str(lures.file))
        .replace("HTTP:", lures.web)
        .replace("FTP:", lures.archive)
    )


def only(body: str | bytes) -> Make:
    """A body that has nothing of the good document."""
    return lambda _document, _lures: body
