"""The compose file is valid, complete and free of secrets, as far as that can be told without an engine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = (_ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
_STACK = yaml.safe_load(_TEXT)
_SERVICES: dict[str, dict[str, object]] = _STACK["services"]
_DOCUMENTED = dict(
    line.split("=", 1)
    for line in (_ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
# $$ is a dollar for the container's shell, not for compose.
_VARIABLES = re.findall(r"(?<!\$)\$\{(\w+)(:[-?])?([^}]*)\}", _TEXT)
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN|AUTH$")


def test_the_file_satisfies_the_compose_specification() -> None:
    """No key is misspelt and no condition is unknown."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*command, str(_ROOT / "docker-compose.yaml")], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_variable_is_documented_and_none_is_left_over() -> None:
    """`.env.example` names exactly what the file reads."""
    assert set(_DOCUMENTED) == {name for name, _, _ in _VARIABLES}


def test_every_variable_is_required_or_has_the_documented_default() -> None:
    """An unset variable stops the start or takes the value the documentation shows; it is never silently empty."""
    expected = {(name, ":?" if not value else ":-", value or "see .env.example") for name, value in _DOCUMENTED.items()}

    assert expected == set(_VARIABLES)


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
    assert "--require-hashes --only-binary :all: -r requirements-compose.txt" in text


@pytest.mark.parametrize("service", _SERVICES)
def test_no_secret_is_written_down(service: str) -> None:
    """Secrets come from the environment, also inside URLs."""
    for name, value in _SERVICES[service].get("environment", {}).items():  # type: ignore[attr-defined]
        assert not _SECRET_NAME.search(name) or str(value).startswith("${"), (service, name)
        assert not re.search(r"://[^@/]*:[^@/$]+@", re.sub(r"\$\{.*?\}", "$", str(value))), (service, name)


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
