"""The hardened way from bytes to an element: expat counts and refuses first, then lxml parses.

Nothing is ever fetched or expanded: a document type, a processing instruction or a document beyond the limits
does not reach lxml (contract §1, the row of DOCTYPE and limits).
"""

import re
from contextlib import suppress
from xml.parsers import expat

from lxml import etree

from simulator.wire.errors import Place, ProtocolError

LONGEST_BODY = 256 * 1024
"""Bytes of one message."""
MOST_DEPTH = 64
MOST_ELEMENTS = 20_000
MOST_ATTRIBUTES_ON_ONE = 64
MOST_ATTRIBUTES = 2_000
MOST_NAMESPACES = 256
MOST_OF_NAMES = 16_000
"""Characters of all different names, prefixes and namespaces of a message: lxml never forgets one that it has read."""
ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "utf-16"})
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF16_UNMARKED = (b"<\0", b"\0<")
_UNMARKED = "UTF-16 needs a byte order mark"
LONGEST_ENTITY = 32
_BARE_AMPERSAND = re.compile(rb"&\w*[^\w;#]?$")
_OWN_PLACE = re.compile(r", line \d+, column \d+$")

_PARSER = etree.XMLParser(
    resolve_entities="internal",
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)


def read(body: bytes) -> etree._Element:
    """Parse a message.

    Raises:
        ProtocolError: ``xml-not-well-formed``, or ``xml-limit`` for what is well-formed but not allowed here.
    """
    _Scan(body).run()
    try:
        return etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = _OWN_PLACE.sub("", error.msg or "not well-formed").strip()
        raise ProtocolError("xml-not-well-formed", reason, Place(line, column)) from None


def _begins_with_utf8(text: bytes) -> bool:
    for length in range(1, 5):
        with suppress(UnicodeDecodeError):
            text[:length].decode()
            return True
    return False


class _Scan:
    """One pass of expat over a document, which counts what a hostile sender would pile up."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._depth = 0
        self._elements = 0
        self._attributes = 0
        self._namespaces = 0
        self._names: set[str] = set()
        self._of_names = 0
        parser = expat.ParserCreate(namespace_separator="\x01")  # a character that no name can hold
        parser.ordered_attributes = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self._parser = parser

    def run(self) -> None:
        if not self._body.strip():
            raise ProtocolError("xml-not-well-formed", "the body is empty; an XML document was expected", Place())
        if self._body.startswith(_UTF16_UNMARKED):
            raise ProtocolError("xml-limit", _UNMARKED, Place(1, 1))
        try:
            self._parser.Parse(self._body, True)  # noqa: FBT003 - expat takes no keyword
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            if reason == expat.errors.XML_ERROR_INVALID_TOKEN:
                reason += self._hint()
            raise ProtocolError("xml-not-well-formed", reason, Place(error.lineno, error.offset + 1)) from None
        except (LookupError, ValueError) as error:  # an encoding that Python itself can't serve
            raise ProtocolError("xml-not-well-formed", f"unreadable encoding ({error})", Place(1, 1)) from None

    def _hint(self) -> str:
        """What most often stands at the place of an error."""
        at = self._parser.ErrorByteIndex
        start, before, there = self._body.lstrip()[:1], self._body[:at], self._body[at : at + 4]
        if start != b"<" and start < b"\x80":
            return f"; the body begins with {start.decode()!r}, where XML begins with '<'"
        if _BARE_AMPERSAND.search(before[-LONGEST_ENTITY:] + there[:1]):
            return "; & must be written &amp;"
        if there >= b"\x80" and not self._body.startswith(_UTF16_MARKS) and not _begins_with_utf8(there):
            return f"; the byte 0x{there[:1].hex().upper()} is not UTF-8 here; send UTF-8"
        return ""

    def _refuse(self, reason: str) -> None:
        place = Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)
        raise ProtocolError("xml-limit", reason, place)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is None:
            return
        if encoding.lower() not in ENCODINGS:
            self._refuse("the encoding is not accepted; send UTF-8 (US-ASCII, or UTF-16 with a byte order mark)")
        if encoding.lower() == "utf-16" and not self._body.startswith(_UTF16_MARKS):
            self._refuse(_UNMARKED)

    def _doctype(self, *_: object) -> None:
        self._refuse("a document type declaration (DOCTYPE) is not accepted")

    def _instruction(self, *_: object) -> None:
        self._refuse("a processing instruction is not accepted")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._namespaces += 1
        if self._namespaces > MOST_NAMESPACES:
            self._refuse(f"more than {MOST_NAMESPACES} namespace declarations")
        self._name(prefix or "")
        self._name(uri or "")

    def _name(self, name: str) -> None:
        """Count a name when it is new; an element's or attribute's counts with its namespace."""
        if name not in self._names:
            self._names.add(name)
            self._of_names += len(name)
            if self._of_names > MOST_OF_NAMES:
                self._refuse(f"more than {MOST_OF_NAMES} characters of different names and namespaces")

    def _start(self, name: str, attributes: list[str]) -> None:
        self._name(name)
        self._depth += 1
        self._elements += 1
        if self._depth > MOST_DEPTH:
            self._refuse(f"elements nested deeper than {MOST_DEPTH}")
        if self._elements > MOST_ELEMENTS:
            self._refuse(f"more than {MOST_ELEMENTS} elements")
        if attributes:
            count = len(attributes) // 2
            self._attributes += count
            if count > MOST_ATTRIBUTES_ON_ONE:
                self._refuse(f"more than {MOST_ATTRIBUTES_ON_ONE} attributes on one element")
            if self._attributes > MOST_ATTRIBUTES:
                self._refuse(f"more than {MOST_ATTRIBUTES} attributes")
            for attribute in attributes[::2]:
                self._name(attribute)

    def _end(self, _name: str) -> None:
        self._depth -= 1
