"""Every state that the doctor knows: produced in a real database, told in a sentence with its remedy, status not 0."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pymysql
import pytest

from consistency_sandbox.servers import private
from data_consistency import pipeline
from data_consistency.cli import main
from data_consistency.health import examination, sign
from data_consistency.project import shipped
from data_consistency.schema.grants import statements
from tests import worlds
from tests.broken import STATES
from tests.broken.world import NOW, World, several
from tests.schemas import Schemas


def _make_well(url: str) -> None:
    """Everything was done lately, in a schema that has been ours for long."""
    worlds.create(url, triggers=True)
    rt = worlds.runtime(url)
    pipeline.check_run(rt, actor="test", full=True)
    pipeline.check_run(rt, actor="test")
    for kind in ("review", "report", "maintenance"):
        pipeline.begin(rt, kind, kind, "test")
        pipeline.finish(rt, kind)
    worlds.execute(rt.engine, "UPDATE consistency_marker SET created_at = created_at - INTERVAL 40 DAY")
    rt.engine.dispose()


@pytest.fixture
def well(
    database_server: private.Server, schemas: Schemas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A world where the doctor has nothing to say."""
    with schemas.use(database_server, "well", _make_well) as url:
        world = World(url=url, tmp_path=tmp_path, monkeypatch=monkeypatch)
        world.run(f"UPDATE consistency_heartbeats SET seen_at = {NOW}")
        yield world
        for connection in world.kept:
            connection.close()


def _bad(signs: Sequence[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {each["name"]: each for each in signs if not each["ok"]}


@pytest.mark.every_server
def test_where_all_is_well_there_is_no_sign(well: World) -> None:
    """Status 0, and every sign that there is was asked."""
    status, signs = well.ask()

    assert (0, {}) == (status, _bad(signs))
    asked = {str(each["name"]) for each in signs}
    assert all(any(name == kind or name.startswith(f"{kind} ") for name in asked) for kind in sign.ALL)


@pytest.mark.parametrize("name", STATES)
def test_a_broken_state_is_told_with_its_remedy(well: World, name: str) -> None:
    """One sentence, what to do, a status that is not 0, and no other sign."""
    state = STATES[name]
    try:
        well.run(*state.sql)
        well.env.update(state.env)
        if state.make is not None:
            state.make(well)
        status, signs = well.ask()
    finally:
        well.run(*state.undo)

    bad = _bad(signs)
    assert {state.sign, *state.also} == set(bad)
    assert state.said in str(bad[state.sign]["detail"])
    assert state.remedy in str(bad[state.sign]["remedy"])
    assert state.status == status
    assert all(each["remedy"] for each in bad.values())


def test_a_sign_that_fails_or_hangs_does_not_stop_the_others(well: World) -> None:
    """Each is told in a line with what to do, the rest is asked; status 3: not everything could be judged."""
    release = threading.Event()

    def fail(_look: sign.Look) -> Iterator[sign.Word]:
        raise ZeroDivisionError
        yield

    def hang(_look: sign.Look) -> list[sign.Word]:
        release.wait(60)
        return []

    signs = dict(sign.ALL)
    well.monkeypatch.setattr(sign, "ALL", signs)
    signs["schema"] = replace(signs["schema"], look=_placed(fail, "schema"))
    signs["triggers"] = replace(signs["triggers"], look=_placed(hang, "triggers"), seconds=0.2)

    status, said = well.ask()
    release.set()

    bad = _bad(said)
    assert (3, {"schema", "triggers"}) == (status, set(bad))
    assert "could not be looked at: ZeroDivisionError at " in str(bad["schema"]["detail"])
    assert "no answer within" in str(bad["triggers"]["detail"])
    assert all(each["remedy"] for each in bad.values())
    assert len(said) > 40


def _placed(look: Callable[[sign.Look], Iterable[sign.Word]], name: str) -> Callable[[sign.Look], Iterable[sign.Word]]:
    look.__module__ = sign.ALL[name].look.__module__
    return look


def test_a_lock_that_is_held_hangs_one_sign_alone(well: World) -> None:
    """Somebody alters a table of ours: what reads it says so, and the rest is asked."""
    url = worlds.make_engine(well.url).url
    kept = pymysql.connect(unix_socket=str(url.query["unix_socket"]), user="root", database=url.database)
    well.kept.append(kept)
    kept.cursor().execute("LOCK TABLES consistency_outbox WRITE")
    for name in ("mail", "retention"):
        well.monkeypatch.setitem(sign.ALL, name, replace(sign.ALL[name], seconds=0.5))

    status, said = well.ask()
    kept.cursor().execute("UNLOCK TABLES")

    assert (3, {"mail", "retention"}) == (status, set(_bad(said)))


def test_all_signs_together_have_their_time(well: World) -> None:
    """Who asks for health does not wait for ever: what was not asked is told."""
    well.monkeypatch.setattr(examination, "ALL_SECONDS", 0.0)

    status, said = well.ask()

    assert 3 == status
    assert all("not asked: the others took all of 0 s" in str(each["detail"]) for each in said)


def _sign_in(world: World, role: str) -> str:
    url = worlds.make_engine(world.url).url.set(username=f"t_{role}", password="secret")
    account = f"'t_{role}'@'localhost'"
    text = statements(shipped(), role, user=f"t_{role}@localhost", schema=str(url.database))
    grants = [part.rstrip(";") for part in text.split(";\n")]
    world.run(f"DROP USER IF EXISTS {account}", f"CREATE USER {account} IDENTIFIED BY 'secret'", *grants)
    return str(url.render_as_string(hide_password=False))


@pytest.mark.every_server
@pytest.mark.parametrize(
    ("role", "blind"),
    [
        ("reader", {"triggers", "watermarks", "server transactions"}),
        ("app", {"watermarks", "server transactions"}),
        ("corrector", {"watermarks", "server transactions"}),
    ],
)
def test_each_role_says_what_it_cannot_see_and_goes_on(well: World, role: str, blind: set[str]) -> None:
    """Nothing is called wrong because somebody may not look, and everything else is asked."""
    url = _sign_in(well, role)

    status, signs = well.ask("--role", role, url=url)

    assert (0, {}) == (status, _bad(signs))
    assert blind == {each["name"] for each in signs if not each["is_seen"]}
    assert all(each["remedy"] for each in signs if not each["is_seen"])
    assert f"has what role {role} needs" in str(next(each for each in signs if each["name"] == "rights")["detail"])


@pytest.mark.every_server
def test_a_right_that_a_role_lacks_is_named(well: World) -> None:
    """As the role that was named, or as the one that the user comes nearest to; with the command that grants it."""
    url = _sign_in(well, "corrector")
    well.run(
        "REVOKE INSERT ON consistency_outbox FROM 't_corrector'@'localhost'",
        "REVOKE UPDATE (direction) ON calls FROM 't_corrector'@'localhost'",
    )

    guessed, named = well.ask(url=url), well.ask("--role", "corrector", url=url)
    other_role = well.ask("--role", "migrator", url=url)

    for status, signs in (guessed, named):
        bad = _bad(signs)
        assert (1, {"rights"}) == (status, set(bad))
        assert "lacks, as corrector: " in str(bad["rights"]["detail"])
        assert "INSERT on consistency_outbox" in str(bad["rights"]["detail"])
        assert "UPDATE (direction) on calls" in str(bad["rights"]["detail"])
        assert "`consistency grants corrector --user t_corrector@localhost" in str(bad["rights"]["remedy"])
    assert "ALL PRIVILEGES on all tables" in str(_bad(other_role[1])["rights"]["detail"])


def test_without_a_right_to_read_a_sign_is_unseen(well: World) -> None:
    """A user who may read some tables alone hears of each sign whether it could be judged."""
    url = worlds.make_engine(well.url).url.set(username="t_narrow", password="secret")
    well.run(
        "DROP USER IF EXISTS 't_narrow'@'localhost'",
        "CREATE USER 't_narrow'@'localhost' IDENTIFIED BY 'secret'",
        *(f"GRANT SELECT ON {table} TO 't_narrow'@'localhost'" for table in ("consistency_marker", "consistency_runs")),
    )

    _, signs = well.ask(url=url.render_as_string(hide_password=False))

    unseen = {each["name"] for each in signs if not each["is_seen"]}
    assert {"mail", "incidents", "review queue", "audit", "breakers"} <= unseen
    assert not [each for each in signs if not each["is_seen"] and not each["ok"]]
    assert "this account may not look (SELECT command denied" in str(
        next(each for each in signs if each["name"] == "mail")["detail"]
    )


def test_where_the_database_is_away_the_machine_is_looked_at_all_the_same(well: World) -> None:
    """What needs no database is told, the error is one line, status 3."""
    away = worlds.make_engine(well.url).url.update_query_dict({"unix_socket": str(well.tmp_path / "none")})
    env = {
        "CONSISTENCY_DB_URL": away.render_as_string(hide_password=False),
        "CONSISTENCY_VAR": str(well.tmp_path / "var"),
        "CONSISTENCY_DRYRUN": "x",
    }
    done = subprocess.run(
        [sys.executable, "-m", "data_consistency", "doctor"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 3 == done.returncode
    assert 1 == done.stderr.count("\n")
    assert "did not answer" in done.stderr
    assert "LOOK    variables" in done.stdout
    assert "ok      suites" in done.stdout
    assert "schema" not in done.stdout


def test_settings_that_contradict_each_other_are_named_before_anything_is_asked(
    well: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line names the variables; status 64."""
    several(well, "")
    for name, value in {**well.env, "CONSISTENCY_DB_URL": well.url}.items():
        well.monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit, match="64"):
        main(["doctor"])

    assert "CONSISTENCY_DB_URL is set and consistency.toml names databases too; unset it" in capsys.readouterr().err


def test_a_sign_can_be_left_out(well: World) -> None:
    """One that cannot be otherwise does not hide the others; a name that is none is refused."""
    well.env["CONSISTENCY_BASE_URL"] = "nowhere"

    assert 1 == well.ask()[0]
    assert 0 == well.ask("--except", "addresses of pages")[0]
    assert [] == well.ask("--except", "no such sign")[1]
