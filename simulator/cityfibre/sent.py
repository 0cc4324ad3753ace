"""A check of our own: what we send keeps to our schemas. Always on in tests, a setting at run time."""

from lxml import etree

from simulator.cityfibre.books import Draft
from simulator.wire.schema import schema


class InvalidMessageSentError(AssertionError):
    """We were about to send a message that breaks its schema: a bug of ours."""


def check_sent(message: etree._Element, schema_name: str, draft: Draft) -> None:
    """Refuse to send an invalid message, where ``validate_sent`` asks for it.

    Raises:
        InvalidMessageSentError: the message breaks the schema of that file.
    """
    if not draft.settings.validate_sent:
        return
    gate = schema(schema_name)
    if not gate.valid(message):
        told = "; ".join(str(violation) for violation in gate.explain(message))
        raise InvalidMessageSentError(f"{schema_name}: {told}")
