"""What may be sent over a socket to a port that speaks HTTP, and what is to come of it, as a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tests.messages import add

TARGET = "/cfsit/api2/addFaultReport"
REPORT = add().encode()
"""A report that would make a ticket: what is let through by mistake is seen by what it does."""
Signal = Literal["half-close", "reset"]
Piece = bytes | float | Signal
"""Bytes in a packet of their own; or seconds to wait; or an end of the connection on this side."""


@dataclass(frozen=True, slots=True)
class Case:
    """Bytes to send; the status of each answer; and whether the connection is kept, or else closed.

    ``reached`` counts requests in the journal. ``anywhere`` are those that nobody looks at, whatever port they come to.
    """

    name: str
    sent: tuple[Piece, ...]
    answers: tuple[int, ...]
    says: str = ""
    kept: bool = False
    reached: int = 0
    tickets: int = 0
    anywhere: bool = False


def head(*headers: str, target: str = TARGET, line: str = "", host: str = "Host: 127.0.0.1\r\n") -> bytes:
    """A request line and headers; a header is on a line of its own."""
    return (
        f"{line or f'POST {target} HTTP/1.1'}\r\n{host}" + "".join(f"{one}\r\n" for one in headers) + "\r\n"
    ).encode("latin-1")


def post(*headers: str, body: bytes = REPORT, target: str = TARGET, line: str = "") -> bytes:
    """A request with a body of so many bytes, of XML."""
    said = [] if any(one.lower().startswith("content-type") for one in headers) else ["Content-Type: application/xml"]
    return head(*said, *headers, f"Content-Length: {len(body)}", target=target, line=line) + body


def chunked(*pieces: bytes, headers: Iterable[str] = ()) -> bytes:
    """A request whose body is what is given: chunks as they would be, or not."""
    return head("Content-Type: application/xml", "Transfer-Encoding: chunked", *headers) + b"".join(pieces)


def chunk(data: bytes = REPORT) -> bytes:
    """One chunk."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


END = b"0\r\n\r\n"
GET = head(line="GET /cfsit/api2/changeLog.txt HTTP/1.1")
_LENGTH = f"Content-Length: {len(REPORT)}"
_SMUGGLED = head("Content-Length: 0", target="/cfsit/api2/smuggled")


def malformed(name: str, *sent: Piece, status: int = 400, says: str = "") -> Case:
    """What is no HTTP, or none that is spoken: answered, and closed."""
    return Case(name, sent, (status,), says, anywhere=True)


def refused(name: str, *sent: Piece, status: int, says: str = "", kept: bool = True) -> Case:
    """A request that its environment refuses."""
    return Case(name, sent, (status,), says, kept=kept, reached=1)


def lost(name: str, *sent: Piece, status: int = 404, says: str = "", kept: bool = True) -> Case:
    """A request that leads to no environment."""
    return Case(name, sent, (status,), says, kept=kept)


def taken(name: str, *sent: Piece, kept: bool = True) -> Case:
    """Odd, and yet a good report."""
    return Case(name, sent, (201,), kept=kept, reached=1, tickets=1)


SMUGGLING = (
    malformed("length-and-chunks", head(_LENGTH, "Transfer-Encoding: chunked") + END, says="and not both"),
    malformed("chunks-and-length", head("Transfer-Encoding: chunked", _LENGTH) + END, says="and not both"),
    malformed("two-lengths", head(_LENGTH, "Content-Length: 4") + REPORT, says="Content-Length came twice"),
    malformed("the-same-length-twice", head(_LENGTH, _LENGTH) + REPORT, says="Content-Length came twice"),
    malformed("a-list-of-lengths", head("Content-Length: 4, 4") + b"<a/>", says="in digits alone"),
    malformed("chunked-then-identity", head("Transfer-Encoding: chunked, identity") + END, says="chunked, once"),
    malformed("identity", head("Transfer-Encoding: identity") + REPORT, says="chunked, once"),
    malformed("chunked-twice", head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + END),
    malformed("xchunked", head("Transfer-Encoding: xchunked") + END, says="chunked, once"),
    malformed("a-tab-of-a-kind-before-chunked", head("Transfer-Encoding: \x0bchunked") + END),
    malformed("space-before-the-colon", head("Transfer-Encoding : chunked") + END, says="a colon right behind it"),
    malformed("length-with-space-before-the-colon", head("Content-Length : 4") + b"<a/>"),
    malformed("folded-header", head("X-Fold: a\r\n b") + END, says="each header on one line"),
    malformed("folded-encoding", head("Transfer-Encoding:\r\n chunked") + END),
    malformed("bare-lf", b"POST /x HTTP/1.1\nHost: a\nContent-Length: 0\n\n", says="with CR and LF"),
    malformed("bare-lf-in-a-header", head("X-A: b\nContent-Length: 4") + b"<a/>", says="with CR and LF"),
    malformed("bare-cr-in-a-header", head("X-A: b\rContent-Length: 4") + b"<a/>", says="with CR and LF"),
    malformed("space-before-the-first-header", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", says="each header on one line"),
    malformed("underscored-length-is-none", head("Content_Length: 4", "Content-Length: x") + b"<a/>"),
    Case(
        "a-body-that-holds-a-request",
        (post(body=_SMUGGLED), GET),
        (500, 200),
        kept=True,
        reached=1,
    ),
    Case(
        "connection-names-the-length",
        (post(f"Connection: keep-alive, content-length, {'x' * 100}"),),
        (201,),
        kept=True,
        reached=1,
        tickets=1,
    ),
    taken("chunked-in-odd-case", head("Content-Type: text/xml", "Transfer-Encoding: cHuNkEd") + chunk() + END),
    refused("a-get-with-a-body", post(line=f"GET {TARGET} HTTP/1.1"), status=405),
)

LENGTHS = (
    malformed("negative-length", head("Content-Length: -1"), says="in digits alone"),
    malformed("plus-length", head("Content-Length: +4") + b"<a/>", says="in digits alone"),
    malformed("hex-length", head("Content-Length: 0x4") + b"<a/>", says="in digits alone"),
    malformed("length-with-a-point", head("Content-Length: 4.0") + b"<a/>", says="in digits alone"),
    malformed("empty-length", head("Content-Length:") + b"<a/>", says="in digits alone"),
    malformed("length-beyond-any-number", head(f"Content-Length: {'9' * 40}"), says="in digits alone"),
    Case(
        "the-largest-length-there-is", (head("Content-Length: 18446744073709551615") + REPORT,), (413,), anywhere=True
    ),
    Case("a-length-beyond-any-body", (head("Content-Length: 9223372036854775807") + REPORT,), (413,), anywhere=True),
    refused("a-gigabyte-announced", head("Content-Type: text/xml", f"Content-Length: {2**30}"), status=408, kept=False),
    refused("no-length-at-all", head("Content-Type: text/xml"), status=500),
    refused("body-shorter-than-announced", post()[:-10], status=408, kept=False),
    Case("body-longer-in-one-packet", (post() + b"and more\r\n\r\n",), (400,), "no method of HTTP"),
    Case("body-longer-in-the-next-packet", (post(), 0.1, b"and more\r\n\r\n"), (201, 400), reached=1, tickets=1),
    refused("a-body-one-byte-too-big", post(body=REPORT.ljust(262_145)), status=413, kept=False),
    Case("crlf-behind-the-body", (post() + b"\r\n", GET), (201, 200), kept=True, reached=1, tickets=1),
)

CHUNKS = (
    malformed("negative-chunk", chunked(b"-1\r\n"), says="a chunk is its size in hex"),
    malformed("huge-chunk", chunked(b"f" * 18 + b"\r\n"), says="a chunk is its size in hex"),
    malformed("chunk-in-decimal-with-a-sign", chunked(b"+5\r\nabcde\r\n", END)),
    malformed("chunk-with-0x", chunked(b"0x5\r\nabcde\r\n", END)),
    malformed("chunk-with-a-space", chunked(b"5 \r\nabcde\r\n", END)),
    malformed("chunk-without-its-crlf", chunked(b"4\r\n<a/>0\r\n\r\n")),
    malformed("chunk-with-bare-lf", chunked(b"4\n<a/>\n0\n\n")),
    malformed("chunk-that-is-empty", chunked(b"\r\n")),
    malformed("chunk-extension-with-nul", chunked(b"4;\0\r\n<a/>\r\n", END)),
    malformed("trailers-without-end", chunked(END[:3], b"X: y\r\n" * 500), status=431, says="more than 128 headers"),
    malformed("huge-trailer", chunked(END[:3], b"X: " + b"y" * 9_000), status=431, says="8,190 bytes"),
    taken("chunk-extensions", chunked(f"{len(REPORT):x};name=value\r\n".encode(), REPORT, b"\r\n", END)),
    taken("a-long-chunk-extension", chunked(f"{len(REPORT):x};{'x' * 100_000}\r\n".encode(), REPORT, b"\r\n", END)),
    taken("chunks-of-one-byte", chunked(*(chunk(bytes([one])) for one in REPORT), END)),
    malformed("a-length-as-trailer", chunked(chunk(), END[:3], b"Content-Length: 4\r\n\r\n"), says="and not both"),
    taken("a-trailer", chunked(chunk(), END[:3], b"X-Trailer: seen\r\n\r\n")),
    refused("a-chunk-goes-bad-later", chunked(chunk()), 0.1, b"zz\r\n", status=400, kept=False),
    refused("half-a-chunk", chunked(chunk()[:-20]), status=408, kept=False),
    refused("no-last-chunk", chunked(chunk()), status=408, kept=False),
    refused("chunks-beyond-the-bound", chunked(*[chunk(b" " * 65_536)] * 5, END), status=413, kept=False),
    taken("chunks-over-http-1.0", chunked(chunk(), END).replace(b"HTTP/1.1", b"HTTP/1.0", 1), kept=False),
)

LINES = (
    malformed("http-0.9", b"GET /\r\n\r\n", status=505, says="send HTTP/1.1"),
    malformed("http-2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status=505, says="HTTP/2 is not spoken here"),
    malformed("http-2.0", head(line="GET / HTTP/2.0"), status=505, says="send HTTP/1.1"),
    malformed("http-3.7", head(line="GET / HTTP/3.7"), status=505, says="send HTTP/1.1"),
    malformed("http-1.2", head(line="GET / HTTP/1.2"), status=505),
    malformed("http-99", head(line="GET / HTTP/99.99"), status=505),
    malformed("lower-case-http", head(line="GET / http/1.1"), says="send a request line"),
    malformed("lower-case-method", head(line=f"post {TARGET} HTTP/1.1"), says="in capitals"),
    malformed("method-with-a-space", head(line=f"PO ST {TARGET} HTTP/1.1")),
    malformed("method-unknown", head(line=f"BREW {TARGET} HTTP/1.1"), says="no method of HTTP"),
    malformed("method-of-ten-thousand", head(line=f"{'P' * 10_000} {TARGET} HTTP/1.1"), says="no method of HTTP"),
    malformed("tab-behind-the-method", head(line=f"POST\t{TARGET} HTTP/1.1")),
    malformed("no-target", head(line="POST  HTTP/1.1"), says="the target of the request"),
    malformed("a-space-in-the-target", head(line="POST /a b HTTP/1.1"), says="%20"),
    malformed("target-of-ten-thousand", head(target="/" + "x" * 10_000), status=414, says="shorten it"),
    malformed("authority-as-target", head(line="POST example.com:80 HTTP/1.1"), says="the target of the request"),
    malformed("asterisk-with-post", head(line="POST * HTTP/1.1"), says="the target of the request"),
    malformed("raw-utf-8-in-the-target", head(target="/cfsit/api2/\xc3\xa9"), says="in ASCII"),
    malformed("raw-byte-in-the-target", head(target="/cfsit/api2/\xff"), says="in ASCII"),
    malformed("nul-in-the-target", head(target="/cfsit/api2/\0")),
    malformed("absolute-with-a-broken-host", head(target="http://[::1/x"), says="the target of the request"),
    lost("asterisk-form", head(line="OPTIONS * HTTP/1.1")),
    lost("connect", head(line="CONNECT example.com:80 HTTP/1.1")),
    taken("absolute-form", post(target=f"http://example.com{TARGET}")),
    lost("absolute-form-without-a-path", post(target="http://example.com")),
    lost("traversal-escaped", post(target="/cfsit/%2e%2e/%2e%2e/etc/passwd")),
    lost("traversal", post(target="/cfsit/api2/../../etc/passwd")),
    lost("dot-in-the-path", post(target="/cfsit/./api2/addFaultReport")),
    lost("two-slashes", post(target="//cfsit/api2/addFaultReport")),
    refused("escaped-slash", post(target="/cfsit/api2/add%2FFaultReport"), status=404),
    refused("escaped-traversal-as-operation", post(target="/cfsit/api2/..%2f..%2fetc%2fpasswd"), status=404),
    refused("escaped-nul", post(target=f"{TARGET}%00"), status=404),
    refused("escaped-ff", post(target="/cfsit/api2/%ff"), status=404),
    refused("overlong-utf-8", post(target="/cfsit/api2/%c0%af"), status=404),
    refused("half-an-escape", post(target="/cfsit/api2/%"), status=404),
    refused("escaped-twice", post(target="/cfsit/api2/add%2546aultReport"), status=404),
    refused("a-fragment", post(target=f"{TARGET}#part"), status=404),
    refused("an-escaped-line-end", post(target=f"{TARGET}%0d%0aX-Injected:%20yes"), status=404),
    lost("trailing-slash", post(target=f"{TARGET}/")),
)

HEADERS = (
    malformed("no-host", head(line=f"POST {TARGET} HTTP/1.1", host=""), says="no Host header"),
    malformed("two-hosts", head("Host: other.example"), says="came twice"),
    malformed("two-content-types", post("Content-Type: text/xml", "Content-Type: text/html"), says="came twice"),
    malformed("nul-in-a-header", head("X-Nul: a\0b"), says="a header is broken"),
    malformed("control-character-in-a-header", head("X-Bell: \x07"), says="a header is broken"),
    malformed("header-without-a-name", head(": value"), says="a header is broken"),
    malformed("header-without-a-colon", head("nonsense"), says="a header is broken"),
    malformed("header-of-ten-thousand", head("X-Long: " + "x" * 10_000), status=431, says="8,190 bytes"),
    malformed("header-name-of-ten-thousand", head("X" * 10_000 + ": x"), status=431, says="8,190 bytes"),
    malformed("two-hundred-headers", head(*["X: y"] * 200), status=431, says="more than 128 headers"),
    malformed("content-type-of-a-hundred-thousand", post("Content-Type: " + "x" * 100_000), status=431),
    malformed("a-header-of-old-websockets", head("Sec-WebSocket-Key1: x")),
    malformed("expect-something", post("Expect: foo"), status=417, says="only Expect: 100-continue"),
    malformed("expect-two-things", post("Expect: 100-continue, foo"), status=417),
    malformed("expect-twice", post("Expect: 100-continue", "Expect: 200-ok"), status=417),
    Case("expect-100", (post("Expect: 100-continue"),), (100, 201), kept=True, reached=1, tickets=1),
    Case("expect-100-in-capitals", (post("Expect: 100-CONTINUE"),), (100, 201), kept=True, reached=1, tickets=1),
    taken("expect-100-over-http-1.0", post("Expect: 100-continue", line=f"POST {TARGET} HTTP/1.0"), kept=False),
    taken("empty-host", post().replace(b"Host: 127.0.0.1", b"Host:", 1)),
    taken("odd-host", post().replace(b"Host: 127.0.0.1", b"Host: <script>\xff", 1)),
    taken(
        "no-host-over-http-1.0",
        head("Content-Type: text/xml", _LENGTH, line=f"POST {TARGET} HTTP/1.0", host="") + REPORT,
        kept=False,
    ),
    taken("upgrade-to-websocket", post("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")),
    taken("upgrade-to-h2c", post("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")),
    taken("upgrade-to-nonsense", post("Connection: upgrade", "Upgrade: \xff/9")),
    taken("connection-close", post("Connection: close"), kept=False),
    taken("charset-utf-16-and-utf-8-bytes", post("Content-Type: application/xml; charset=utf-16")),
    taken("charset-unknown", post("Content-Type: text/xml; charset=klingon")),
    taken("charset-broken", post('Content-Type: text/xml; charset="')),
    refused("content-type-of-bytes", post("Content-Type: \xff\xfe\x80"), status=415),
    refused("content-type-json", post("Content-Type: application/json", body=b"{}"), status=415),
    refused("content-type-form", post("Content-Type: application/x-www-form-urlencoded", body=b"a=b"), status=415),
    refused("content-type-multipart", post("Content-Type: multipart/form-data; boundary=x", body=b"--x--"), status=415),
    refused("gzip", post("Content-Encoding: gzip", body=b"\x1f\x8b\x08\0"), status=415),
    refused("gzip-as-a-coding-of-transfer", chunked(END).replace(b"chunked", b"gzip, chunked", 1), status=500),
    refused("json-said-to-be-xml", post(body=b'{"a": 1}'), status=500),
    refused("head", post(line=f"HEAD {TARGET} HTTP/1.1", body=b""), status=405),
    refused("options", post(line=f"OPTIONS {TARGET} HTTP/1.1", body=b""), status=405),
    refused("trace", post(line=f"TRACE {TARGET} HTTP/1.1", body=b""), status=405),
)

CONNECTIONS = (
    Case("nothing", (), (), anywhere=True),
    Case("half-a-head", (post()[:30],), (), anywhere=True),
    Case(
        "a-head-byte-by-byte",
        tuple(piece for byte in post()[:40] for piece in (bytes([byte]), 0.05)),
        (),
        anywhere=True,
    ),
    malformed(
        "tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)), says="http:// in place of https"
    ),
    malformed("tls-first-byte", b"\x16", says="http:// in place of https"),
    malformed("ssh", b"SSH-2.0-OpenSSH_9.6\r\n", says="no method of HTTP"),
    malformed("noise", bytes(range(255, 127, -1)) * 8, says="no method of HTTP"),
    malformed("noise-for-long", b"\xfe" * 1_000_000, says="no method of HTTP"),
    malformed("redis", b"*1\r\n$4\r\nPING\r\n", says="no method of HTTP"),
    malformed("xml-alone", REPORT, says="no method of HTTP"),
    malformed("smtp", b"EHLO example.com\r\n"),
    Case("half-close-before-anything", ("half-close",), ()),
    Case("half-close-within-the-head", (post()[:30], "half-close"), ()),
    refused("half-close-within-the-body", post()[:-10], "half-close", status=400, kept=False),
    refused("half-close-within-the-chunks", chunked(chunk()), "half-close", status=400, kept=False),
    taken("half-close-behind-the-body", post(), "half-close", kept=False),
    Case("half-close-behind-two", (post(), GET, "half-close"), (201, 200), reached=1, tickets=1),
    Case("reset-within-the-head", (post()[:30], "reset"), ()),
    Case("reset-within-the-body", (post()[:-10], 0.05, "reset"), (), reached=1),
    Case("pipelined-hundred", (GET * 100,), (200,) * 100, kept=True),
    malformed("good-behind-bad", b"BREW / HTTP/1.1\r\n\r\n" + post()),
    malformed("bad-behind-good-in-one-packet", GET.replace(b"/cfsit/api2/changeLog.txt", b"/health/live") + b"\0\0"),
    malformed("behind-connection-close", post("Connection: close") + GET, says="Connection: close"),
    taken("empty-lines-first", b"\r\n\r\n" + post()),
)

CASES = (*SMUGGLING, *LENGTHS, *CHUNKS, *LINES, *HEADERS, *CONNECTIONS)
