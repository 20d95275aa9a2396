"""What several commands are told, and within which limits; what lies outside is refused before anything is asked."""

from pathlib import Path
from typing import Annotated

import typer

from data_consistency.errors import WrongUse

MOST = 2**63 - 1  # an id of the source, as its columns hold it

CompanyOption = Annotated[int | None, typer.Option("--company", min=1, max=MOST, help="Only this tenant.")]
CallId = Annotated[int, typer.Argument(min=1, max=MOST, help="Of the call.")]
ItemId = Annotated[int, typer.Argument(min=1, max=MOST, help="Of the item, as `queue list` shows it.")]
IncidentId = Annotated[int, typer.Argument(min=1, max=MOST, help="Of the incident, as `incident list` shows it.")]
KeyId = Annotated[int, typer.Argument(min=1, max=MOST, help="Of the key, as `booking keys` shows it.")]


def require_folder(path: Path, option: str) -> None:
    """Refuse a folder that is none.

    Raises:
        WrongUse: names the option.
    """
    try:
        is_there = path.is_dir()
    except (OSError, ValueError):  # no name that a file system could hold
        is_there = False
    if not is_there:
        raise WrongUse(f"{option} {str(path)[:100]}: no such folder")


def require_file(path: Path, option: str) -> None:
    """Refuse the name of a file to write that is a folder's, or none at all.

    Raises:
        WrongUse: names the option.
    """
    try:
        is_folder = path.is_dir()  # a path without a name is the folder we are in
    except (OSError, ValueError):  # no name that a file system could hold
        is_folder = True
    if is_folder:
        raise WrongUse(f"{option} {str(path)[:100]}: not the name of a file")
