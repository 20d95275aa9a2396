"""What the pages are given: who stands before them, and which databases there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import Request

from data_consistency.review.viewers import Role, Viewer
from data_consistency.runtime import Runtime


class Refused(Exception):
    """Somebody may not see a page."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status  # 401: nobody is signed in; 403: they may not
        self.why = why  # a key of the words


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is signed in."""

    person: Viewer
    session: str  # what tells this session from every other; forms are bound to it and it is never shown

    def may(self, role: str) -> bool:
        """Whether they may do what a role may; for templates."""
        return self.person.may(Role(role))


class House(Protocol):
    """Where the pages stand."""

    def sources(self) -> Sequence[str]:
        """Names of the watched databases."""

    async def admit(self, request: Request, source: str | None) -> Visitor:
        """Who asks, with what they may do in one watched database; None: in any of them.

        Raises:
            Refused: nobody is signed in, or they may not even look.
        """

    def runtime(self, source: str) -> Runtime:
        """A watched database.

        Raises:
            DataConsistencyError: it is not known where it is.
        """

    def secret(self) -> bytes:
        """What forms are signed with; the same in every process that serves the pages."""

    def origins(self) -> frozenset[str]:
        """Under which addresses the pages are known, besides the one a request was sent to, such as `https://x.org`."""
