"""Viewers: who looks at a page, types a command or answers a question, and what they may do.

Pages, commands and approvals of a scheduler hand the same value to the same functions; where it comes from is theirs.
"""

from dataclasses import dataclass
from enum import StrEnum

from data_consistency.errors import WrongUse

_NAME_LENGTH = 100


class Role(StrEnum):
    """What a viewer may do; each may do what those before it may."""

    VIEWER = "viewer"  # look
    REVIEWER = "reviewer"  # decide items, take one row back
    ADMIN = "admin"  # decide incidents, give items to others, take runs and rules back


_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """One person, or one program that acts for a person."""

    name: str  # for the audit, such as `cli:ann`
    role: Role
    companies: frozenset[int] | None = None  # whose rows they may see; None: everybody's

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > _NAME_LENGTH or not self.name.isprintable():
            raise WrongUse(f"viewer '{self.name}': a name is 1 to {_NAME_LENGTH} printable characters")

    def may(self, role: Role) -> bool:
        """Whether they may do what a role may."""
        return _RANKS[self.role] >= _RANKS[role]

    def sees(self, company_id: int | None) -> bool:
        """Whether they may see rows of a company; None: rows of no company."""
        return self.companies is None or company_id in self.companies


def require(viewer: Viewer, role: Role, what: str) -> None:
    """Refuse who may not do it.

    Raises:
        WrongUse: names viewer, role and what is needed.
    """
    if not viewer.may(role):
        raise WrongUse(f"{viewer.name} is a {viewer.role} and may not {what}; that takes the role {role}")


def require_company(viewer: Viewer, company_id: int | None, what: str) -> None:
    """Refuse who may not see the company; told as if it were not there.

    Raises:
        WrongUse: it is not theirs to see.
    """
    if not viewer.sees(company_id):
        raise WrongUse(f"{what} does not exist, or is of a company that {viewer.name} does not see")
