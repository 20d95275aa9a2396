"""`consistency grants`: the statements that give a database user what its part of the work needs."""

from typing import Annotated

import typer

from data_consistency import project
from data_consistency.schema.grants import statements


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(grants)


def grants(
    role: Annotated[str, typer.Argument(help="reader, corrector, app, migrator or definer.")],
    *,
    user: Annotated[str, typer.Option(help="Of the database, as name@host, such as booking@%.")],
    schema: Annotated[str, typer.Option(help="That holds the source and our tables.")],
) -> None:
    """Print the GRANT statements of a role, for an administrator of the database to run."""
    typer.echo(statements(project.find(), role, user=user, schema=schema))
