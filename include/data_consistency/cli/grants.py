"""`consistency grants`: the statements that give a database user what its part of the work needs."""

import re
from typing import Annotated

import typer

from data_consistency.config import load_settings
from data_consistency.errors import WrongUse

_NAME = re.compile(r"[A-Za-z0-9_$-]{1,64}")
_USER = re.compile(r"(?P<name>[A-Za-z0-9_.$-]{1,80})@(?P<host>[A-Za-z0-9_.:%-]{1,255})")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(grants)


def grants(
    role: Annotated[str, typer.Argument(help="reader, corrector, app or migrator.")],
    *,
    user: Annotated[str, typer.Option(help="Of the database, as name@host, such as booking@%.")],
    schema: Annotated[str, typer.Option(help="That holds the source and our tables.")],
) -> None:
    """Print the GRANT statements of a role, for an administrator of the database to run."""
    typer.echo(statements(role, user=user, schema=schema))


def statements(role: str, *, user: str, schema: str) -> str:
    """The GRANT statements of a role, with user and schema filled in.

    Raises:
        WrongUse: there is no such role, or a name that cannot be one.
    """
    files = {path.stem: path for path in (load_settings().sql / "grants").glob("*.sql")}
    if role not in files:
        raise WrongUse(f"no role '{role}'; there are {', '.join(sorted(files))}")
    found = _USER.fullmatch(user)
    if found is None:
        raise WrongUse(f"user '{user}': use name@host, such as booking@%")
    if not _NAME.fullmatch(schema):
        raise WrongUse(f"schema '{schema}': letters, digits, _ and - only")
    text = files[role].read_text(encoding="utf-8").rstrip()
    # An underscore in a name of a schema means any letter, unless it is written with care.
    pattern = schema.replace("_", "\\_")
    text = text.replace(":place.*", f"`{pattern}`.*").replace(":place", f"`{schema}`")
    return text.replace(":account", f"'{found['name']}'@'{found['host']}'")
