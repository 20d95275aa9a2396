"""The `consistency` command: each module of this folder is a group and registers its commands.

A command that fails says so on one line of stderr, with `--json` as an object; `_status.py` says what its exit status
means.
"""

import functools
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from importlib.metadata import version as distribution_version
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from data_consistency.cli import _failure
from data_consistency.cli._output import work_as
from data_consistency.cli._status import Status
from data_consistency.errors import WrongUse
from data_consistency.extras import DISTRIBUTION
from data_consistency.sources import SELECTED

_COMPLETION = "_CONSISTENCY_COMPLETE"  # a shell asks for words to offer
COMMANDS = "data_consistency.commands"  # entry points; each is handed the command and registers what it has
# Modules that are imported alone when the command of that name is typed: callers wait for it, and what others import
# takes longer than the rest of its start. What is installed beside the product adds nothing to these.
_ALONE = frozenset({"booking"})


def build_app(group: str | None = None) -> typer.Typer:
    """The command with every group registered; or with what one module of this folder has."""
    app = _root(TyperGroup)
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name[0] != "_")
    for module in modules if group is None else [group]:
        importlib.import_module(f"{__name__}.{module}").register(app)
    # What is installed beside the product, such as the sandbox, brings commands of its own.
    for entry in sorted(entry_points(group=COMMANDS), key=lambda found: found.name) if group is None else ():
        entry.load()(app)
    return app


def _root(kind: type[TyperGroup]) -> typer.Typer:
    app = typer.Typer(
        cls=kind, name="consistency", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False
    )
    app.callback()(_choose_source)
    return app


class _OnDemand(TyperGroup):
    """Has every group, and imports no other where one can be had alone."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; None: nobody has one."""
        if cmd_name in _ALONE:
            return typer.main.get_group(build_app(cmd_name)).commands[cmd_name]
        # All of them, also for who mistypes one: what is like it is named.
        self.commands = _whole().commands
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all of them."""
        return _whole().list_commands(ctx)


@functools.cache
def _whole() -> TyperGroup:
    return typer.main.get_group(build_app())


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"consistency {distribution_version(DISTRIBUTION)}")
        raise typer.Exit


def _choose_source(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say which version this is.")
    ] = False,
    source: Annotated[
        str | None, typer.Option(help="Name of a watched database in consistency.toml; needed where there are several.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--as", help="Who you are, for the audit, where several share a login.")
    ] = None,
) -> None:
    """Finds, corrects and explains inconsistencies between calls, appointments and customers."""
    del version  # said already
    work_as(name)
    if source is not None:
        if not source.strip():
            raise typer.BadParameter("name a watched database", param_hint="--source")
        # Processes that the command starts are about the same database.
        os.environ[SELECTED] = source


def main(words: Sequence[str] | None = None) -> None:
    """Run the command and leave with its status.

    Args:
        words: what was typed behind the command; None: the process's own.

    Raises:
        SystemExit: always.
    """
    sys.exit(_run(list(sys.argv[1:] if words is None else words)))


def _run(words: list[str]) -> int:
    try:
        status = _invoke(words)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        return _failure.tell(error, as_json="--json" in words)
    return status


@functools.cache
def _command() -> Any:
    return typer.main.get_command(_root(_OnDemand))


def _invoke(words: list[str]) -> int:
    """Not the framework's own way, which has statuses of its own for wrong words, Ctrl-C and a broken pipe."""
    _require_text(words)
    command = _command()
    if _COMPLETION in os.environ:
        command.main(prog_name="consistency", complete_var=_COMPLETION)
    _failure.keep_log()
    try:
        with command.make_context("consistency", words) as context:
            command.invoke(context)
    except typer.Exit as asked:
        return asked.exit_code
    return Status.CLEAN


def _require_text(words: list[str]) -> None:
    """Refuse bytes that are no text: no database, file or page of ours could hold them."""
    for word in words:
        try:
            is_text = b"\0" not in word.encode()
        except UnicodeEncodeError:
            is_text = False
        if not is_text:
            raise WrongUse("a word of the command is no text in UTF-8; type it anew")
