"""What must not be shown: passwords and tokens that a message carries. The journal keeps them; no answer tells them."""

import codecs
import re

BLANKED = "***"
SECRETS = r"[\w.:-]*(?:password|passphrase|secret|token|api[-_]?key|authorization)"
"""Names of elements and attributes whose values are blanked, in any case, whatever stands before the word."""
HOLDERS = frozenset({"usernametoken", "securitytoken"})
"""Elements of such names that only hold others, one of which may be a secret."""

_START = re.compile(rf"<({SECRETS})(?:\s[^<>]*)?(?<!/)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rf"(\s{SECRETS}\s*=\s*)(\"[^\"<]*\"|'[^'<]*')", re.IGNORECASE)
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def redacted(text: str) -> str:
    """A message with its secrets blanked, and nothing else changed.

    Whatever stands between the tags of a secret goes, up to the end where it has none. It takes no longer than the text
    is long, however hostile that is.
    """
    parts: list[str] = []
    at = 0
    while (found := _START.search(text, at)) is not None:
        parts.append(text[at : found.end()])
        at = found.end()
        if found[1].rpartition(":")[2].lower() in HOLDERS:
            continue
        end = text.find(f"</{found[1]}", at)
        end = len(text) if end < 0 else end
        inside, at = text[at:end], end
        parts.append(BLANKED if inside.strip() else inside)
    return _ATTRIBUTE.sub(rf'\1"{BLANKED}"', "".join([*parts, text[at:]]))


def redacted_bytes(body: bytes) -> bytes:
    """The same for bytes that are no UTF-8: UTF-16 by its mark, anything else by the letters of ASCII in it."""
    for mark, encoding in _WIDE:
        if body.startswith(mark):
            whole = len(body) - len(body) % 2  # half a letter may stand behind, where it was cut off
            shown = redacted(body[len(mark) : whole].decode(encoding, "surrogatepass"))
            return mark + shown.encode(encoding, "surrogatepass") + body[whole:]
    return redacted(body.decode("latin-1")).encode("latin-1")
