"""What a private Airflow is started with: its secrets, its ports and its environment."""

import base64
import json
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from data_consistency.project import Project

HOST = "127.0.0.1"
USER = "admin"
_PARALLELISM = 4  # the default of 32 forks 32 workers
_QUIET = {
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "SCARF_ANALYTICS": "false",
    "SCARF_NO_ANALYTICS": "true",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
}


def password_file(home: Path) -> Path:
    """Where the password of the user stands, readable by its owner alone."""
    return home / "passwords.json"


def password(home: Path) -> str:
    """Password of the user."""
    return str(json.loads(password_file(home).read_text(encoding="utf-8"))[USER])


def make_secrets(home: Path) -> dict[str, str]:
    """The secrets of this home, made at its first start: sessions, tokens, encryption, password."""
    if not password_file(home).exists():
        _write_private(password_file(home), {USER: secrets.token_urlsafe(16)})
    path = home / "secrets.json"
    if not path.exists():
        fresh = {
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),  # shorter ones are warned about in every request
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        _write_private(path, fresh)
    stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def is_free(port: int) -> bool:
    """Whether a server of ours could listen on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def environment(home: Path, port: int, settings: Mapping[str, str], project: Project) -> dict[str, str]:
    """The whole environment of every component and task.

    Args:
        home: Airflow's home.
        port: of the API and the pages.
        settings: ours (CONSISTENCY_...), on top of this process's environment.
        project: whose DAGs run.
    """
    plugins = project.home / "plugins"
    base_url = f"http://{HOST}:{port}"
    worker_logs, trigger_logs = free_ports(2)
    paths = [str(project.home / "include"), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        **_QUIET,
        **make_secrets(home),
        "AIRFLOW_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__DAGS_FOLDER": str(project.dags),
        # Where the package is installed, its entry point brings the plugin.
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins if plugins.is_dir() else home / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(_PARALLELISM),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(home)),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{base_url}/execution/",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": base_url,
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(worker_logs),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(trigger_logs),
        "CONSISTENCY_BASE_URL": base_url,
        **settings,
    }


def _write_private(path: Path, content: Mapping[str, str]) -> None:
    scratch = path.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
        json.dump(content, handle)
    scratch.replace(path)
