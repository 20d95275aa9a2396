"""The triggers as their files have them, one a file of sql/triggers/.

What several of them do in the same statements stands once, in `sql/blocks/<name>.sql`, and takes the place of
`CALL NAME(...)`: a stored procedure would be one more object and one more right. `:row_is_there` stands for "a row with
one of the unique keys of the new one exists", which depends on the keys that the table has.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from textwrap import indent

from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules.functions import expand
from data_consistency.rules.wall_times import WallTimes

SWITCH = "@consistency_triggers"
# Unique keys of a table, each as the columns it is on; what an insert meets before it becomes an update.
Keys = Sequence[tuple[str, ...]]
_ROW_IS_THERE = ":row_is_there"
STATEMENT = re.compile(
    r"^CREATE (?:DEFINER ?= ?\S+ )?TRIGGER `?(?P<name>\w+)`?"
    r"\s+(?P<timing>BEFORE|AFTER) (?P<event>INSERT|UPDATE|DELETE) ON `?(?P<table>\w+)`?"
    r"\s+FOR EACH ROW(?:\s+FOLLOWS `?(?P<follows>\w+)`?)?\s+(?P<body>BEGIN\b.*\bEND)$",
    re.MULTILINE | re.DOTALL,
)
_CALL = re.compile(r"^(?P<indent> *)CALL (?P<name>[A-Z][A-Z0-9_]+)\((?P<arguments>[\w., ]*)\);$", re.MULTILINE)
_HEADER = re.compile(r"-- (?P<name>[A-Z][A-Z0-9_]+)\((?P<parameters>[a-z_, ]*)\): \S")
_COMMENTS = re.compile(r"\A(?:--[^\n]*\n)+")
_WRITTEN = re.compile(r"\bSET NEW\.(\w+) =")
_UPDATED = re.compile(r"^ *UPDATE calls\n *SET (?P<list>.*?)\n *WHERE", re.MULTILINE | re.DOTALL)
_SET = re.compile(r"(?:\A|,\n) *(\w+) =")
_NOW = re.compile(r"\bNOW\(\)|\b(?P<column>\w+_at)\b")
_READ = re.compile(r"\b(?:NEW|OLD)\.(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One file."""

    name: str
    timing: str
    event: str
    table: str
    follows: str | None
    body: str

    def statement(self, definer: str) -> str:
        """What creates it; acting as an account, which is quoted already."""
        order = f" FOLLOWS {self.follows}" if self.follows else ""
        return (
            f"CREATE DEFINER={definer} TRIGGER {self.name}\n{self.timing} {self.event} ON {self.table}\n"
            f"FOR EACH ROW{order}\n{self.body}"
        )


def read(project: Project, keys: Mapping[str, Keys]) -> list[Trigger]:
    """The triggers of a project, each after the one it follows.

    Args:
        project: with the files.
        keys: of the tables, by name; of a table that is not named, no row is ever there.

    Raises:
        InvalidRule: a file is not one trigger of its own name.
    """
    return _ordered([_read(project, name, keys) for name in project.names("triggers")])


def by_clocks(trigger: Trigger, walls: WallTimes) -> Trigger:
    """The trigger as it is for a source with wall times: what it writes there is what the clocks of the zone show.

    NOW() would be what those of the session show, which is the application's, or ours.
    """
    column = ""

    def shown(match: re.Match[str]) -> str:
        nonlocal column
        if match["column"] is not None:
            column = match["column"]
            return match[0]
        return walls.clocks.on_wall("UTC_TIMESTAMP()") if ("calls", column) in walls.columns else match[0]

    return replace(trigger, body=_NOW.sub(shown, trigger.body))


@lru_cache(maxsize=4)
def written(project: Project) -> frozenset[str]:
    """Columns of calls that triggers write."""
    columns: set[str] = set()
    for trigger in read(project, {}):
        columns |= set(_WRITTEN.findall(trigger.body))
        for update in _UPDATED.finditer(trigger.body):
            columns |= set(_SET.findall(update["list"]))
    return frozenset(columns)


@lru_cache(maxsize=4)
def needed(project: Project) -> frozenset[tuple[str, str]]:
    """(table, column) pairs without which a trigger cannot be created."""
    found = {(trigger.table, column) for trigger in read(project, {}) for column in _READ.findall(trigger.body)}
    return frozenset(found | {("calls", column) for column in written(project)})


def _read(project: Project, name: str, keys: Mapping[str, Keys]) -> Trigger:
    where = f"sql/triggers/{name}.sql"
    text = expand(project, _with_blocks(project, project.text("triggers", name), where), where)
    match = STATEMENT.search(text)
    if match is None or match["name"] != name:
        raise InvalidRule(f"{where}: must hold one statement CREATE TRIGGER {name}")
    if SWITCH not in match["body"]:
        raise InvalidRule(f"{where}: must look at {SWITCH}, so that undo can switch it off")
    return Trigger(
        name=name,
        timing=match["timing"],
        event=match["event"],
        table=match["table"],
        follows=match["follows"],
        body=match["body"].replace(_ROW_IS_THERE, _row_is_there(match["table"], keys.get(match["table"], ()))),
    )


def _row_is_there(table: str, keys: Keys) -> str:
    looks = [
        f"EXISTS (SELECT 1 FROM {table} AS there WHERE {_is_same(key)})"  # noqa: S608  # names of the server's catalogue
        for key in keys
    ]
    return f"({' OR '.join(looks) or 'FALSE'})"


def _is_same(key: tuple[str, ...]) -> str:
    return " AND ".join(f"there.`{column}` = NEW.`{column}`" for column in key)


def _with_blocks(project: Project, text: str, where: str) -> str:
    def block(call: re.Match[str]) -> str:
        name = call["name"].lower()
        if name not in project.names("blocks"):
            raise InvalidRule(f"{where}: CALL {call['name']}: sql/blocks/{name}.sql does not exist")
        content = f"{project.text('blocks', name)};"
        header = _HEADER.match(content)
        if header is None or header["name"] != call["name"]:
            raise InvalidRule(f"sql/blocks/{name}.sql: must begin `-- {name.upper()}(parameter, ...): meaning`")
        parameters, arguments = _listed(header["parameters"]), _listed(call["arguments"])
        if len(parameters) != len(arguments):
            raise InvalidRule(f"{where}: {call['name']} takes {len(parameters)}, not {len(arguments)} arguments")
        body = _COMMENTS.sub("", content)
        for parameter, argument in zip(parameters, arguments, strict=True):
            body = re.sub(rf":{parameter}\b", argument, body)
        return indent(body, call["indent"])

    return _CALL.sub(block, text)


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _ordered(triggers: Sequence[Trigger]) -> list[Trigger]:
    ordered: list[Trigger] = []
    waiting = list(triggers)
    while waiting:
        known = {trigger.name for trigger in ordered}
        ready = [trigger for trigger in waiting if trigger.follows is None or trigger.follows in known]
        if not ready:
            raise InvalidRule(
                f"sql/triggers/{waiting[0].name}.sql: follows '{waiting[0].follows}', which no file creates before it"
            )
        ordered += ready
        waiting = [trigger for trigger in waiting if trigger not in ready]
    return ordered
