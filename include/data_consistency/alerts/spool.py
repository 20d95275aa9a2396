"""Failures of tasks while the database does not answer: files that say who has been told, until the outbox can again.

One file a topic. The first task to fail makes it, and so is the only one that tells; the first run that reaches the
database takes it into the life of its alert.
"""

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from data_consistency.alerts.blocks import fingerprint_of
from data_consistency.logs import logger_of

logger = logger_of(__name__)

FOLDER = "untold"  # under var/
# Who makes the file tells at once; after so long it has died over it, and the next one tells.
_PATIENCE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A topic of failures while the database is away."""

    topic: str
    since: datetime
    dag: str
    task: str
    log: str  # its address
    key: str  # of the message
    tried_at: datetime  # when somebody set out to tell
    subject: str = ""
    told_at: datetime | None = None  # None: nobody yet


def note(folder: Path, noted: Noted) -> Noted | None:
    """Note a failure, as of its `tried_at`.

    Returns:
        The failure that is to be told now, with its time and key; None: that has been done, or is being done.
    """
    path = _path(folder, noted.topic)
    folder.mkdir(parents=True, exist_ok=True)
    if _make(path, noted):
        return noted
    known = _read(path)
    if known is not None and (known.told_at is not None or noted.tried_at - known.tried_at <= _PATIENCE):
        return None
    again = noted if known is None else replace(known, tried_at=noted.tried_at)
    _write(path, again)
    return again


def told(folder: Path, noted: Noted, *, subject: str) -> None:
    """Somebody has been told of it."""
    _write(_path(folder, noted.topic), replace(noted, subject=subject, told_at=noted.tried_at))


def all_noted(folder: Path) -> Iterator[tuple[Path, Noted]]:
    """What was noted while the database was away."""
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        found = _read(path)
        if found is not None:
            yield path, found


def _path(folder: Path, topic: str) -> Path:
    return folder / f"{fingerprint_of(topic)}.json"


def _make(path: Path, noted: Noted) -> bool:
    """Make the file, whole or not at all; False: it is there."""
    partial = _partial(path, noted)
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        return False
    finally:
        partial.unlink()
    return True


def _write(path: Path, noted: Noted) -> None:
    _partial(path, noted).replace(path)


def _partial(path: Path, noted: Noted) -> Path:
    times = {name: value.isoformat() for name in ("since", "tried_at", "told_at") if (value := getattr(noted, name))}
    names = {name: getattr(noted, name) for name in ("topic", "dag", "task", "log", "key", "subject")}
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    partial.write_text(json.dumps({**names, **times}), encoding="utf-8")
    return partial


def _read(path: Path) -> Noted | None:
    """What a file says; one that cannot be read is as good as none."""
    try:
        parts = json.loads(path.read_text(encoding="utf-8"))
        return Noted(
            topic=str(parts["topic"]),
            since=datetime.fromisoformat(parts["since"]),
            dag=str(parts["dag"]),
            task=str(parts["task"]),
            log=str(parts["log"]),
            key=str(parts["key"]),
            subject=str(parts["subject"]),
            tried_at=datetime.fromisoformat(parts["tried_at"]),
            told_at=datetime.fromisoformat(parts["told_at"]) if "told_at" in parts else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s: cannot be read (%s); it is written anew", path.name, type(error).__name__)
        return None
