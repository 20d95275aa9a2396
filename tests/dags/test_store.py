"""The report copied to a storage of objects: what changed of it, whole, and told where it cannot be."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from data_consistency import pipeline
from data_consistency.airflow.operators import PublishReportOperator
from data_consistency.airflow.store import MANIFEST, copy_site
from data_consistency.errors import CheckNotEvaluated, NotStored
from data_consistency.runtime import Runtime
from tests import worlds


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a report."""
    for name, said in {"consistency-report.html": "1", "reports/2026-10-19.html": "2", "static/a.css": "3"}.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(said, encoding="utf-8")
    return tmp_path / "site"


@dataclass(frozen=True)
class Bucket:
    """Objects on a server that speaks S3, beside the files of a report."""

    client: Any
    name: str

    @property
    def folder(self) -> str:
        """Where reports go, as the setting names it."""
        return f"s3://reports@{self.name}/consistency"

    @property
    def objects(self) -> dict[str, str]:
        """What is in it, by key, without the list of what was copied."""
        listed = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        keys = [one["Key"] for one in listed if not one["Key"].endswith(MANIFEST)]
        return {
            key: self.client.get_object(Bucket=self.name, Key=key)["Body"].read().decode(errors="replace")
            for key in keys
        }


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3; one for all tests, as Airflow keeps what it has found of a connection while it lives."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def _connection(endpoint: str) -> str:
    extra = {"endpoint_url": endpoint, "region_name": "eu-central-1", "config_kwargs": {"retries": {"max_attempts": 1}}}
    return json.dumps({"conn_type": "aws", "login": "reader", "password": "nothing-secret", "extra": extra})


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A bucket, and Airflow's connection `reports` to it."""
    monkeypatch.setenv("AIRFLOW_CONN_REPORTS", _connection(endpoint))
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="reader",
        aws_secret_access_key="nothing-secret",
    )
    name = f"days-{uuid4().hex}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return Bucket(client, name)


def _files(folder: Path) -> dict[str, str]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_text(encoding="utf-8") for name, path in found.items() if name != MANIFEST}


def test_a_day_writes_what_has_changed_and_takes_away_what_is_gone(site: Path, tmp_path: Path) -> None:
    """The place holds what the folder holds, however it was left; files that are being written stay here."""
    there = tmp_path / "bucket"
    assert 3 == copy_site(site, f"file://{there}")
    assert _files(site) == _files(there)

    assert 0 == copy_site(site, f"file://{there}")
    (site / "reports/2026-10-20.html").write_text("4", encoding="utf-8")
    (site / "consistency-report.html").write_text("5", encoding="utf-8")
    (site / "reports/2026-10-19.html").unlink()
    (site / ".index.html.partial").write_text("half", encoding="utf-8")
    assert 2 == copy_site(site, f"file://{there}")
    expected = {name: said for name, said in _files(site).items() if not name.endswith(".partial")}
    assert expected == _files(there)

    (there / MANIFEST).write_text("[", encoding="utf-8")
    assert 3 == copy_site(site, f"file://{there}")
    assert expected == _files(there)


def test_a_bucket_holds_what_the_folder_holds(site: Path, bucket: Bucket) -> None:
    """By Airflow's own connection, under a folder of the bucket, and beside what others have there."""
    bucket.client.put_object(Bucket=bucket.name, Key="theirs/kept.txt", Body=b"kept")

    assert 3 == copy_site(site, bucket.folder)
    assert 0 == copy_site(site, bucket.folder)
    (site / "reports/2026-10-20.html").write_text("4", encoding="utf-8")
    (site / "consistency-report.html").write_text("5", encoding="utf-8")
    (site / "reports/2026-10-19.html").unlink()
    assert 2 == copy_site(site, bucket.folder)

    expected = {f"consistency/{name}": said for name, said in _files(site).items()}
    assert expected | {"theirs/kept.txt": "kept"} == bucket.objects


def test_what_a_browser_is_to_show_comes_out_of_a_bucket_as_a_page(site: Path, bucket: Bucket) -> None:
    """A page that is served as a file of bytes is downloaded in place of read."""
    copy_site(site, bucket.folder)

    kinds = {key: bucket.client.head_object(Bucket=bucket.name, Key=key)["ContentType"] for key in bucket.objects}
    assert "text/html" == kinds["consistency/consistency-report.html"]
    assert "text/css" == kinds["consistency/static/a.css"]


@pytest.mark.parametrize("target", ["s3://reports@no-such-bucket/x", "s3://nobody@{bucket}/x", "s3://away@{bucket}/x"])
def test_a_bucket_that_takes_nothing_is_one_error(
    site: Path, bucket: Bucket, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the setting and never the key of the connection."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # nobody is asked for other keys
    monkeypatch.setenv("AIRFLOW_CONN_AWAY", _connection("http://127.0.0.1:9"))

    with pytest.raises(NotStored, match="CONSISTENCY_REPORT_STORE=s3://") as refused:
        copy_site(site, target.format(bucket=bucket.name))

    assert "\n" not in str(refused.value)
    assert "nothing-secret" not in str(refused.value)
    assert {} == bucket.objects


def test_a_list_that_somebody_changed_takes_nothing_away_elsewhere(site: Path, tmp_path: Path) -> None:
    """Beside the place is not in it."""
    (tmp_path / "theirs").write_text("kept", encoding="utf-8")
    copy_site(site, f"file://{tmp_path / 'bucket'}")
    (tmp_path / "bucket" / MANIFEST).write_text(
        json.dumps({"../theirs": "x", f"{tmp_path}/theirs": "x"}), encoding="utf-8"
    )

    copy_site(site, f"file://{tmp_path / 'bucket'}")

    assert "kept" == (tmp_path / "theirs").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["nonsense://bucket/x", "file:///proc/nowhere", "file://{file}/x"])
def test_a_place_that_takes_nothing_is_one_error_that_names_the_setting(
    site: Path, tmp_path: Path, target: str
) -> None:
    """What was written here stays here."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(NotStored, match="CONSISTENCY_REPORT_STORE=") as refused:
        copy_site(site, target.format(file=tmp_path / "file"))

    assert "\n" not in str(refused.value)
    assert 3 == len(_files(site))


def test_the_daily_run_copies_the_report_also_where_a_rule_was_silent(rt: Runtime, bucket: Bucket) -> None:
    """The run is red for the rule, and readers have the report that says so."""
    worlds.add_call(rt.engine)
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    told = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), REPORT_STORE=f"{bucket.folder}/")
    context: Any = {"dag_run": SimpleNamespace(run_after=worlds.long_ago())}
    pipeline.begin(told, "daily-1", "report", "test")

    with pytest.raises(CheckNotEvaluated):
        PublishReportOperator(task_id="publish").work(told, "daily-1", context)

    told.engine.dispose()
    assert "column calls.direction is missing" in bucket.objects["consistency/consistency-report.html"]
