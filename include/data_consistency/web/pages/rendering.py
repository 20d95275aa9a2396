"""Pages as answers: templates, escaped everywhere, under a policy that lets a page load nothing from anywhere else."""

from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_consistency.config import utc_now
from data_consistency.phrases import LANGUAGES
from data_consistency.web.pages.forms import token_of
from data_consistency.web.pages.house import House, Visitor
from data_consistency.web.pages.language import COOKIE, language_of
from data_consistency.web.pages.words import Words

_FOLDER = Path(__file__).parent
# No script at all; shown in a frame of the same address alone, which is where the navigation opens it.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: under that, browsers do not say from where a form was sent.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_YEAR = 31_536_000


class Headers:
    """Puts the policy on every answer, also on those that nothing here has made."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


def stylesheet() -> str:
    """The one stylesheet."""
    return (_FOLDER / "pages.css").read_text(encoding="utf-8")


def panel_script() -> str:
    """The script of the panel, for Airflow's home page."""
    return (_FOLDER / "panel.js").read_text(encoding="utf-8")


def render(
    request: Request, house: House, template: str, *, status: int = HTTPStatus.OK, **values: object
) -> HTMLResponse:
    """A page, in the language of who asks."""
    language = language_of(request)
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    other = next(one for one in LANGUAGES if one != language)
    shared = {
        "t": Words(language),
        "root": root_of(request),
        "source": request.path_params.get("source"),
        "visitor": visitor,
        "token": "" if visitor is None else token_of(house, visitor),
        "other": other,
        "other_query": urlencode({**request.query_params, "lang": other}),
        "now": utc_now().replace(tzinfo=None),
        "notice": None,
    }
    page = HTMLResponse(_environment().get_template(template).render(**{**shared, **values}), status_code=status)
    if request.query_params.get("lang") == language:
        page.set_cookie(COOKIE, language, max_age=_YEAR, path=root_of(request) or "/", httponly=True, samesite="lax")
    return page


def redirect(request: Request, path: str) -> RedirectResponse:
    """Go on with a page of this house; what was sent is not sent again when somebody reloads."""
    return RedirectResponse(root_of(request) + path, status_code=HTTPStatus.SEE_OTHER)


def root_of(request: Request) -> str:
    """Under which path the pages stand."""
    return str(request.scope.get("root_path", "")).rstrip("/")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,  # everything, whatever the file is called
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["zip_words"] = _with_words
    return environment


def _with_words(codes: list[str], words: Words, prefix: str) -> list[tuple[str, str]]:
    """Codes of a list to choose from, each with what it is called."""
    return [(code, words.code(prefix, code)) for code in codes]
