"""Grants: the statements that give a database user what its part of the work needs."""

import re

from data_consistency.errors import WrongUse
from data_consistency.project import Project

_NAME = re.compile(r"[A-Za-z0-9_$-]{1,64}")
_USER = re.compile(r"(?P<name>[A-Za-z0-9_.$-]{1,80})@(?P<host>[A-Za-z0-9_.:%-]{1,255})")


def statements(project: Project, role: str, *, user: str, schema: str) -> str:
    """The GRANT statements of a role, with user and schema filled in.

    Raises:
        WrongUse: there is no such role, or a name that cannot be one.
    """
    roles = project.names("grants")
    if role not in roles:
        raise WrongUse(f"no role '{role}'; there are {', '.join(roles)}")
    found = _USER.fullmatch(user)
    if found is None:
        raise WrongUse(f"user '{user}': use name@host, such as booking@%")
    if not _NAME.fullmatch(schema):
        raise WrongUse(f"schema '{schema}': letters, digits, _ and - only")
    text = f"{project.text('grants', role)};"
    # An underscore in a name of a schema means any letter, unless it is written with care.
    pattern = schema.replace("_", "\\_")
    text = text.replace(":place.*", f"`{pattern}`.*").replace(":place", f"`{schema}`")
    return text.replace(":account", f"'{found['name']}'@'{found['host']}'")
