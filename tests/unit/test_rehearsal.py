"""What the rehearsal reads: the compose file as the engine reads it, the Dockerfile's settings."""

from pathlib import Path

import pytest

from consistency_sandbox.rehearsal import composition, image
from consistency_sandbox.rehearsal.container import hardware_address
from consistency_sandbox.rehearsal.interpolation import interpolate, variables
from data_consistency.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parents[2]
_EXAMPLE = _ROOT / ".env.example"
_FILE = _ROOT / "docker-compose.yaml"


def _values(**more: str) -> dict[str, str]:
    filled = {name: value or "secret" for name, value in composition.read_values(_EXAMPLE).items()}
    return {**filled, **more}


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("a ${X} b", {"X": "1"}, "a 1 b"),
        ("${X:-2}", {"X": ""}, "2"),
        ("${X-2}", {"X": ""}, ""),
        ("${X-2}", {}, "2"),
        ("${X:-a${Y:-b}c}", {}, "abc"),
        ("${X:-a${Y:-b}c}", {"Y": "1"}, "a1c"),
        ("$$X and $${X}", {"X": "1"}, "$X and ${X}"),
        ("${X}", {}, ""),
    ],
)
def test_variables_are_replaced_as_the_engine_does(text: str, values: dict[str, str], expected: str) -> None:
    """Defaults, also those within a default; a dollar that is meant for the shell."""
    assert expected == interpolate(text, values)


def test_what_is_required_and_missing_is_named() -> None:
    """Also where it stands in the default of another, and only when that default is used."""
    text = "${URL:-x://${PASSWORD:?see there}@y}"

    assert ["URL", "PASSWORD"] == [variable.name for variable in variables(text)]
    assert "own" == interpolate(text, {"URL": "own"})
    with pytest.raises(ConfigurationError, match="PASSWORD is not set: see there"):
        interpolate(text, {})
    with pytest.raises(ConfigurationError, match="does not close"):
        interpolate("${X:-y", {})


def test_the_services_are_those_of_the_profiles() -> None:
    """Without the demonstration nothing of it is started, and nobody waits for it."""
    with_demo = composition.read(_FILE, _values())
    own = composition.read(_FILE, _values(COMPOSE_PROFILES="", CONSISTENCY_DB_URL="mysql+pymysql://u@h/s"))

    assert {"mariadb", "demo"} == set(with_demo) - set(own)
    assert "service_completed_successfully" == with_demo["init"].waits_for["demo"]
    assert "demo" not in own["init"].waits_for
    assert "mysql+pymysql://u@h/s" == own["airflow-worker"].environment["CONSISTENCY_DB_URL"]
    assert "@mariadb:3306/" in with_demo["airflow-worker"].environment["CONSISTENCY_DB_URL"]


def test_a_service_is_started_with_what_the_file_says() -> None:
    """Command, replicas, mounts, health and whether it is started again."""
    services = composition.read(_FILE, _values(WORKERS="3", COMPOSE_PROFILES="demo,booking"))
    worker, report, guard = services["airflow-worker"], services["report"], services["booking-guard"]

    assert (3, True, True) == (worker.replicas, worker.stays, worker.is_ours)
    assert ("airflow", "celery", "worker") == worker.command
    assert {"/opt/airflow/logs", "/opt/data-consistency/var"} == {mount.target for mount in worker.mounts}
    assert [("var", True)] == [(mount.volume, mount.is_read_only) for mount in report.mounts]
    assert report.is_read_only
    assert {None} == {mount.volume for mount in guard.mounts}
    assert "CMD" == report.health[0]
    assert not services["init"].stays
    assert '"$AIRFLOW_ADMIN_PASSWORD"' in services["init"].command[-1]


def test_a_folder_of_this_machine_is_refused(tmp_path: Path) -> None:
    """The rehearsal shows that the image holds the code; a mounted checkout would show nothing."""
    path = tmp_path / "compose.yaml"
    path.write_text("services: {a: {image: x, volumes: ['./a:/b']}}", encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"volume \./a:/b"):
        composition.read(path, {})


def test_the_image_s_settings_are_the_dockerfile_s(tmp_path: Path) -> None:
    """ENV of the last stage reaches every service of ours."""
    settings = image.at(_ROOT, tmp_path).settings

    assert "/opt/airflow" == settings["AIRFLOW_HOME"]
    assert "/opt/data-consistency/var" == settings["CONSISTENCY_VAR"]
    assert "PYTHONPATH" not in settings


def test_a_container_that_starts_again_is_found_where_it_was() -> None:
    """Its hardware address follows from the other one, so what neighbours remember stays right."""
    assert "02:42:0a:4d:00:0a" == hardware_address("10.77.0.10")
    assert hardware_address("10.77.0.10") != hardware_address("10.77.0.11")
