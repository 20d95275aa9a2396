"""Which company's bookings are where: one key for the only company, or a file that names a key for each.

The file is named by CONSISTENCY_CALCOM_COMPANIES and holds no key, only the names of the variables that do:

    [{"company": 7, "key_env": "CALCOM_KEY_7", "event_types": [100, 200]}]

Without it, CONSISTENCY_CALCOM_KEY is the key of CONSISTENCY_CALCOM_COMPANY, or of the only company there is. Secrets of
webhooks, if there are any, are named by `hint_key_env` of an entry, or stand in CONSISTENCY_CALCOM_HINT_SECRET.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from data_consistency import config
from data_consistency.calendar.calcom.connection import Connection, Share, load_connection
from data_consistency.errors import ConfigurationError

_FILE = "CONSISTENCY_CALCOM_COMPANIES"
_KEY = "CONSISTENCY_CALCOM_KEY"
_COMPANY = "CONSISTENCY_CALCOM_COMPANY"
_SECRET = "CONSISTENCY_CALCOM_HINT_SECRET"  # noqa: S105  # the name of a variable
_FIELDS = frozenset({"company", "key_env", "event_types", "hint_key_env"})
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How one company's bookings are asked for."""

    company_id: int | None  # None: of the only company
    connection: Connection
    event_type_ids: tuple[int, ...] = ()  # empty: all that the key sees
    hint_secrets: tuple[str, ...] = field(default=(), repr=False)  # of webhooks; several while one is changed


def load_accounts(environ: Mapping[str, str] | None = None) -> tuple[Account, ...]:
    """The accounts of the environment; none where nobody connected Cal.com.

    Raises:
        ConfigurationError: names the variable, or file, entry and field; never shows a key.
    """
    env = os.environ if environ is None else environ
    if name := env.get(_FILE):
        return _of_file(Path(name), env)
    if not env.get(_KEY, "").strip():
        return ()
    account = Account(company_id=_company(env.get(_COMPANY, "").strip()), connection=load_connection(env))
    return (replace(account, hint_secrets=config.secrets(env, _SECRET)),)


def account_of(accounts: tuple[Account, ...], company_id: int | None) -> Account | None:
    """The account of a company; None: its calendar is not connected."""
    for account in accounts:
        if account.company_id is None or account.company_id == company_id:
            return account
    return None


def _company(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**63):
        raise ConfigurationError(f"{_COMPANY}: not the id of a company; use a whole number from 1 up")
    return int(text)


def _of_file(path: Path, env: Mapping[str, str]) -> tuple[Account, ...]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{_FILE}={path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ConfigurationError(f"{path}: not JSON in UTF-8") from error
    if not isinstance(entries, list) or not entries:
        raise ConfigurationError(f"{path}: not a list of companies")
    accounts = tuple(_entry(entry, f"{path}: entry {number}", env) for number, entry in enumerate(entries, 1))
    companies = [account.company_id for account in accounts]
    for company in companies:
        if companies.count(company) > 1:
            raise ConfigurationError(f"{path}: company {company} is named twice")
    _refuse_mixed(path, accounts)
    return tuple(_with_share(account, accounts) for account in accounts)


def _with_share(account: Account, accounts: tuple[Account, ...]) -> Account:
    """One key for several companies: each has its part of the requests, and none waits for another's."""
    sharing = sum(other.connection.key == account.connection.key for other in accounts)
    share = Share(name=str(account.company_id), of=sharing)
    return replace(account, connection=replace(account.connection, share=share))


def _refuse_mixed(path: Path, accounts: tuple[Account, ...]) -> None:
    """One key for two companies shows each the other's bookings, unless their event types tell them apart."""
    for number, account in enumerate(accounts, 1):
        for other, before in enumerate(accounts[: number - 1], 1):
            if account.connection.key != before.connection.key:
                continue
            types, theirs = set(account.event_type_ids), set(before.event_type_ids)
            if not types or not theirs or types & theirs:
                raise ConfigurationError(
                    f"{path}: entry {number}: event_types: same key as entry {other}; name event types for both, none"
                    " of them twice, or their bookings are mixed"
                )


def _entry(entry: object, where: str, env: Mapping[str, str]) -> Account:
    if not isinstance(entry, dict):
        raise ConfigurationError(f"{where}: not an object with company, key_env, event_types and hint_key_env")
    if unknown := sorted(set(entry) - _FIELDS):
        raise ConfigurationError(f"{where}: unknown field {unknown[0]}; there are {', '.join(sorted(_FIELDS))}")
    variable = entry.get("key_env")
    if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
        raise ConfigurationError(f"{where}: key_env: not the name of a variable; the key itself does not belong here")
    key = env.get(variable, "").strip()
    if not key:
        raise ConfigurationError(f"{where}: key_env: the variable {variable} is not set")
    types = entry.get("event_types", [])
    if not isinstance(types, list) or not all(_is_id(number) for number in types):
        raise ConfigurationError(f"{where}: event_types: not a list of ids")
    if not _is_id(entry.get("company")):
        raise ConfigurationError(f"{where}: company: not the id of a company")
    connection = replace(load_connection({**env, _KEY: key}), key=key)
    return Account(
        company_id=entry["company"],
        connection=connection,
        event_type_ids=tuple(types),
        hint_secrets=_secrets(entry, where, env),
    )


def _secrets(entry: Mapping[str, object], where: str, env: Mapping[str, str]) -> tuple[str, ...]:
    variable = entry.get("hint_key_env")
    if variable is None:
        return ()
    if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
        raise ConfigurationError(
            f"{where}: hint_key_env: not the name of a variable; the key itself does not belong here"
        )
    found = config.secrets(env, variable)
    if not found:
        raise ConfigurationError(f"{where}: hint_key_env: the variable {variable} is not set")
    return found


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
