"""The report and the data docs copied to where Airflow keeps objects: S3 and what speaks like it, or any other place.

A list of what was copied lies beside the files, so that a day costs what has changed, however many days are kept.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from data_consistency.errors import NotStored

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

MANIFEST = "consistency-files.json"
_PARTIAL = ".partial"  # how files end that are being written


def copy_site(site: Path, target: str) -> int:
    """Make a place hold what a folder holds.

    Args:
        site: the folder of report and data docs.
        target: as `ObjectStoragePath` takes it: `s3://connection@bucket/folder`.

    Returns:
        Files written there.

    Raises:
        NotStored: some are not there; what is stays, and the next run goes on.
    """
    from airflow.sdk import ObjectStoragePath

    try:
        return _copy(site, ObjectStoragePath(target))
    except Exception as error:  # each kind of storage has errors of its own
        raise NotStored(
            f"CONSISTENCY_REPORT_STORE={target}: the report was not copied there ({type(error).__name__}), it lies in"
            f" {site}; look at the address, the connection in it, and whether its provider is installed"
        ) from error


def _copy(site: Path, target: "ObjectStoragePath") -> int:
    found = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*")) if _is_ours(path)}
    there = _read(target / MANIFEST)
    digests, written = {}, 0
    # What leads to other pages comes after them.
    for name in sorted(found, key=lambda one: ("index" in one or "/" not in one, one)):
        digests[name] = hashlib.sha256(found[name].read_bytes()).hexdigest()
        if there.get(name) != digests[name]:
            _put(found[name], target / name)
            written += 1
    for name in there.keys() - found.keys():
        (target / name).unlink(missing_ok=True)
    if digests != there:
        (target / MANIFEST).write_text(json.dumps(digests, indent=0, sort_keys=True))
    return written


def _is_ours(path: Path) -> bool:
    return path.is_file() and not path.name.endswith(_PARTIAL)


def _put(file: Path, there: "ObjectStoragePath") -> None:
    """Copied as a file of its name: bytes alone would be stored without a type, and a browser would save the page."""
    there.parent.mkdir(parents=True, exist_ok=True)  # objects have no folders; files do
    there.fs.put_file(str(file), there.path)


def _read(path: "ObjectStoragePath") -> dict[str, str]:
    """What was copied before; a list that nobody can read counts as none: everything is copied again.

    Others may write there: a name that leads out of the place is none of ours, and nothing is taken away by it.
    """
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text())
    except ValueError:
        return {}
    if not isinstance(known, dict):
        return {}
    return {name: digest for name, digest in known.items() if ".." not in name.split("/") and not name.startswith("/")}
