"""What docs/deploy.md points at: files for others' tools, held against what is known of those tools."""

import json
import re
from pathlib import Path

import yaml

from data_consistency.sources import CONNECTION

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = _ROOT / "examples" / "kubernetes"
_VALUES = yaml.safe_load((_FOLDER / "values.yaml").read_text(encoding="utf-8"))
# Of the chart's values.schema.json (1.18 and later): the keys that we use, and what they hold.
_CHART = {
    "airflowVersion": str,
    "env": [{"name", "value"}],
    "executor": str,
    "images": {"airflow": {"repository", "tag"}},
    "secret": [{"envName", "secretName", "secretKey"}],
    "volumeMounts": [{"name", "mountPath"}],
    "volumes": [{"name", "persistentVolumeClaim"}],
    "workers": {"replicas"},
}


def _fits(value: object, known: object) -> bool:
    if isinstance(known, type):
        return isinstance(value, known)
    if isinstance(known, list):
        return isinstance(value, list) and all(_fits(item, known[0]) for item in value)
    if isinstance(known, dict):
        return isinstance(value, dict) and all(key in known and _fits(value[key], known[key]) for key in value)
    return isinstance(value, dict) and isinstance(known, set) and set(value) <= known


def test_the_values_use_what_the_chart_knows() -> None:
    """A key that the chart does not know would be ignored in silence."""
    assert _fits(_VALUES, _CHART)


def test_the_cluster_gets_connection_bundle_storage_and_the_time_outs_of_the_compose_file() -> None:
    """What must agree between the forms of deployment does."""
    env = {entry["name"]: entry["value"] for entry in _VALUES["env"]}
    compose = yaml.safe_load((_ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))["services"]
    same = [name for name in env if name.startswith("AIRFLOW__SCHEDULER__")]
    (bundle,) = json.loads(env["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])

    assert f"AIRFLOW_CONN_{CONNECTION.upper()}" in {entry["envName"] for entry in _VALUES["secret"]}
    assert bundle["kwargs"]["path"].endswith("/data_consistency/shipped/dags")
    assert env["CONSISTENCY_VAR"] == _VALUES["volumeMounts"][0]["mountPath"]
    assert len(same) >= 5
    assert {name: env[name] for name in same} == {
        name: compose["airflow-scheduler"]["environment"][name] for name in same
    }


def test_versions_agree() -> None:
    """Image, chart and page name the version that pyproject.toml and the lock say."""
    version = re.search(r'^version = "(.+)"', (_ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    airflow = re.search(
        r"^apache-airflow==(\S+)", (_ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert version is not None
    assert airflow is not None

    page = (_ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    assert {version[1]} == set(re.findall(r"data_consistency-([\d.]+)-py3", page)) | {
        _VALUES["images"]["airflow"]["tag"]
    }
    assert airflow[1] == _VALUES["airflowVersion"]
    assert f"FROM apache/airflow:{airflow[1]}-python3.12" in (_FOLDER / "Dockerfile").read_text(encoding="utf-8")
