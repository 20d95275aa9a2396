"""Long work on a terminal: rows or steps, share and time left, on stderr; nothing where nobody sits."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from data_consistency import progress


@contextmanager
def shown() -> Iterator[None]:
    """Show how far the work of this block has come; the line is gone when it ends."""
    if sys.stderr is None or not sys.stderr.isatty():  # closed, or a script's
        yield
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def listen(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        with progress.told_to(listen):
            yield
