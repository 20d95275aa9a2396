"""Faults to come: what the next fitting requests get instead of, or after, what they asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from consistency_sandbox.fake_calcom.reply import Reply, body_a, body_b


class Kind(StrEnum):
    """What happens to a request."""

    BODY_A = "body_a"  # an error of the API
    BODY_B = "body_b"  # an error of the machinery beneath
    MESSAGE_LIST = "message_list"
    MESSAGE_ON_TOP = "message_on_top"
    HTML = "html"  # a page of the gateway
    EMPTY = "empty"
    TRUNCATED = "truncated"  # JSON that ends in its midst, complete for HTTP
    SAYS_ERROR = "says_error"  # 200, and the document says error
    EMPTY_DATA = "empty_data"  # success, and no booking in it
    LIMIT = "limit"  # 429 with the headers given
    STALL = "stall"  # a head, a little body, then nothing
    DRIP = "drip"  # a byte now and then, from the head on
    RESET = "reset"  # the connection is cut in mid-body
    SILENCE = "silence"  # no answer at all


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault."""

    kind: Kind
    method: str = ""  # any
    path: str = ""  # how the path begins
    times: int = 1
    commit: bool = False  # do first what was asked
    status: int | None = None
    message: str = "something went wrong"
    headers: Mapping[str, str] = field(default_factory=dict)

    def fits(self, method: str, path: str) -> bool:
        """Whether it is for such a request."""
        return self.method in ("", method) and path.startswith(self.path)

    @property
    def breaks_connection(self) -> bool:
        """Whether it happens on the wire, not in the answer."""
        return self.kind in (Kind.STALL, Kind.DRIP, Kind.RESET, Kind.SILENCE)

    def reply(self, path: str, now: str) -> Reply:
        """The answer of a fault that has one."""
        status = self.status
        answers: dict[Kind, Reply] = {
            Kind.BODY_A: body_a(status or 400, self.message, path=path, at=now),
            Kind.BODY_B: body_b(status or 500, self.message),
            Kind.MESSAGE_LIST: body_a(status or 400, [self.message, "start must be a valid date"], path=path, at=now),
            Kind.MESSAGE_ON_TOP: body_a(status or 400, self.message, path=path, at=now, on_top=True),
            Kind.HTML: Reply(
                status=status or 502, raw=b"<html><h1>502 Bad Gateway</h1></html>", content_type="text/html"
            ),
            Kind.EMPTY: Reply(status=status or 503, raw=b"", content_type="text/plain"),
            Kind.TRUNCATED: Reply(status=status or 200, raw=b'{"status":"success","data":[{"uid":"abc'),
            Kind.SAYS_ERROR: Reply(status=status or 200, document={"status": "error", "data": None}),
            Kind.EMPTY_DATA: Reply(status=status or 201, document={"status": "success", "data": []}),
            Kind.LIMIT: body_a(status or 429, "ThrottlerException: Too Many Requests", path=path, at=now),
        }
        reply = answers[self.kind]
        return reply.with_headers(self.headers)


def fault_from(document: Mapping[str, Any]) -> Fault:
    """A fault as the control API names it."""
    return Fault(**{**document, "kind": Kind(document["kind"])})
