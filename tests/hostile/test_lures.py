"""The lures catch whoever takes them: without that, none taken would mean nothing."""

import socket
from pathlib import Path

import pytest
from lxml import etree

from tests.hostile.lures import CANARY, WATCHABLE, WHY_NOT, laid

pytestmark = pytest.mark.skipif(not WATCHABLE, reason=WHY_NOT)


def test_a_file_that_is_read_is_counted_once_for_the_opening_and_once_for_the_reading(tmp_path: Path) -> None:
    """And laying the lure counts for nothing."""
    with laid(tmp_path) as lures:
        assert 0 == lures.opened()
        assert CANARY == lures.file.read_text()
        assert (2, 0) == (lures.opened(), lures.opened())


def test_whoever_connects_is_counted(tmp_path: Path) -> None:
    """At either port, once."""
    with laid(tmp_path) as lures:
        assert 0 == lures.connected()
        for listener in (lures.http, lures.ftp):
            socket.create_connection(listener.getsockname()[:2]).close()
        assert (2, 0) == (lures.connected(), lures.connected())


def test_a_parser_without_our_hardening_takes_the_file(tmp_path: Path) -> None:
    """The same document that the corpus sends, read carelessly: it gets what stands there."""
    with laid(tmp_path) as lures:
        document = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{lures.file.as_uri()}">]><a>&x;</a>'
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=True))
        assert CANARY == root.text
        assert lures.opened() >= 1
