"""The pools of Airflow that the DAGs name: what all runs together may ask of a watched database at once.

A task whose pool does not exist waits for ever and says nothing, so the pools are made by who starts Airflow.
"""

from collections.abc import Iterable

from data_consistency.sources import Source

_DESCRIPTION = "Tasks that read or write the operational database at once."


def wanted(sources: Iterable[Source]) -> dict[str, dict[str, object]]:
    """Every pool that the sources name, in the form that `airflow pools import` reads; a shared one is the largest."""
    slots: dict[str, int] = {}
    for source in sources:
        slots[source.pool] = max(source.pool_slots, slots.get(source.pool, 0))
    return {
        name: {"slots": count, "description": _DESCRIPTION, "include_deferred": False} for name, count in slots.items()
    }
