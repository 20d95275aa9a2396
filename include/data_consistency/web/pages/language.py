"""Which language a page speaks: the one that was chosen, else the one that the browser asks for."""

from fastapi import Request

from data_consistency.phrases import LANGUAGES

COOKIE = "consistency_language"


def language_of(request: Request) -> str:
    """One of LANGUAGES."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE), *_accepted(request)):
        if asked in LANGUAGES:
            return str(asked)
    return LANGUAGES[0]


def _accepted(request: Request) -> list[str]:
    """As browsers send them: the dearest first."""
    offered = request.headers.get("accept-language", "")[:200].split(",")
    return [one.split(";")[0].strip().split("-")[0].lower() for one in offered]
