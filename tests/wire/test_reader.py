"""The hardened reader: what a hostile or broken sender piles up is refused, in words, and nothing is ever fetched."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from simulator.wire.errors import Place, ProtocolError
from simulator.wire.reader import read

DECLARED = '<?xml version="1.0" encoding="{}"?><note>café</note>'
NO_SUCH_ENCODING = "the encoding is not accepted; send UTF-8 (US-ASCII, or UTF-16 with a byte order mark)"
NO_MARK = "UTF-16 needs a byte order mark"
DOCTYPE = "a document type declaration (DOCTYPE) is not accepted"
INSTRUCTION = "a processing instruction is not accepted"

BOMB = b"""<!DOCTYPE note [
  <!ENTITY a "ha">
  <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
  <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>
<note>&c;&c;&c;</note>"""


def refusal(body: bytes) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        read(body)
    return caught.value


def nested(depth: int) -> str:
    return "<a>" * depth + "</a>" * depth


def attributes(count: int) -> str:
    return "".join(f' a{number}="1"' for number in range(count))


# -- what is read


def test_a_message_becomes_an_element_that_knows_its_lines() -> None:
    """The element has its children, their text as sent, and the line on which each began."""
    root = read(b"<?xml version='1.0'?>\n<note>\n  <to> Ann  </to>\n</note>\n")

    assert "note" == root.tag
    assert [("to", " Ann  ", 3)] == [(child.tag, child.text, child.sourceline) for child in root]


def test_comments_vanish_and_cdata_is_text() -> None:
    """Text is whole although a comment or a CDATA section stands in the middle of it."""
    root = read(b"<!-- before --><note>one<!-- and --> two<![CDATA[ <three>]]></note><!-- after -->")

    assert ["one two <three>"] == list(root.itertext())
    assert [] == list(root)


def test_the_five_entities_of_xml_and_character_references_are_text() -> None:
    """Only what needs no document type is expanded."""
    assert "<&>\"' é😀" == read(b"<note>&lt;&amp;&gt;&quot;&apos; &#233;&#x1F600;</note>").text


READABLE = {
    "utf-8 undeclared": "<note>café</note>".encode(),
    "utf-8 with a mark": "\ufeff<note>café</note>".encode(),
    "utf-8": DECLARED.format("utf-8").encode(),
    "UTF-8": DECLARED.format("UTF-8").encode(),
    "utf-8 in single quotes": DECLARED.format("utf-8").replace('"', "'").encode(),
    "us-ascii": DECLARED.format("us-ascii").replace("é", "&#233;").encode(),
    "ASCII": DECLARED.format("ASCII").replace("é", "&#xE9;").encode(),
    "utf-16 little end first": b"\xff\xfe" + DECLARED.format("utf-16").encode("utf-16-le"),
    "utf-16 big end first": b"\xfe\xff" + DECLARED.format("UTF-16").encode("utf-16-be"),
    "utf-16 undeclared, with a mark": b"\xff\xfe" + "<note>café</note>".encode("utf-16-le"),
}


@pytest.mark.parametrize("body", READABLE.values(), ids=READABLE.keys())
def test_each_accepted_encoding_is_read(body: bytes) -> None:
    """UTF-8, US-ASCII and marked UTF-16 give the same text."""
    assert "café" == read(body).text


# -- what is not well-formed

BROKEN = [b"<note><to>", b"<note", b'<note a="', b"<note><!-- ", b"<note><![CDATA[", b"<note/", b"<", b"<note>&am"]
BROKEN += [b"<note/><note/>", b"<note/>end", b"hello", b'{"note": 1}', b"<note></to>", b"<note a=1/>", b"<x:note/>"]
BROKEN += [b'<note a="1" a="2"/>', b'<n xmlns:x="u" xmlns:y="u" x:b="" y:b=""/>', b'<n xmlns:xmlns="urn:x"/>']
BROKEN += [b'<a:b:c xmlns:a="urn:x"/>', b"<note>&nbsp;</note>", b"<note>&#0;</note>", b"<note>&#xD800;</note>"]
BROKEN += [b"<note>\0</note>", b"<no\0te/>", b"<note/>\0", b"\0\0\0\0", b"<note>\x01</note>", b"<!-- -- --><note/>"]
BROKEN += [b' <?xml version="1.0"?><note/>', b'<?xml version="1.0"?>' * 2 + b"<note/>", b'<?xml version="2.0"?><note/>']
BROKEN += [b"\xef\xbb\xbf", b"\xff\xfe", b"<n>\xed\xa0\x80</n>", b"<n>\xc0\xbcb/></n>", b"<n>\xc3</n>"]
MISCODED = {
    "Latin-1 undeclared": "<note>café</note>".encode("latin-1"),
    "UTF-8 declared as ASCII": DECLARED.format("us-ascii").encode(),
    "UTF-16 declared as UTF-8": b"\xff\xfe" + DECLARED.format("utf-8").encode("utf-16-le"),
    "UTF-16 of an odd length": b"\xff\xfe" + "<note/>".encode("utf-16-le") + b"\0",
    "UTF-16 with a noncharacter": b"\xff\xfe" + "<note>\ufffe</note>".encode("utf-16-le"),
    "UTF-32": DECLARED.format("utf-32").encode("utf-32"),
    "UTF-32 undeclared": "<note/>".encode("utf-32-be"),
    "UTF-7 undeclared": b"+ADw-note/+AD4-",
    "EBCDIC": DECLARED.format("utf-8").encode("cp037"),
}


@pytest.mark.parametrize("body", [*BROKEN, *MISCODED.values()], ids=[*map(repr, BROKEN), *MISCODED])
def test_what_is_not_well_formed_is_refused_at_a_place(body: bytes) -> None:
    """Each has a reason, and a line and a column that count from 1."""
    error = refusal(body)

    assert "xml-not-well-formed" == error.rule
    assert error.reason
    assert error.place.line == 1
    assert error.place.column >= 1


def test_the_place_and_the_reason_are_those_of_the_parser_that_refused() -> None:
    """Where reading stopped, in words of one line that do not say the place a second time."""
    first, second = refusal(b"<note>\n  <to>Ann</from>\n</note>"), refusal(b'<?xml version="2.0"?><note/>')

    assert ("mismatched tag", Place(2, 12)) == (first.reason, first.place)
    assert ("Unsupported version '2.0'", Place(1, 20)) == (second.reason, second.place)


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t "], ids=["nothing", "a space", "white space"])
def test_an_empty_body_is_called_empty(body: bytes) -> None:
    """It has no place to name."""
    error = refusal(body)

    expected = ("xml-not-well-formed", "the body is empty; an XML document was expected", Place())
    assert expected == (error.rule, error.reason, error.place)


# -- what is well-formed, but not accepted here

REFUSED = {
    "a document type": (b"<!DOCTYPE note><note/>", DOCTYPE),
    "an entity bomb": (BOMB, DOCTYPE),
    "a file as an entity": (b'<!DOCTYPE n [<!ENTITY x SYSTEM "file:///etc/hostname">]><n>&x;</n>', DOCTYPE),
    "a document type elsewhere": (b'<!DOCTYPE n SYSTEM "http://192.0.2.1/n.dtd"><n/>', DOCTYPE),
    "a public document type": (b'<!DOCTYPE n PUBLIC "-//X//Y" "http://192.0.2.1/n.dtd"><n/>', DOCTYPE),
    "parameter entities": (b'<!DOCTYPE n [<!ENTITY % x SYSTEM "http://192.0.2.1/x"> %x;]><n/>', DOCTYPE),
    "a document type in UTF-16": (b"\xff\xfe" + "<!DOCTYPE n><n/>".encode("utf-16-le"), DOCTYPE),
    "an instruction before the root": (b"<?php echo ?><note/>", INSTRUCTION),
    "an instruction inside": (b"<note><?target?></note>", INSTRUCTION),
    "an instruction behind the root": (b"<note/><?target data?>", INSTRUCTION),
    "a style sheet": (b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><note/>', INSTRUCTION),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_document_types_and_instructions_are_refused(body: bytes, reason: str) -> None:
    """They do not reach the parser that could expand or fetch something."""
    error = refusal(body)

    assert ("xml-limit", reason) == (error.rule, error.reason)


def test_a_refusal_says_where() -> None:
    """Line and column count from 1."""
    assert Place(3, 5) == refusal(b"<note>\n<to/>\n    <?target?>\n</note>").place
    assert Place(1, 1) == refusal("<note/>".encode("utf-16-le")).place


NOT_SERVED = ["iso-8859-1", "latin1", "windows-1252", "utf-7", "utf8", "utf-16le", "utf-32", "shift_jis", "cp037"]
NOT_SERVED += ["idna", "rot13", "base64", "x" * 200]


@pytest.mark.parametrize("encoding", NOT_SERVED)
def test_other_encodings_are_refused_by_name(encoding: str) -> None:
    """The words say which are accepted, and do not repeat what was sent."""
    error = refusal(DECLARED.format(encoding).replace("é", "e").encode())

    assert ("xml-limit", NO_SUCH_ENCODING, 1) == (error.rule, error.reason, error.place.line)


UNDECLARED, HALF_DECLARED, BARE = "<note>é</note>", '<?xml version="1.0"?><note>é</note>', DECLARED.format("utf-16")
UNMARKED = [text.encode(f"utf-16-{end}") for text in (UNDECLARED, HALF_DECLARED, BARE) for end in ("le", "be")]


@pytest.mark.parametrize("body", [*UNMARKED, BARE.encode(), BARE.encode("utf-8-sig")], ids=range(8))
def test_utf_16_needs_its_mark(body: bytes) -> None:
    """However it is declared, and even if it is only declared: without a mark nobody says which end comes first."""
    error = refusal(body)

    assert ("xml-limit", NO_MARK) == (error.rule, error.reason)


# -- limits


def namespaces(count: int) -> str:
    return "".join(f' xmlns:n{number}="urn:{number}"' for number in range(count))


def many_names(count: int) -> str:
    return f"<a>{''.join(f'<b{number:04}/><b{number:04}/>' for number in range(count))}</a>"


MANY_NAMES = "more than 16000 characters of different names and namespaces"
FORTY_OF_FIFTY = f"<b{attributes(50)}/>" * 40
LIMITS = {
    "depth": (nested(64), nested(65), "elements nested deeper than 64"),
    "depth behind others": (
        f"<a>{'<b></b>' * 70}{nested(63)}</a>",
        f"<a>{'<b></b>' * 70}{nested(64)}</a>",
        "elements nested deeper than 64",
    ),
    "elements": (f"<a>{'<b/>' * 19_999}</a>", f"<a>{'<b/>' * 20_000}</a>", "more than 20000 elements"),
    "attributes on one element": (
        f"<a{attributes(64)}{namespaces(2)}/>",
        f"<a><b{attributes(65)}/></a>",
        "more than 64 attributes on one element",
    ),
    "attributes": (f"<a>{FORTY_OF_FIFTY}</a>", f'<a>{FORTY_OF_FIFTY}<c d=""/></a>', "more than 2000 attributes"),
    "names": (f"<a><{'b' * 15_999}/></a>", f"<a><{'b' * 16_000}/></a>", MANY_NAMES),
    "different names": (many_names(3_199), many_names(3_200), MANY_NAMES),
    "attributes' names": (f'<a {"b" * 15_999}=""/>', f'<a {"b" * 15_998}="" cc=""/>', MANY_NAMES),
    "names of namespaces": (f'<a xmlns:b="{"u" * 15_998}"/>', f'<a xmlns:b="{"u" * 15_999}"/>', MANY_NAMES),
    "namespaces": (f"<a{namespaces(256)}/>", f"<a{namespaces(257)}/>", "more than 256 namespace declarations"),
    "namespaces bound again and again": (
        "<a>" + '<b xmlns="urn:x"/>' * 256 + "</a>",
        "<a>" + '<b xmlns="urn:x"/>' * 257 + "</a>",
        "more than 256 namespace declarations",
    ),
    "namespaces reset again and again": (
        "<a>" + '<b xmlns=""/>' * 256 + "</a>",
        "<a>" + '<b xmlns=""/>' * 257 + "</a>",
        "more than 256 namespace declarations",
    ),
}


@pytest.mark.parametrize(("most", "one_more", "reason"), LIMITS.values(), ids=LIMITS.keys())
def test_the_limits(most: str, one_more: str, reason: str) -> None:
    """What a limit allows is read, one more is refused."""
    assert read(most.encode()).tag == "a"

    error = refusal(one_more.encode())
    assert ("xml-limit", reason) == (error.rule, error.reason)


def test_a_huge_attribute_and_a_huge_text_are_only_long() -> None:
    """How many bytes there may be is the server's to say; the reader passes a million of each."""
    root = read(b'<note a="' + b"x" * 1_000_000 + b'">' + b"y" * 1_000_000 + b"</note>")

    assert (1_000_000, 1_000_000) == (len(root.get("a") or ""), len(root.text or ""))


def test_beyond_what_the_parser_holds_there_is_a_refusal_and_no_crash() -> None:
    """libxml2 stops at ten million characters of one value; its words too are one line."""
    error = refusal(b'<note a="' + b"x" * 10_000_001 + b'"/>')

    assert [error.reason] == error.reason.splitlines()


# -- whatever comes

PIECES = b"""<note ~>~/>~</note>~<?xml version="1.0"~ encoding="~utf-16~utf-8~"?>~<!--~-->~<![CDATA[~]]>~<!DOCTYPE n [
~<!ENTITY x 'y'>~]>~&x;~&#65;~ xmlns:x="urn:x"~"~<x:y~\xff\xfe~\xef\xbb\xbf~\0~\xe9~text~\n~%x;~<?p ?>""".split(b"~")


@settings(max_examples=300)
@given(body=st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)))
def test_whatever_comes_in_there_is_an_element_or_a_protocol_error(body: bytes) -> None:
    """No bytes raise anything else, and a reason is never empty."""
    try:
        root = read(body)
    except ProtocolError as error:
        assert error.reason  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(root.tag, str)


Seen = list[tuple[object, dict[str, str], str, str]]


@settings(max_examples=200)
@given(st.integers(0, 120), st.sampled_from(PIECES) | st.binary(min_size=1, max_size=3))
def test_the_parser_that_counts_and_the_one_that_reads_see_the_same(at: int, splice: bytes) -> None:
    """Where a damaged message is let through, nothing in it has slipped past the first of the two."""
    whole = b'<note a="1"><to x="&lt;">Ann &amp; Bob</to><!-- c --><text>caf\xc3\xa9 <b/> end</text></note>'
    body = whole[:at] + splice + whole[at:]
    try:
        found: Seen = [(one.tag, dict(one.attrib), one.text or "", one.tail or "") for one in read(body).iter()]
    except ProtocolError:
        return
    counted = ET.fromstring(body)  # noqa: S314 - expat itself, on what the reader has let through
    assert [(one.tag, one.attrib, one.text or "", one.tail or "") for one in counted.iter()] == found


def test_a_refused_message_leaves_nothing_behind_for_the_next() -> None:
    """The shared parser reads a good message after any broken one."""
    for body in BROKEN:
        refusal(body)
        assert b"<note/>" == etree.tostring(read(b"<note/>"))
