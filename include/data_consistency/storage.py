"""Files that a run writes: what keeps it from it is one line."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_consistency.errors import NotStored

# Of the disk and its rights; other errors of the system are not about our files.
_CANNOT = frozenset(
    getattr(errno, name)
    for name in (
        *("EACCES", "EDQUOT", "EEXIST", "EFBIG", "EIO", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOSPC"),
        *("ENOTDIR", "EPERM", "EROFS", "EMFILE", "ENFILE"),
    )
)


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Within, files are written below a folder.

    Raises:
        NotStored: one could not be; what the database holds is kept.
    """
    try:
        yield
    except OSError as error:
        ours = not_stored(error, folder)
        if ours is None:
            raise
        raise ours from error


def replace_file(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never half.

    Raises:
        OSError: it could not be written; the old one is as it was.
    """
    partial = path.parent / f".{path.name}.partial"
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def is_about_files(error: OSError) -> bool:
    """Whether an error of the system is about a file, its folder or its disk."""
    return error.errno in _CANNOT


def not_stored(error: OSError, folder: Path) -> NotStored | None:
    """An error of the system about the files of a folder as one of ours; None: it is about something else."""
    if not is_about_files(error):
        return None
    return NotStored(
        f"{folder}: cannot be written ({error.strerror}); free space or permit the folder, then repeat the run"
    )
