"""Answers of the fake server, and the two bodies of its errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_CODES = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    409: "ConflictException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
    498: "TokenExpiredException",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; `raw` is sent as it is."""

    status: int = 200
    document: Any = None
    raw: bytes | None = None
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The bytes."""
        return self.raw if self.raw is not None else json.dumps(self.document).encode()

    def with_headers(self, headers: Mapping[str, str]) -> "Reply":
        """The same with more headers."""
        return replace(self, headers={**self.headers, **headers})


class Denied(Exception):
    """The API says no."""

    def __init__(self, status: int, message: str | list[str], *, bare: bool = False, on_top: bool = False) -> None:
        """Keep what is answered."""
        super().__init__(str(message))
        self.status = status
        self.message = message
        self.bare = bare  # body B
        self.on_top = on_top  # body A, and the message beside it once more


def success(data: Any, *, status: int = 200, **more: Any) -> Reply:
    """A good answer."""
    return Reply(status=status, document={"status": "success", "data": data, **more})


def body_a(status: int, message: str | list[str], *, path: str, at: str, on_top: bool = False) -> Reply:
    """An error that the API's own filters made; some of them say the message at the top, too."""
    code = _CODES.get(status, "InternalServerErrorException")
    error = {"code": code, "message": message, "details": {"message": message, "error": code, "statusCode": status}}
    top = {"message": message} if on_top else {}
    return Reply(status=status, document={"status": "error", "timestamp": at, "path": path, "error": error, **top})


def body_b(status: int, message: str | list[str]) -> Reply:
    """An error from beneath the API."""
    return Reply(status=status, document={"statusCode": status, "message": message})
