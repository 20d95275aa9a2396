"""Where a database is, as people write it: every part of the URL is looked at before anybody connects.

A message names the part and never repeats it: a sign that was not escaped puts half of a password anywhere.
"""

from pathlib import Path

from pymysql.charset import charset_by_name
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from data_consistency.errors import ConfigurationError

_DRIVER = "mysql+pymysql"
_USAGE = "use mysql+pymysql://user:password@host:port/schema, with / @ : in a password written as %2F %40 %3A"
_FILES = ("ssl_ca", "ssl_cert", "ssl_key", "read_default_file")
_NUMBERS = ("connect_timeout", "read_timeout", "write_timeout")
_OPTIONS = frozenset(
    {
        *_FILES,
        *_NUMBERS,
        *("bind_address", "charset", "client_flag", "collation", "init_command", "local_infile", "program_name"),
        *("read_default_group", "sql_mode", "ssl_capath", "ssl_check_hostname", "ssl_cipher", "ssl_disabled"),
        *("ssl_key_password", "ssl_verify_cert", "ssl_verify_identity", "unix_socket", "use_unicode"),
    }
)
_MOST_SECONDS = 31_536_000


def checked(url: str | URL, where: str) -> URL:
    """A URL that a connection can be asked for, with a character set.

    Args:
        url: of a schema.
        where: how errors call it.

    Raises:
        ConfigurationError: some part of it cannot be; names `where` and the part.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        part = "not a URL" if isinstance(error, ArgumentError) else "its port is not a number"
        raise ConfigurationError(f"{where}: {part}; {_USAGE}") from None
    if parsed.drivername != _DRIVER:
        raise ConfigurationError(f"{where}: it does not begin with {_DRIVER}://; {_USAGE}")
    if not parsed.database:
        raise ConfigurationError(f"{where}: it names no schema; {_USAGE}")
    _check_place(parsed, where)
    _check_options(parsed, where)
    return parsed if "charset" in parsed.query else parsed.update_query_dict({"charset": "utf8mb4"})


def _check_place(url: URL, where: str) -> None:
    if url.port is not None and not 1 <= url.port <= 65535:
        raise ConfigurationError(f"{where}: its port must be from 1 to 65535; {_USAGE}")
    for part, value in (("user", url.username), ("host", url.host), ("schema", url.database)):
        if not (value or "").isprintable():
            raise ConfigurationError(f"{where}: its {part} has characters that cannot be printed; {_USAGE}")
    if not _encodes(url.host or "", "idna"):
        raise ConfigurationError(f"{where}: its host is no name of a host; {_USAGE}")
    if not _encodes(str(url.password or ""), "latin1"):
        raise ConfigurationError(
            f"{where}: its password has letters that PyMySQL cannot send; give the account another"
        )


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeError:
        return False
    return True


def _check_options(url: URL, where: str) -> None:
    for name, value in url.query.items():
        if name not in _OPTIONS:
            raise ConfigurationError(f"{where}: unknown option '{name[:40]}'; known are {', '.join(sorted(_OPTIONS))}")
        if not isinstance(value, str) or not value.isprintable():
            raise ConfigurationError(f"{where}: option {name}: give one value that can be printed")
        if name in _FILES and not Path(value).expanduser().is_file():
            raise ConfigurationError(f"{where}: option {name}: {value}: no such file")
        _check_value(name, value, where)


def _check_value(name: str, value: str, where: str) -> None:
    if name in _NUMBERS and not (value.isascii() and value.isdigit() and 1 <= int(value[:12]) <= _MOST_SECONDS):
        raise ConfigurationError(f"{where}: option {name}: use seconds from 1 to {_MOST_SECONDS}")
    if name == "charset" and charset_by_name(value) is None:
        raise ConfigurationError(f"{where}: option charset: there is no '{value[:40]}'; use utf8mb4")
    if name == "ssl_disabled" and value.lower() not in {"true", "1"}:  # the driver takes every word for a yes
        raise ConfigurationError(f"{where}: option ssl_disabled: write true, or leave it out to have TLS")
    if name == "client_flag" and not (value.isascii() and value.isdigit() and len(value) <= 10):
        raise ConfigurationError(f"{where}: option client_flag: use a whole number")
