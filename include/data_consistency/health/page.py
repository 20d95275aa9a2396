"""docs/doctor.md: every sign, when it is bad, and what to do."""

from data_consistency.health.examination import listed

_HEAD = """# What the doctor looks at

`consistency doctor` asks the signs below and ends with 0 when all are well, 1 when somebody should look, 3 when a sign
could not be judged or the database could not be reached. Nothing is changed. What the database user may not see is said
(`unseen`) and is no fault: look as the corrector for all of it. `--role corrector` compares the rights of the user with
those of a role; `--except NAME` leaves out a sign that cannot be otherwise. The event scheduler, zone tables and the
zone of the server are not looked at: nothing rests on them. This page is what `consistency doctor --list` prints.

| sign | it is bad when | what to do |
|---|---|---|
"""


def page() -> str:
    """The page as Markdown."""
    rows = (f"| `{kind.name}` | {kind.when} | {kind.remedy} |" for kind in listed())
    return _HEAD + "\n".join(rows) + "\n"
