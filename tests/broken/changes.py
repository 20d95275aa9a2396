"""Broken states of switches, corrections and what is kept of them."""

from tests import worlds
from tests.broken.world import BREAKER, MAIL, NOW, SWITCH, State, World, ago


def _real_correction(world: World) -> None:
    """As many as the caps of a day allow."""
    world.env["CONSISTENCY_MAX_CORRECTIONS_PER_DAY"] = "1"
    rt = worlds.runtime(world.url)
    rule = next(rule for suite in rt.suites().values() for rule in suite.rules if rule.mode == "correct")
    rt.engine.dispose()
    world.run(
        "INSERT INTO consistency_corrections (run_id, rule, rule_fingerprint, correction, table_name, entity_id,"
        f" before_values, after_values, evidence, actor, applied_at) VALUES ('r', '{rule.id}', 'f', 'c', 'calls', 1,"
        f" '{{}}', '{{}}', 'e', 'a', {NOW})"
    )


STATES = {
    "a switch is misspelt": State(
        sign="settings",
        said="triggers_enabled: 'ja' is neither true nor false",
        remedy="`consistency switch triggers_enabled on`",
        sql=(f"{SWITCH}('triggers_enabled', 'ja', {NOW}, 'x')",),
        also=frozenset({"triggers_enabled"}),
    ),
    "the kill switch is thrown": State(
        sign="corrections_enabled",
        said="by cli:eva",
        remedy="`consistency switch corrections_enabled on`",
        sql=(f"{SWITCH}('corrections_enabled', 'false', {NOW}, 'cli:eva')",),
    ),
    "the settings hold guard and corrections": State(
        sign="corrections_enabled",
        said="the booking guard is held too",
        remedy="CONSISTENCY_CORRECTIONS_ENABLED=true",
        env={"CONSISTENCY_CORRECTIONS_ENABLED": "false"},
    ),
    "the triggers are switched off": State(
        sign="triggers_enabled",
        said="switched off since",
        remedy="`consistency switch triggers_enabled on`",
        sql=(f"{SWITCH}('triggers_enabled', 'false', {NOW}, 'x')",),
    ),
    "a dry run lasts": State(
        sign="mode",
        said="dry run since",
        remedy="CONSISTENCY_DRY_RUN=false",
        sql=("UPDATE consistency_runs SET started_at = started_at - INTERVAL 20 DAY WHERE dry_run = 0",),
        env={"CONSISTENCY_DRY_RUN": "true"},
    ),
    "a cap is reached": State(
        sign="caps",
        said="(1 of 1 rows)",
        remedy="`consistency rules replay --rule ID`",
        make=_real_correction,
        also=frozenset({"audit", "caps of the settings"}),
    ),
    "a breaker is open": State(
        sign="breakers",
        said="calcom:company:1 is open since",
        remedy="mend the service",
        sql=(f"{BREAKER}('calcom:company:1', 'open', 'automatic', {ago(2)}, NULL, {NOW}, {NOW})",),
    ),
    "a breaker was set by hand": State(
        sign="breakers",
        said="calcom:company:1 is disabled since",
        remedy="`consistency breaker reset KEY",
        sql=(f"{BREAKER}('calcom:company:1', 'closed', 'disabled', NULL, {ago(40)}, {NOW}, {NOW})",),
    ),
    "an event was changed": State(
        sign="audit",
        said="it was changed: its hash does not fit what it says",
        remedy="`consistency audit verify`",
        sql=("UPDATE consistency_events SET actor = 'nobody' ORDER BY id LIMIT 1",),
    ),
    "an event was deleted": State(
        sign="audit",
        said="is gone",
        remedy="`consistency audit verify`",
        sql=("DELETE FROM consistency_events ORDER BY id DESC LIMIT 1",),
    ),
    "what is settled is kept": State(
        sign="retention",
        said="not deleted in time: messages",
        remedy="consistency_maintenance",
        sql=(f"{MAIL}('k', 'k', 's', 's', 'b', 'sent', 1, NULL, {ago(1000)}, {ago(1000)})",),
    ),
    "events are kept beyond their year": State(
        sign="retention",
        said="events since",
        remedy="`consistency audit prune` as the migrator",
        sql=("UPDATE consistency_events SET occurred_at = occurred_at - INTERVAL 500 DAY ORDER BY id LIMIT 1",),
        also=frozenset({"audit"}),
    ),
}
