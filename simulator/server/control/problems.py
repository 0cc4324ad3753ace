"""Problem documents (RFC 9457): how the control API says what was wrong."""

import json

from aiohttp import web

CONTENT_TYPE = "application/problem+json"
_TITLES = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""As RFC 9110 has them; the standard library's differ from version to version."""


class Problem(Exception):  # noqa: N818 - the RFC's own noun
    """An answer of the control API that is not a good one. Nothing has changed."""

    def __init__(self, status: int, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more

    def response(self) -> web.Response:
        """The problem as it goes on the wire."""
        document = {
            "type": "about:blank",
            "title": _TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        return json_response(document, status=self.status, content_type=CONTENT_TYPE)


def json_response(document: object, *, status: int = 200, content_type: str = "application/json") -> web.Response:
    """Any document, indented, so that it reads well in a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return web.Response(status=status, text=text, content_type=content_type)
