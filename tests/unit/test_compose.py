"""The compose file is valid, complete and free of secrets, as far as that can be told without an engine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from consistency_sandbox.rehearsal.interpolation import interpolate, variables
from data_consistency.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = (_ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
_STACK = yaml.safe_load(_TEXT)
_SERVICES: dict[str, dict[str, object]] = _STACK["services"]
_EXAMPLE = (_ROOT / ".env.example").read_text(encoding="utf-8")
_SET = dict(re.findall(r"^(\w+)=(.*)$", _EXAMPLE, re.MULTILINE))
_UNSET = set(re.findall(r"^#(\w+)=", _EXAMPLE, re.MULTILINE))
# Read by the engine itself.
_ENGINES = {"COMPOSE_PROFILES"}
_VARIABLES = list(variables(_TEXT))
_OURS = [name for name, service in _SERVICES.items() if "build" in service]
_WORKING = [name for name in _OURS if "CONSISTENCY_DRY_RUN" in _SERVICES[name].get("environment", {})]  # type: ignore[operator]
# Settings that say where things are inside the image, or which of several databases one command is about.
_NOT_OF_A_DEPLOYMENT = {"CONSISTENCY_HOME", "CONSISTENCY_SOURCE", "CONSISTENCY_VAR"}
_LIMITS = (
    "TASK_INSTANCE_HEARTBEAT_TIMEOUT",
    "TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL",
    "TASK_QUEUED_TIMEOUT",
    "TASK_QUEUED_TIMEOUT_CHECK_INTERVAL",
    "NUM_STUCK_IN_QUEUED_RETRIES",
)
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN|AUTH$")


@pytest.mark.parametrize("name", ["docker-compose.yaml", "docker-compose.dev.yaml"])
def test_the_file_satisfies_the_compose_specification(name: str) -> None:
    """No key is misspelt and no condition is unknown."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*command, str(_ROOT / name)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_variable_is_documented_and_none_is_left_over() -> None:
    """`.env.example` names exactly what the file reads."""
    assert set(_SET) - _ENGINES | _UNSET == {variable.name for variable in _VARIABLES}


def test_every_variable_is_required_or_has_the_documented_default() -> None:
    """An unset variable stops the start or takes the value the documentation shows; it is never silently empty."""
    for variable in _VARIABLES:
        documented = _SET.get(variable.name)
        if variable.name in _UNSET:
            assert variable.operator in {":-", "-"}, variable
        elif documented:
            assert (":-", documented) == (variable.operator, variable.word)
        else:
            assert (":?", "see .env.example") == (variable.operator, variable.word)


def test_the_example_makes_a_whole_stack() -> None:
    """Filled in, every variable is replaced; one secret left empty is refused by its name."""
    filled = {name: value or "secret" for name, value in _SET.items()}

    assert "${" not in interpolate(_TEXT.replace("$$", ""), filled).replace("{HOSTNAME}", "")
    with pytest.raises(ConfigurationError, match="REDIS_PASSWORD is not set: see"):
        interpolate(_TEXT, {**filled, "REDIS_PASSWORD": ""})


def test_every_setting_reaches_the_containers() -> None:
    """A switch that is set in .env and read by nobody would be believed: the kill switch among them."""
    package = _ROOT / "include" / "data_consistency"
    modules = ("config", "project", "routes", "sources")
    source = "".join((package / f"{name}.py").read_text(encoding="utf-8") for name in modules)
    settings = set(re.findall(r'"(CONSISTENCY_[A-Z_]+)"', source)) - _NOT_OF_A_DEPLOYMENT
    in_a_file = {name for name in settings if name.startswith("CONSISTENCY_CALCOM_")}

    assert {"airflow-worker", "airflow-scheduler", "init", "booking-guard"} <= set(_WORKING)
    for name in _WORKING:
        service = _SERVICES[name]
        assert settings - in_a_file <= set(service["environment"]), name  # type: ignore[call-overload]
        assert [{"path": ".env.calcom", "required": False}] == service["env_file"], name
    for name in settings - in_a_file - {"CONSISTENCY_DB_URL"}:
        values = {str(_SERVICES[service]["environment"][name]) for service in _WORKING}  # type: ignore[index]
        assert 1 == len(values), name
        assert values.pop().startswith(f"${{{name}:-"), name


def test_somebody_makes_the_pool_before_a_task_asks_for_it() -> None:
    """A task in a pool that does not exist waits for ever, while everything looks healthy."""
    script = str(_SERVICES["init"]["command"][-1])  # type: ignore[index]

    assert "airflow pools import" in script
    assert script.index("airflow db migrate") < script.index("airflow pools import") < script.index("doctor")
    assert "False" == _SERVICES["airflow-scheduler"]["environment"]["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"]  # type: ignore[index]


def test_a_second_start_keeps_the_data() -> None:
    """The demonstration is loaded where there is none."""
    assert ["consistency", "demo", "load", "--keep"] == _SERVICES["demo"]["command"]


def test_what_is_lost_is_noticed_while_the_run_lasts() -> None:
    """A check is stopped after less than five minutes: worker and queue are missed long before."""
    environment: dict[str, str] = _SERVICES["airflow-scheduler"]["environment"]  # type: ignore[assignment]
    limits = {name: float(environment[f"AIRFLOW__SCHEDULER__{name}"]) for name in _LIMITS}

    assert limits["TASK_INSTANCE_HEARTBEAT_TIMEOUT"] + limits["TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL"] < 45
    assert limits["TASK_QUEUED_TIMEOUT"] + limits["TASK_QUEUED_TIMEOUT_CHECK_INTERVAL"] < 60
    # Sending again does no harm; giving up would.
    assert limits["NUM_STUCK_IN_QUEUED_RETRIES"] > 100


def test_workers_add_throughput() -> None:
    """The pool lets as many tasks run as the workers have slots."""
    assert int(_SET["WORKERS"]) * int(_SET["WORKER_CONCURRENCY"]) == int(_SET["CONSISTENCY_POOL_SLOTS"])
    assert "${WORKERS:-2}" == _SERVICES["airflow-worker"]["deploy"]["replicas"]  # type: ignore[index]


def test_the_code_is_in_the_image_and_a_checkout_is_laid_over_it_for_development_alone() -> None:
    """A machine without the checkout runs the stack; development mounts the same services, read-only."""
    mounted = {mount.split(":")[0] for name in _SERVICES for mount in _SERVICES[name].get("volumes", [])}  # type: ignore[attr-defined]
    development = yaml.safe_load((_ROOT / "docker-compose.dev.yaml").read_text(encoding="utf-8"))["services"]

    assert mounted == set(_STACK["volumes"])
    assert set(_WORKING) == set(development)
    for service in development.values():
        folders = [mount.split(":") for mount in service["volumes"]]
        assert all((_ROOT / folder).is_dir() and mode == "ro" for folder, _, mode in folders)
        assert {"dags", "expectations", "include", "sql"} == {Path(folder).name for folder, _, _ in folders}


def test_the_report_is_read_without_a_secret() -> None:
    """One service serves the published pages, and nothing else of var/, read-only."""
    report = _SERVICES["report"]

    assert "environment" not in report
    assert [] == report["env_file"]
    assert report["read_only"]
    assert ["var:/opt/data-consistency/var:ro"] == report["volumes"]
    assert "/opt/data-consistency/var/data_docs" in str(report["command"])


@pytest.mark.parametrize("service", _SERVICES)
def test_logs_are_bounded(service: str) -> None:
    """No service fills the disk with what it says."""
    options = _SERVICES[service]["logging"]["options"]  # type: ignore[index]

    assert ("10m", "3") == (options["max-size"], options["max-file"])


def test_what_grows_beside_the_logs_is_deleted() -> None:
    """Logs of tasks and Airflow's rows of old runs are kept for a time; the doctor's word is the service's health."""
    upkeep = _SERVICES["upkeep"]

    assert all(word in str(upkeep["command"]) for word in ("/opt/airflow/logs", "airflow db clean"))
    assert ["CMD", "consistency", "doctor"] == upkeep["healthcheck"]["test"]  # type: ignore[index]


def test_down_means_what_up_started() -> None:
    """Profiles stand in .env, where every command reads them; what a profile starts is not waited for without it."""
    profiles = {name: service["profiles"] for name, service in _SERVICES.items() if "profiles" in service}

    assert {"demo", "booking"} == {profile for names in profiles.values() for profile in names}  # type: ignore[attr-defined]
    assert "demo" == _SET["COMPOSE_PROFILES"]
    for name, service in _SERVICES.items():
        for target, wait in service.get("depends_on", {}).items():  # type: ignore[attr-defined]
            assert target not in profiles or profiles[target] == profiles.get(name) or not wait["required"]


@pytest.mark.parametrize("service", _SERVICES)
def test_dependencies_exist_and_can_become_true(service: str) -> None:
    """Who waits for health waits for a service that reports it; who waits for an end, for one that ends."""
    for name, wait in _SERVICES[service].get("depends_on", {}).items():  # type: ignore[attr-defined]
        target = _SERVICES[name]
        waits_for = {
            "service_healthy": "healthcheck" in target,
            "service_completed_successfully": target.get("restart") == "no",
        }

        assert waits_for[wait["condition"]], (service, name)


@pytest.mark.parametrize("service", _SERVICES)
def test_mounted_folders_and_volumes_exist(service: str) -> None:
    """An engine makes a missing folder silently, and it belongs to root then."""
    for mount in _SERVICES[service].get("volumes", []):  # type: ignore[attr-defined]
        source = mount.split(":")[0]
        exists = (_ROOT / source).is_dir() if source.startswith(".") else source in _STACK["volumes"]

        assert exists, (service, mount)


@pytest.mark.parametrize("service", _SERVICES)
def test_images_are_pinned_or_built_here(service: str) -> None:
    """The same file starts the same versions next year."""
    image = str(_SERVICES[service]["image"])
    built = "build" in _SERVICES[service]

    assert built or re.fullmatch(r"[a-z/]+:v?\d+(\.\d+)+(-\w+)?", image), image


def test_the_image_we_build_is_pinned_and_locked() -> None:
    """Our own image starts from a full version and installs by hash alone."""
    text = (_ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.search(r"^FROM python:3\.1[123]\.\d+-slim-bookworm$", text, re.MULTILINE)
    assert 2 == len(re.findall(r"^FROM python:3\.1[123]\.\d+-slim-bookworm(?: AS wheel)?$", text, re.MULTILINE))
    installs = re.findall(r"pip install (.*?)(?: \\)?$", text, re.MULTILINE)
    for install in installs:
        assert "--require-hashes --only-binary :all:" in install or "--no-deps --no-index /dist/*.whl" in install
    assert {"requirements-build.txt", "requirements-compose.txt"} <= set(re.findall(r"-r (\S+)", text))


@pytest.mark.parametrize("service", _SERVICES)
def test_no_secret_is_written_down(service: str) -> None:
    """Secrets come from the environment, also inside URLs."""
    for name, value in _SERVICES[service].get("environment", {}).items():  # type: ignore[attr-defined]
        assert not _SECRET_NAME.search(name) or str(value).startswith("${"), (service, name)
        plain = interpolate(str(value), dict.fromkeys(_SET, "$") | dict.fromkeys(_UNSET - {"CONSISTENCY_DB_URL"}, ""))
        assert not re.search(r"://[^@/]*:[^@/$]+@", plain), (service, name)


@pytest.mark.parametrize("service", _SERVICES)
def test_ports_are_opened_on_this_machine_alone(service: str) -> None:
    """Nothing is offered to the network before somebody decides so."""
    ports = _SERVICES[service].get("ports", [])

    assert all(port.startswith("127.0.0.1:") for port in ports)  # type: ignore[attr-defined]


def test_services_that_stay_report_their_health() -> None:
    """What is expected to run says whether it works."""
    silent = [
        name
        for name, service in _SERVICES.items()
        if service.get("restart") == "unless-stopped" and "healthcheck" not in service
    ]

    assert [] == silent
