"""What a broken document's sender most likely did, said beside the parser's own words."""

import pytest

from simulator.wire.errors import ProtocolError
from simulator.wire.reader import read

HINTS = {
    b'{"a": 1}': "the body begins with '{', where XML begins with '<'",
    b"buyer=SPDEV1": "the body begins with 'b', where XML begins with '<'",
    b"<a>fish & chips</a>": "& must be written &amp;",
    b"<a>AT&T</a>": "& must be written &amp;",
    b"<a>?a=1&b=2</a>": "& must be written &amp;",
    "<a>Café</a>".encode("latin-1"): "the byte 0xE9 is not UTF-8 here; send UTF-8",
}


@pytest.mark.parametrize(("body", "hint"), HINTS.items(), ids=["json", "form", "ampersand", "name", "query", "latin-1"])
def test_a_hint(body: bytes, hint: str) -> None:
    """The rule and the place are as ever; the reason ends with what to do."""
    with pytest.raises(ProtocolError) as caught:
        read(body)
    assert caught.value.rule == "xml-not-well-formed"
    assert caught.value.reason.partition("; ")[2] == hint


@pytest.mark.parametrize("body", ["<a><b></a>", "<a b=“x”/>", "<a/>é", "<a>&#0;</a>"])
def test_no_hint_where_there_is_nothing_to_say(body: str) -> None:
    """What is UTF-8 is not called otherwise, and the parser's own words are enough."""
    with pytest.raises(ProtocolError) as caught:
        read(body.encode())
    assert ";" not in caught.value.reason
