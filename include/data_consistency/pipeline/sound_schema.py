"""What is missing in the schema, without comparing it part by part where it is as when nothing was.

A run every five minutes would ask some thirty questions of the catalogue, for the same answer. So where nothing was
missing, a digest of all that decides it is kept in a file: catalogue, settings, version, rules, our own code. What no
catalogue shows, whether the account of the triggers is there and may act, is tried each time. Once an hour everything
is compared all the same.
"""

import hashlib
import json
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency import storage
from data_consistency.db import server_errors, sql
from data_consistency.project import Project
from data_consistency.runtime import Runtime
from data_consistency.schema import drift, installed
from data_consistency.schema.drift import Fault

_FILE = "sound-schema.json"
_COMPARED_AGAIN = timedelta(hours=1)


def faults(connection: Connection, rt: Runtime) -> tuple[Fault, ...]:
    """What is missing or different, as `drift.require` says it.

    Raises:
        SchemaNotReady: something is missing without which nothing can be recorded.
    """
    state, path = _state(connection, rt), rt.folder("cache") / _FILE
    if state is not None and _is_sound(path, state, rt.now()):
        return ()
    found = drift.require(connection)
    if state is not None and not found:
        _keep(path, state, rt.now())
    return found


def _state(connection: Connection, rt: Runtime) -> str | None:
    """A digest of everything that decides what is missing; None: it cannot be told."""
    try:
        rows = [tuple(row) for row in sql.run(connection, "schema_state")]
    except DBAPIError as error:
        if server_errors.is_lost(error):
            raise
        return None
    answer = installed.ask(connection)
    if answer.is_gone or answer.refused:
        return None
    said = (rows, answer.triggers, rt.rule_set(), str(rt.source.timezone), _texts(rt.project))
    return hashlib.sha256(repr(said).encode()).hexdigest()


@lru_cache(maxsize=4)
def _texts(project: Project) -> str:
    """A digest of our own statements and code, which say what should be there."""
    digest = hashlib.sha256()
    folders = [folder / "sql" for folder in project.folders] + [Path(drift.__file__).parent]
    for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
        if path.suffix in {".py", ".sql"}:
            digest.update(f"\x1f{path.name}\x1f".encode() + path.read_bytes())
    return digest.hexdigest()


def _is_sound(path: Path, state: str, now: datetime) -> bool:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        compared_at = datetime.fromisoformat(kept["compared_at"])
        return bool(kept["state"] == state and timedelta(0) <= now - compared_at < _COMPARED_AGAIN)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _keep(path: Path, state: str, now: datetime) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        storage.replace_file(path, json.dumps({"state": state, "compared_at": now.isoformat()}))
