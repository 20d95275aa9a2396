"""What no rule notices is known, and has a reason."""

from consistency_sandbox.servers import private
from data_consistency.project import shipped
from data_consistency.rules import load_suites
from tests.quality.mutation_page import PAGE, prepare
from tests.quality.mutations import page, survey
from tests.quality.unnoticed import REASONS


def test_the_page_says_what_the_rules_notice(database_server: private.Server) -> None:
    """The page is current, every silent mutation has a reason, and no reason is left over."""
    engine = prepare(database_server, "dc_test_mutations")
    found = survey(engine, load_suites(shipped()))
    engine.dispose()

    silent = {mutation.what for mutation, rules in found.items() if not rules}
    assert set(REASONS) == silent
    assert page(found) == PAGE.read_text(encoding="utf-8")
