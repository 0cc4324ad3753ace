"""An XPath of an expectation: checked before anything is looked at, and what it selects in a message, as texts."""

import re
from itertools import islice
from typing import Annotated, Any

from lxml import etree
from pydantic import Field, field_validator

from simulator.scenario.matching import Matcher
from simulator.wire.binding import collapse
from simulator.wire.complaints import shown, suggest

LONGEST_XPATH = 500
MOST_WIDE = 2
"""Steps of one XPath that look everywhere: each multiplies its time by the elements of the message."""
MOST_ELEMENTS = 1_000
"""Elements of a message on which an XPath is evaluated."""
MOST_PREFIXES = 20
"""Namespaces of one XPath."""
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAME = r"(?<![\w.-])([^\W\d][\w.-]*)"
_PREFIX = re.compile(rf"{_NAME}:(?!:)")
_CALL = re.compile(rf"(?<!:){_NAME}\s*\(")
_WIDE = re.compile(r"//|descendant|following|preceding|ancestor")
_NO_FUNCTIONS = frozenset({"and", "or", "div", "mod", "node", "text", "comment", "processing-instruction"})
"""What may stand before a bracket beside them."""
_FUNCTIONS = frozenset(
    {"last", "position", "count", "id", "local-name"}
    | {"namespace-uri", "name", "string", "concat", "starts-with"}
    | {"contains", "substring-before", "substring-after", "substring", "string-length"}
    | {"normalize-space", "translate", "boolean", "not", "true"}
    | {"false", "lang", "number", "sum", "floor"}
    | {"ceiling", "round"}
)
_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
"""Numbers that XPath spells in another way."""


class SelectionError(ValueError):
    """An XPath that can't be used."""


class Selection(Matcher):
    """What an XPath selects in the message, and how it must be. Without a matcher it must select something."""

    select: Annotated[str, Field(min_length=1, max_length=LONGEST_XPATH)] = Field(
        description="an XPath 1.0; it begins at the message, in an envelope or not"
    )
    namespaces: Annotated[dict[str, str], Field(max_length=MOST_PREFIXES)] = Field(
        {}, description="the namespaces of the XPath, by their prefixes"
    )

    @field_validator("one_of", mode="before")
    @classmethod
    def _check_texts(cls, value: object) -> object:
        """One message for all that may be wrong with it: pydantic would count only what is right."""
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            message = f"expected a list of texts, found {shown(value)}"
            raise ValueError(message)
        return value

    @property
    def must_be(self) -> Matcher:
        """How it must be."""
        said = (self.matches, self.one_of, self.present, self.not_)
        return Matcher(present=True) if all(one is None for one in said) else self


def compiled(selection: Selection) -> etree.XPath:
    """The XPath, ready to be used.

    libxml2 notices an unknown name only where it comes by it, and in most messages it does not; so they are looked for.

    Raises:
        SelectionError: it is none, or has a prefix or a function that nobody knows.
    """
    try:
        xpath = etree.XPath(selection.select, namespaces=selection.namespaces, regexp=False, smart_strings=False)
    except (etree.LxmlError, TypeError, ValueError) as error:
        raise SelectionError(f"not an XPath: {error}") from None
    bare = _LITERAL.sub("''", selection.select)
    if len(_WIDE.findall(bare)) > MOST_WIDE:
        raise SelectionError(f"more than {MOST_WIDE} steps that look everywhere (//, descendant, following, preceding)")
    for prefix in _PREFIX.findall(bare):
        if prefix not in {*selection.namespaces, "xml"}:
            raise SelectionError(f"the prefix `{prefix}` is not in namespaces")
    for name in _CALL.findall(bare):
        if name not in _FUNCTIONS | _NO_FUNCTIONS:
            raise SelectionError(f"XPath 1.0 has no function `{name}`{suggest(name, _FUNCTIONS)}")
    _evaluated(xpath, etree.Element("blank"))
    return xpath


def selected(selection: Selection, xpath: etree.XPath, message: etree._Element) -> list[str]:
    """The texts that an XPath selects: those of nodes, or the one of a number, a string or a truth.

    Where it is asked whether something is ``present``, a truth that is false stands for nothing.

    Raises:
        SelectionError: it can't be evaluated.
    """
    if sum(1 for _ in islice(message.iter(), MOST_ELEMENTS + 1)) > MOST_ELEMENTS:
        raise SelectionError(f"no XPath is evaluated on a message of more than {MOST_ELEMENTS} elements")
    found = _evaluated(xpath, message)
    if isinstance(found, bool):
        return ["true"] if found else [] if selection.must_be.present is not None else ["false"]
    if isinstance(found, float):
        return [str(int(found)) if found.is_integer() else _NUMBERS.get(repr(found), repr(found))]
    return [_text(one) for one in (found if isinstance(found, list) else [found])]


def _evaluated(xpath: etree.XPath, message: etree._Element) -> Any:  # noqa: ANN401 - whatever an XPath yields
    try:
        return xpath(message)
    except etree.LxmlError as error:
        raise SelectionError(f"can't be evaluated: {error}") from None


def _text(node: object) -> str:
    if isinstance(node, etree._Element):  # noqa: SLF001 - lxml's own name for the type
        return collapse("".join(map(str, node.itertext())))
    return collapse(str(node[1] if isinstance(node, tuple) else node))  # a namespace is a pair


def in_words(selection: Selection) -> str:
    """What is expected of an XPath, for people."""
    return f"XPath {selection.select} {selection.must_be}"
