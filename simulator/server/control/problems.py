"""Problem documents (RFC 9457): how the control API says what was wrong."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    417: "Expectation Failed",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}
"""As RFC 9110 has them; the standard library's differ from version to version."""
_CHALLENGE = 'Bearer realm="control", Basic realm="control"'


class Problem(Exception):  # noqa: N818 - the RFC's own noun
    """An answer of the control API that is not a good one. Nothing has changed."""

    def __init__(self, status: int, detail: str, *, retry_after: int | None = None, **more: object) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.status = status
        self.detail = detail
        self.more = more

    def response(self) -> web.Response:
        """The problem as it goes on the wire."""
        document = {
            "type": "about:blank",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        headers: dict[str, str] = {}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = _CHALLENGE
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return json_response(document, status=self.status, content_type=CONTENT_TYPE, headers=headers)


def say(status: int, detail: str) -> web.Response:
    """A problem that is told outside of the application."""
    return Problem(status, detail).response()


def json_response(
    document: object,
    *,
    status: int = 200,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Any document, indented, so that it reads well in a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return web.Response(status=status, text=text, content_type=content_type, headers=headers)
