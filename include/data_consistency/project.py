"""The project: the files that say what must be true and how the database is asked, as one value.

A project is found once, where a process begins, and handed in. It is a row of folders, each with `expectations/`,
`sql/` or both: first those with an operator's own rules, last the complete one, which is ours or, where it is named,
the operator's. Of two files of one name the earlier folder's counts; suites of one table are joined.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from data_consistency.errors import ConfigurationError, InvalidRule

HOME = "CONSISTENCY_HOME"
RULES = "CONSISTENCY_RULES"

EXPECTATIONS = "expectations"
# The only place that knows where the package lies.
_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "shipped"
_PARTS = (
    "blocks",
    "corrections",
    "facts",
    "functions",
    "grants",
    "mappings",
    "migrations",
    "queries",
    "source",
    "triggers",
    "views",
)


@dataclass(frozen=True, slots=True)
class Project:
    """Suites, examples and SQL files; equal folders make equal projects."""

    folders: tuple[Path, ...]

    @property
    def home(self) -> Path:
        """The complete folder, where everything stands that no other has."""
        return self.folders[-1]

    @property
    def is_checkout(self) -> bool:
        """Whether the complete folder is one that people work in, so that var/ belongs there."""
        return self.home != _INSTALLED

    @property
    def dags(self) -> Path:
        """Folder of the DAG files."""
        return self.home / "dags"

    def suites(self) -> Mapping[str, tuple[Path, ...]]:
        """The files of every suite by table, the complete folder's first."""
        found: dict[str, list[Path]] = {}
        for folder in reversed(self.folders):
            for path in _files(folder / EXPECTATIONS, ".json"):
                found.setdefault(path.stem, []).append(path)
        return {table: tuple(found[table]) for table in sorted(found)}

    def suite_folders(self) -> tuple[Path, ...]:
        """The folders that may hold suites, the complete one's last."""
        return tuple(folder / EXPECTATIONS for folder in self.folders)

    def example_folders(self) -> tuple[Path, ...]:
        """The folders with examples of rules, the complete one's last."""
        folders = (folder / "examples" for folder in self.suite_folders())
        return tuple(folder for folder in folders if folder.is_dir())

    def names(self, part: str, suffix: str = ".sql") -> tuple[str, ...]:
        """Names of the files in one part of `sql/`, without suffix, in their order."""
        found = (path.stem for folder in self.folders for path in _files(folder / "sql" / part, suffix))
        return tuple(sorted(set(found)))

    def file(self, part: str, name: str, suffix: str = ".sql") -> Path | None:
        """One file of `sql/<part>/`; None: there is none."""
        for folder in self.folders:
            path = folder / "sql" / part / f"{name}{suffix}"
            if path.is_file():
                return path
        return None

    def text(self, part: str, name: str) -> str:
        """Text of `sql/<part>/<name>.sql` as it stands there, without the semicolon at its end.

        Raises:
            InvalidRule: the file does not exist or is not UTF-8.
        """
        return _text(self, part, name)


@lru_cache(maxsize=1024)
def _text(project: Project, part: str, name: str) -> str:
    where = f"sql/{part}/{name}.sql"
    path = project.file(part, name)
    if path is None:
        raise InvalidRule(f"{where}: no such file in {' or '.join(str(folder) for folder in project.folders)}")
    try:
        return path.read_text(encoding="utf-8").strip().rstrip(";")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRule(f"{where}: cannot be read ({error})") from error


def _files(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.glob(f"*{suffix}"))


@lru_cache(maxsize=1)
def shipped() -> Project:
    """The project that came with the package: inside it when it was installed, around it in a checkout."""
    return Project(((_INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1]),))


def find(environ: Mapping[str, str] | None = None) -> Project:
    """The project of this process.

    CONSISTENCY_HOME names a complete folder that takes the place of ours; CONSISTENCY_RULES names folders with rules
    of one's own beside them, separated as in PATH.

    Raises:
        ConfigurationError: a folder lacks what belongs into it; names the variable and the folder.
    """
    env = os.environ if environ is None else environ
    complete = shipped()
    if home := env.get(HOME):
        complete = Project((Path(home).absolute(),))
        missing = [
            part for part in (EXPECTATIONS, *(f"sql/{part}" for part in _PARTS)) if not (Path(home) / part).is_dir()
        ]
        if missing:
            raise ConfigurationError(
                f"{HOME}={home}: no folder {missing[0]}/ there; name a complete project, or name a folder with rules"
                f" of your own in {RULES}"
            )
    own = tuple(Path(folder).absolute() for folder in env.get(RULES, "").split(os.pathsep) if folder.strip())
    for folder in own:
        if not (folder / EXPECTATIONS).is_dir() and not (folder / "sql").is_dir():
            raise ConfigurationError(f"{RULES}: {folder}: no folder {EXPECTATIONS}/ or sql/ there")
    return Project((*own, *complete.folders))
