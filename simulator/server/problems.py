"""Problem documents (RFC 9457): how the control API says what was wrong."""

import json
from http import HTTPStatus

from aiohttp import web

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the RFC's own noun
    """An answer of the control API that is not a good one. Nothing has changed."""

    def __init__(self, status: int, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more

    def response(self) -> web.Response:
        """The problem as it goes on the wire."""
        title = HTTPStatus(self.status).phrase
        document = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail, **self.more}
        return json_response(document, status=self.status, content_type=CONTENT_TYPE)


def json_response(document: object, *, status: int = 200, content_type: str = "application/json") -> web.Response:
    """Any document, indented, so that it reads well in a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return web.Response(status=status, text=text, content_type=content_type)
