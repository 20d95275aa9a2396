"""`consistency mapping create | show | drop`: views over another generation's or another company's tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from data_consistency import project, runtime
from data_consistency.cli._output import JsonFlag, emit, table
from data_consistency.db import marker
from data_consistency.db.transactions import connected, translated
from data_consistency.schema import mapped_views
from data_consistency.schema.mapped_columns import MappedTable
from data_consistency.schema.mapped_views import Mapped
from data_consistency.schema.mapping import Origin, load_mapping

_GONE = (Origin.NONE, Origin.ABSENT)


def register(app: typer.Typer) -> None:
    """Add the group `mapping`."""
    group = typer.Typer(help="Views over tables of another generation or company.", no_args_is_help=True)
    group.command()(create)
    group.command()(show)
    group.command()(drop)
    app.add_typer(group, name="mapping")


def create(
    *,
    file: Annotated[Path, typer.Option(help="A file of sql/mappings/.")],
    source: Annotated[str | None, typer.Option(help="Schema of the source; wins over the file's.")] = None,
    adopt: Annotated[str | None, typer.Option(help="Name of our schema, to mark it as ours the first time.")] = None,
    environment: Annotated[str, typer.Option(help="operational, demo or test.")] = "operational",
    as_json: JsonFlag = False,
) -> None:
    """Create the views in our schema, or replace those of an earlier mapping; then `consistency migrate`."""
    rt = runtime.build()
    mapping = load_mapping(project.find(), file)
    if adopt is not None:
        with translated(), connected(rt.engine) as connection, connection.begin():
            marker.adopt(connection, adopt, environment)
    with rt.transaction() as connection:
        mapped = mapped_views.create(connection, mapping, source)
    emit(mapped, as_json=as_json, text=_lines(mapped))


def show(*, as_json: JsonFlag = False) -> None:
    """Say of each canonical table where it comes from, and which columns are absent or cannot be written."""
    rt = runtime.build()
    with rt.transaction() as connection:
        mapped = mapped_views.read(connection)
    emit(mapped, as_json=as_json, text=_lines(mapped))


def drop(*, as_json: JsonFlag = False) -> None:
    """Drop the views that we made and no other; the source is not touched."""
    rt = runtime.build()
    with rt.transaction() as connection:
        views = mapped_views.drop(connection)
    emit({"dropped": views}, as_json=as_json, text=[f"dropped {', '.join(views) or 'nothing: there is no mapping'}"])


def _lines(mapped: Mapped) -> list[str]:
    if not mapped.tables:
        return ["no mapping is in force: rules read the tables of this schema"]
    rows = []
    for item in mapped.tables:
        of = [column.origin for column in item.columns]
        place = f"{item.schema}.{item.source}" if item.source else "-"
        absent = sum(origin in _GONE for origin in of)
        rows.append((item.name, place, len(of) - absent, absent, len(mapped.not_writable(item.name))))
    header = ("table", "source", "mapped", "absent", "read only")
    return [
        f"mapping {mapped.name}",
        *table(header, rows),
        *(line for item in mapped.tables for line in _of(mapped, item)),
    ]


def _of(mapped: Mapped, item: MappedTable) -> Iterator[str]:
    if not item.source:
        yield f"{item.name}: {_absence(said=all(column.origin is Origin.NONE for column in item.columns))}"
        return
    reasons = mapped.not_writable(item.name)
    for column in item.columns:
        name = f"{item.name}.{column.name}"
        if column.origin in _GONE:
            yield f"{name}: {_absence(said=column.origin is Origin.NONE)}"
        elif column.name in reasons:
            yield f"{name}: read only, {reasons[column.name]} ({column.source})"
        elif column.name != column.source:
            yield f"{name}: {column.source}"


def _absence(*, said: bool) -> str:
    return "none, as the mapping says" if said else "absent; map it, or write null if there is none"
