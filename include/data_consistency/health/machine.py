"""Signs of this machine: the files of the project, the folder that is written to, its disk."""

import ast
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from data_consistency.errors import DataConsistencyError
from data_consistency.health.sign import Look, Word, fine, sign, wrong

_FREE_BYTES = 200 << 20
_FREE_RATIO = 0.02


@sign("suites", "mend the file; `consistency rules list` reads it as a run does", database=False)
def _suites(look: Look) -> Iterator[Word]:
    """A suite, facts file or correction cannot be used, or there is no rule at all: no check can begin."""
    try:
        suites = look.rt.suites()
    except DataConsistencyError as error:
        yield wrong(str(error))
        return
    rules = sum(len(suite.rules) for suite in suites.values())
    detail = f"{rules} rules on {len(suites)} tables"
    yield fine(detail) if rules else wrong(detail, "name a project in CONSISTENCY_HOME that has rules")


@sign("dags", "mend the file; `airflow dags list-import-errors` has the whole error", database=False)
def _dags(look: Look) -> Iterator[Word]:
    """A DAG file cannot be parsed: its DAG is gone from Airflow, and nothing is red."""
    files = sorted(look.rt.project.dags.glob("*.py"))
    broken = [text for path in files if (text := _unparsed(path))]
    yield wrong("; ".join(broken)) if broken else fine(f"{len(files)} files can be parsed")


def _unparsed(path: Path) -> str:
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError) as error:
        return f"{path}: {type(error).__name__}{f' in line {error.lineno}' if isinstance(error, SyntaxError) else ''}"
    return ""


@sign("files", "permit the folder to this user, or name another in CONSISTENCY_VAR", database=False)
def _files(look: Look) -> Iterator[Word]:
    """The folder of data docs, reports, outbox and logs cannot be written."""
    folder = look.rt.settings.var
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield wrong(f"{folder}: cannot be written ({error.strerror})")
    else:
        yield fine(f"{folder} can be written")


@sign("disk", "delete what nobody needs; reports and data docs of old days are under CONSISTENCY_VAR", database=False)
def _disk(look: Look) -> Iterator[Word]:
    """The disk of that folder has less than 200 MiB free, or less than 2 %."""
    folder = next((one for one in (look.rt.settings.var, *look.rt.settings.var.parents) if one.exists()), Path("/"))
    usage = shutil.disk_usage(folder)
    detail = f"{usage.free >> 20} MiB of {usage.total >> 20} free at {folder}"
    is_full = usage.free < _FREE_BYTES or usage.free < _FREE_RATIO * usage.total
    yield wrong(detail) if is_full else fine(detail)
