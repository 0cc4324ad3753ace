"""What must not be shown: passwords and tokens that a message carries. The journal keeps them; no answer tells them."""

import re

BLANKED = "***"
SECRETS = r"[\w.:-]*(?:password|passphrase|secret|token|api[-_]?key|authorization)"
"""Names of elements and attributes whose values are blanked, in any case, whatever stands before the word."""

_ELEMENT = re.compile(rf"(<{SECRETS}(?:\s[^<>]*)?(?<!/)>)((?:<!\[CDATA\[.*?\]\]>|[^<])+)", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(rf"(\s{SECRETS}\s*=\s*)(\"[^\"<]*\"|'[^'<]*')", re.IGNORECASE)


def redacted(text: str) -> str:
    """A message with its secrets blanked, and nothing else changed."""
    return _ATTRIBUTE.sub(rf'\1"{BLANKED}"', _ELEMENT.sub(_blank, text))


def _blank(found: re.Match[str]) -> str:
    """White space alone is no secret: elements stand inside."""
    return f"{found[1]}{BLANKED}" if found[2].strip() else found[0]
