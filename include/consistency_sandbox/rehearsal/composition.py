"""A compose file as values: what each service is started with."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from consistency_sandbox.rehearsal.interpolation import interpolate
from data_consistency.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A named volume, or memory, laid over a folder of a container."""

    volume: str | None  # None: memory
    target: str
    is_read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of the file, its variables replaced."""

    name: str
    image: str
    is_ours: bool  # built here, rather than fetched
    command: tuple[str, ...]
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    is_read_only: bool
    health: tuple[str, ...]  # of the health check; empty: there is none
    waits_for: Mapping[str, str]  # condition by service, without those that are not started
    stays: bool  # whether it is started again when it ends
    replicas: int


def read(path: Path, values: Mapping[str, str]) -> dict[str, Service]:
    """The services that are started, by name.

    Args:
        path: of the compose file.
        values: of .env; COMPOSE_PROFILES among them.

    Raises:
        ConfigurationError: a required variable is missing.
    """
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    profiles = set(values.get("COMPOSE_PROFILES", "").split(","))
    started = {
        name: service
        for name, service in document["services"].items()
        if not service.get("profiles") or profiles & set(service["profiles"])
    }
    return {name: _service(name, service, values, set(started)) for name, service in started.items()}


def read_values(path: Path) -> dict[str, str]:
    """The variables of a file such as .env."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _service(name: str, raw: Mapping[str, Any], values: Mapping[str, str], started: set[str]) -> Service:
    filled = _fill(raw, values)
    replicas = filled.get("deploy", {}).get("replicas", 1)
    waits = filled.get("depends_on", {})
    for target, wait in waits.items():
        if target not in started and wait.get("required", True):
            raise ConfigurationError(f"service {name} waits for {target}, which no profile starts")
    return Service(
        name=name,
        image=filled["image"],
        is_ours="build" in filled,
        command=_words(filled.get("command", [])),
        environment={key: str(value) for key, value in filled.get("environment", {}).items()},
        mounts=(
            *(_mount(text) for text in filled.get("volumes", [])),
            *(Mount(volume=None, target=target, is_read_only=False) for target in filled.get("tmpfs", [])),
        ),
        is_read_only=bool(filled.get("read_only")),
        health=_words(filled.get("healthcheck", {}).get("test", [])),
        waits_for={target: wait["condition"] for target, wait in waits.items() if target in started},
        stays=filled.get("restart") == "unless-stopped",
        replicas=int(replicas),
    )


def _fill(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    return interpolate(value, values) if isinstance(value, str) else value


def _words(command: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(shlex.split(command)) if isinstance(command, str) else tuple(command)


def _mount(text: str) -> Mount:
    volume, target, *mode = text.split(":")
    if volume.startswith((".", "/")):
        raise ConfigurationError(f"volume {text}: a folder of this machine; the rehearsal knows named volumes alone")
    return Mount(volume=volume, target=target, is_read_only=mode == ["ro"])
