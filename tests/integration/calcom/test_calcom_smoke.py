"""`consistency calcom smoke` against the fake: what a real server must answer, and what is said when it does not."""

import json

import pytest
from typer.testing import CliRunner

from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from data_consistency.cli import build_app


@pytest.fixture
def url(fake: FakeCalcom) -> str:
    """Where the fake is, with one booking in it."""
    fake.add(start=fake.world.clock.now().isoformat())
    return fake.connection().base_url


def _smoke(url: str, **more: str) -> tuple[int, dict[str, bool], str]:
    environment = {"CONSISTENCY_CALCOM_URL": url, "CONSISTENCY_CALCOM_KEY": KEY, **more}
    typed = CliRunner(env=environment).invoke(build_app(), ["calcom", "smoke", "--json"], catch_exceptions=False)
    looks = json.loads(typed.stdout)["looks"]
    return typed.exit_code, {look["name"]: look["is_good"] for look in looks}, typed.stdout


@pytest.mark.parametrize("version", ["2026-05-01", "2024-08-13"])
def test_a_server_that_answers_as_expected(url: str, fake: FakeCalcom, version: str) -> None:
    """Key, list, a booking, one that is none and a wrong version; nothing is written, and no key is shown."""
    status, looks, said = _smoke(url, CONSISTENCY_CALCOM_API_VERSION=version)

    names = ["key", "list", "booking", "no booking", "wrong version"]
    assert (0, dict.fromkeys(names, True)) == (status, looks), said
    assert {"GET"} == {request.method for request in fake.world.log}
    assert KEY not in said


def test_each_oddity_is_named(url: str, fake: FakeCalcom) -> None:
    """A bad key, and a row that cannot be read; the other looks are taken all the same."""
    bad = _smoke(url, CONSISTENCY_CALCOM_KEY="cal_live_wrong")
    fake.add(odd="no_start")
    odd = _smoke(url)

    assert (3, False) == (bad[0], bad[1]["key"])
    assert "cal_live_wrong" not in bad[2]
    assert (3, True, False) == (odd[0], odd[1]["key"], odd[1]["list"])
