"""The queries of the quick reference work as they are written."""

import re
from pathlib import Path

import pytest

from data_consistency.runtime import Runtime
from tests import worlds

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "quick-reference.md"
_QUERIES = re.findall(r"```sql\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_five_queries_operators_know_are_there() -> None:
    """Breakers, alerts by time, alerts by type, pending reviews, corrections."""
    text = _PAGE.read_text(encoding="utf-8")

    assert len(_QUERIES) >= 5
    assert "service_key, current_state, failure_count, last_failure_at, state_changed_at" in text


@pytest.mark.parametrize("query", _QUERIES, ids=lambda query: " ".join(query.split())[:50])
def test_a_query_of_the_quick_reference_runs(rt: Runtime, query: str) -> None:
    """On a schema as the migrations make it."""
    worlds.execute(rt.engine, query)
