"""One schema for the examples of all rules, without triggers: bad rows must be able to exist."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from consistency_sandbox.servers import private
from consistency_sandbox.trial import schema
from data_consistency.project import shipped


@pytest.fixture(scope="session")
def rules_engine(database_server: private.Server) -> Iterator[Engine]:
    """An engine for the schema of the examples; foreign keys are not checked, as after years of hand-made changes."""
    with schema.throw_away(database_server, shipped()) as engine:
        yield engine
