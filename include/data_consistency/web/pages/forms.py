"""Forms: read within bounds, and taken only from pages of this house that were given to the same session."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from fastapi import Request

from data_consistency.web.pages.house import House, Refused, Visitor

TOKEN = "token"  # noqa: S105  # the name of a field
SAFE = frozenset({"GET", "HEAD"})
_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 400
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str) -> str:
        """A field without the blanks around it; empty: it is not there."""
        return (self.fields.get(name) or [""])[0].strip()

    def all(self, name: str) -> Sequence[str]:
        """Every value of a field."""
        return self.fields.get(name, ())

    def has(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self.fields


def token_of(house: House, visitor: Visitor) -> str:
    """What a form carries, so that only pages given to this session can be sent back."""
    said = f"{visitor.person.name}\x1f{visitor.session}".encode()
    return hmac.new(house.secret(), said, hashlib.sha256).hexdigest()


async def read_form(request: Request) -> Form:
    """The form that was sent.

    Raises:
        Refused: it is too long, or none.
    """
    if not request.headers.get("content-type", "").startswith(_FORM):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "bad_form")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "bad_form")
    try:
        return Form(
            parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
        )
    except ValueError as error:  # no text, or too many fields
        raise Refused(HTTPStatus.BAD_REQUEST, "bad_form") from error


def require_own_page(request: Request, house: House) -> None:
    """Refuse what another site sends, whatever cookies come with it.

    Raises:
        Refused: it was sent from elsewhere, or nobody says from where.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    if site != "same-origin" or not (_is_here(origin, request) or origin in house.origins()):
        raise Refused(HTTPStatus.FORBIDDEN, "foreign_origin")


def require_token(form: Form, house: House, visitor: Visitor) -> None:
    """Refuse a form that was given to another session, or to nobody.

    Raises:
        Refused: the token is not this session's.
    """
    if not hmac.compare_digest(form.text(TOKEN).encode(), token_of(house, visitor).encode()):
        raise Refused(HTTPStatus.FORBIDDEN, "stale_form")


def _is_here(origin: str, request: Request) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc != "" and parts.netloc == request.headers.get("host")
