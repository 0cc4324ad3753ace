"""Whether a message is one that is expected; and if not, in what it differs."""

from simulator.scenario.matching import Difference, differences_anywhere
from simulator.verification.expectation import Expectation, spread
from simulator.verification.messages import Message, Opened
from simulator.verification.selecting import SelectionError, compiled, selected

LONGEST_FOUND = 200
"""Characters of what was found that a difference tells."""
_DELIVERED = {True: "delivered", False: "not taken by the buyer", None: "not delivered so far"}


class UnusableError(ValueError):
    """An XPath can't be evaluated on a message that came; ``index`` is its place among those of the expectation."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


class Judge:
    """One expectation, ready to be asked about messages. ``ticket`` is the address of the ticket that it names."""

    def __init__(self, expectation: Expectation, ticket: str | None = None) -> None:
        self.expectation = expectation
        self.ticket = ticket
        self.wanted = spread(expectation.fields)
        self._xpaths = [(one, compiled(one)) for one in expectation.xpath]

    def concerns(self, message: Message) -> bool:
        """Whether a message is of the kind that is expected."""
        return (message.kind, message.name) == (self.expectation.kind, self.expectation.name)

    def differences(self, opened: Opened) -> list[Difference]:
        """In what a message of that kind differs from what is expected; ``[]`` where it fits.

        Raises:
            UnusableError: an XPath can't be evaluated on it.
        """
        found = self._around(opened.message)
        if not self.wanted and not self._xpaths:
            return found
        if opened.root is None:  # else it would fit where an element must not be there
            return [
                *found,
                Difference("body", "XML that can be read", "something else" if opened.message.body else "empty"),
            ]
        found += [_cut(one) for one in differences_anywhere(self.wanted, opened.fields)]
        return [*found, *self._selections(opened)]

    def _around(self, message: Message) -> list[Difference]:
        """What is known of a message without a look into it."""
        wanted, found = self.expectation, []
        if self.ticket not in {None, message.ticket}:
            found.append(Difference("ticket", str(self.ticket), message.ticket or "none"))
        if wanted.status not in {None, message.status}:
            found.append(Difference("status", str(wanted.status), str(message.status or "none")))
        if wanted.refused_by not in {None, message.refused_by}:
            found.append(Difference("refused_by", str(wanted.refused_by), message.refused_by or "none: it was taken"))
        if wanted.demands_taken and (message.refused_by or message.status is None):
            found.append(
                Difference("refused_by", "none: it is taken", message.refused_by or "a bug of the simulator's")
            )
        if wanted.delivered not in {None, message.delivered}:
            found.append(Difference("delivered", _DELIVERED[wanted.delivered], _DELIVERED[message.delivered]))
        return found

    def _selections(self, opened: Opened) -> list[Difference]:
        found: list[Difference] = []
        for index, (selection, xpath) in enumerate(self._xpaths):
            assert opened.root is not None  # noqa: S101 - narrows the type
            try:
                texts = selected(selection, xpath, opened.root)
            except SelectionError as error:
                raise UnusableError(index, str(error)) from None
            if not selection.must_be.fits(texts):
                told = ", ".join(map(repr, texts)) if any(texts) else "blank" if texts else "not there"
                found.append(_cut(Difference(f"XPath {selection.select}", str(selection.must_be), told)))
        return found


def _cut(one: Difference) -> Difference:
    if len(one.found) <= LONGEST_FOUND:
        return one
    return Difference(one.field, one.expected, one.found[: LONGEST_FOUND - 1] + "…")
