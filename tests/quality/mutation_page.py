"""`python -m tests.quality.mutation_page`: write docs/mutation-coverage.md anew."""

import sys
import tempfile
from pathlib import Path

from sqlalchemy import Engine, text

from consistency_sandbox.servers import private
from consistency_sandbox.source_schema import create_source_schema
from data_consistency.project import shipped
from data_consistency.rules import load_suites
from data_consistency.schema import migrations
from tests.quality.mutations import page, survey
from tests.worlds import make_engine

PAGE = shipped().home / "docs" / "mutation-coverage.md"


def prepare(server: private.Server, schema: str) -> Engine:
    """An empty schema without triggers, in which mutated rows can exist."""
    server.create_schema(schema)
    engine = make_engine(server.url(schema))
    with engine.begin() as connection:
        create_source_schema(connection)
        connection.execute(text("DROP TRIGGER before_appointment_insert_company_check"))
    migrations.migrate(engine, adopt=schema, environment="test", triggers=False)
    return engine


def main() -> None:
    """Make the page on a server of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = private.start(Path(folder))
        engine = prepare(server, "mutations")
        found = survey(engine, load_suites(shipped()))
        engine.dispose()
        private.stop(Path(folder))
    if "--list" in sys.argv:
        for mutation, rules in found.items():
            if not rules:
                sys.stdout.write(f"{mutation.name}\n")
        return
    PAGE.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
