"""The commands of the sandbox; they join `consistency` where the sandbox is installed."""

import typer
from typer.models import TyperInfo

from consistency_sandbox.cli import airflow, calcom, db, demo, rehearse, rule_test


def register(app: typer.Typer) -> None:
    """Add the groups `airflow`, `db`, `demo`, and the commands `rehearse`, `rules test`, `calcom fake`."""
    for group in (airflow, db, demo, rehearse):
        group.register(app)
    _group(app, "rules").command("test")(rule_test.try_rules)
    _group(app, "calcom").command("fake")(calcom.fake)


def _group(app: typer.Typer, name: str) -> typer.Typer:
    found = next(group.typer_instance for group in app.registered_groups if group.typer_instance and _is(group, name))
    assert found is not None
    return found


def _is(group: TyperInfo, name: str) -> bool:
    return group.name == name
