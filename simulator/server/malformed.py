"""What is answered to bytes that are no HTTP: a status, what was wrong, and what to send instead. None is echoed."""

from typing import NamedTuple

from aiohttp import http_exceptions
from aiohttp.http import HttpProcessingError

LONGEST_OPENING = 64
"""Bytes kept of how a connection began: they tell TLS from noise, and the log what came."""
_TLS_HANDSHAKE = b"\x16"
_CRLF = "end each line of the head with CR and LF, and put each header on one line"


class Answer(NamedTuple):
    """A status, and the words that go with it."""

    status: int
    text: str


TLS = Answer(400, "this port speaks plain HTTP; what came looks like a TLS handshake: use http:// in place of https://")
_METHOD = Answer(
    400, "the request begins with no method of HTTP; one is written in capitals, as in POST /path HTTP/1.1"
)
_TARGET = Answer(
    400, "the target of the request is none; send a path or an http URL in ASCII, with all else escaped as in %20"
)
_TARGET_LENGTH = Answer(414, "the target of the request is longer than 8,190 bytes; shorten it")
_LINE_LENGTH = Answer(431, "a line of the head is longer than 8,190 bytes; shorten the target or the header")
_WORDS = {
    "PRI/Upgrade": Answer(505, "HTTP/2 is not spoken here; send HTTP/1.1 (curl --http1.1 does)"),
    "Invalid HTTP version": Answer(505, "the version of HTTP is not spoken here; send HTTP/1.1"),
    "Expected dot": Answer(505, "the version of HTTP is not spoken here; send HTTP/1.1"),
    "Expected HTTP/": Answer(
        400, "send a request line such as POST /path HTTP/1.1; a space in the path is written %20"
    ),
    "Missing 'Host'": Answer(400, "the request has no Host header; send one"),
    "Duplicate Content-Length": Answer(400, "Content-Length came twice; send it once"),
    "Duplicate '": Answer(400, "a header came twice that may come only once; Host and Content-Type are such headers"),
    "Too many headers": Answer(431, "the request has more than 128 headers or trailers; send fewer"),
    "Transfer-Encoding can't be present with": Answer(400, "send Content-Length or Transfer-Encoding, and not both"),
    "Content-Length can't be present with": Answer(400, "send Content-Length or Transfer-Encoding, and not both"),
    "Content-Length": Answer(400, "Content-Length is to be a number of bytes, in digits alone"),
    "Transfer-Encoding": Answer(400, "Transfer-Encoding is to be chunked, once and as the last"),
    "hunk": Answer(400, "the chunked body is broken; a chunk is its size in hex, CRLF, so many bytes, CRLF"),
    "Data after": Answer(400, "more came behind a request that said Connection: close; send nothing behind it"),
    "whitespace": Answer(400, _CRLF),
    "space after start line": Answer(400, _CRLF),
    "CR": Answer(400, _CRLF),
    "LF": Answer(400, _CRLF),
    "header": Answer(
        400, "a header is broken; send its name, a colon right behind it, and a value of printable letters"
    ),
}
"""By what the parser says; the first that it says counts."""
_OTHER = Answer(
    400, "what came can't be read as HTTP/1.1; send a request line such as POST /path HTTP/1.1, and headers"
)


def answer_to(error: HttpProcessingError, opening: bytes) -> Answer:
    """What is answered on a connection that began with ``opening``."""
    match error:
        case _ if opening.startswith(_TLS_HANDSHAKE):
            return TLS
        case http_exceptions.LineTooLong(args=(line, *_)):
            began = opening.partition(b" ")[2]
            return _TARGET_LENGTH if began and bytes(line).startswith(began) else _LINE_LENGTH
        case http_exceptions.BadHttpMethod():
            return _METHOD
        case http_exceptions.InvalidURLError():
            return _TARGET
    said = error.message.partition("\n\n")[0]  # what follows are the bytes that came
    return next((answer for phrase, answer in _WORDS.items() if phrase in said), _OTHER)


def shown(opening: bytes) -> str:
    """How a connection began, for one line of the log: no more than a request line, for what follows may be secret."""
    line = opening.partition(b"\r")[0].partition(b"\n")[0].decode("latin-1")
    return "".join(letter if letter.isascii() and letter.isprintable() else "." for letter in line)
