"""Text and addresses made harmless: what a message carries can end no header, hide nothing and run nothing."""

import re
from urllib.parse import urlsplit

_MAX_SUBJECT = 200
# Everything that could end a header line or hide text: control, format and line-separating characters.
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)


def one_line(text: str, limit: int | None = _MAX_SUBJECT) -> str:
    """The text as one printable line, so that it cannot end a header or hide what follows."""
    line = " ".join(_UNSAFE.sub(" ", text).split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def page(url: str | None) -> str | None:
    """The address, unless a reader would execute it instead of opening a page."""
    try:
        usable = bool(url) and urlsplit(str(url)).scheme in {"http", "https"} and one_line(str(url), None) == url
    except ValueError:
        return None
    return url if usable else None
