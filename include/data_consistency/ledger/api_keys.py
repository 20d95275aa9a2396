"""API keys of companies: stored by hash, shown once (table consistency_api_keys)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from data_consistency.db import server_errors, sql
from data_consistency.errors import WrongUse

_PREFIX = "dck_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as the service knows it."""

    key_hash: str
    company_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """A key as an operator sees it."""

    id: int
    company_id: int
    name: str
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    created_by: str


def hash_of(key: str) -> str:
    """What is stored of a key: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def create(
    connection: Connection, *, company_id: int, name: str, expires_at: datetime | None, actor: str, now: datetime
) -> str:
    """Make a key; it is returned once and stored nowhere.

    Raises:
        WrongUse: the company has a key of that name.
    """
    key = _PREFIX + secrets.token_urlsafe(32)
    try:
        sql.run(
            connection,
            "insert_api_key",
            company_id=company_id,
            name=name,
            key_hash=hash_of(key),
            expires_at=expires_at,
            actor=actor,
            now=now,
        )
    except IntegrityError as error:
        if server_errors.code_of(error) != server_errors.DUPLICATE:
            raise
        raise WrongUse(f"company {company_id} has an API key '{name}' already; choose another name") from error
    return key


def valid(connection: Connection, *, now: datetime) -> tuple[ApiKey, ...]:
    """The keys that open something now."""
    return tuple(
        ApiKey(key_hash=str(key_hash), company_id=int(company), name=str(name))
        for key_hash, company, name in sql.run(connection, "api_keys", now=now)
    )


def listed(connection: Connection) -> list[ListedKey]:
    """Every key there ever was."""
    return [ListedKey(**row) for row in sql.run(connection, "list_api_keys").mappings()]


def revoke(connection: Connection, key_id: int, *, now: datetime) -> None:
    """Close a key.

    Raises:
        WrongUse: there is none, or it is closed already.
    """
    if not sql.run(connection, "revoke_api_key", id=key_id, now=now).rowcount:
        raise WrongUse(f"API key {key_id} does not exist or is revoked; `consistency booking keys` lists them")
