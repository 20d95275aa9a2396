"""The booking service as its callers meet it: a real process on a real port."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from consistency_sandbox.demo import booking_service
from data_consistency.db.transactions import transaction
from data_consistency.ledger import api_keys
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests import bookings, worlds
from tests.booking_service import Service, make_key, problem, start
from tests.patience import PATIENCE


def test_a_booking_is_validated_rolled_back_and_repaired(rt: Runtime, service: Service) -> None:
    """The three answers that a booking path acts on."""
    good, absent, differing = (
        bookings.add_call(rt),
        bookings.add_call(rt),
        bookings.add_call(rt, appointment_made=0, session_outcome=None),
    )
    appointment = bookings.add_appointment(rt, good)
    bookings.add_appointment(rt, differing)

    confirmed = service.post("/v1/bookings/validate", {"call_id": good, "appointment_id": appointment}).json()
    looked = service.post("/v1/bookings/validate", {"call_id": absent}).json()
    rolled_back = service.post("/v1/bookings/rollback", {"call_id": absent}).json()
    repaired = service.post("/v1/bookings/rollback", {"call_id": differing}).json()

    assert (True, "confirmed", True) == (confirmed["success"], confirmed["verdict"], confirmed["booking_stands"])
    assert (False, "absent", "appointment_not_linked") == (looked["success"], looked["verdict"], looked["reason"])
    assert ("booked", "unknown", "being_checked") == (confirmed["tell"], looked["booking_stands"], looked["tell"])
    assert ("rolled_back", False) == (rolled_back["action"], rolled_back["booking_stands"])
    assert "not_booked" == rolled_back["tell"]
    assert ("repaired", True, True) == (repaired["action"], repaired["success"], repaired["booking_stands"])
    assert "creation_failed" == worlds.row(rt.engine, "calls", absent)["session_outcome"]
    assert 1 == worlds.row(rt.engine, "calls", differing)["appointment_made"]


def test_the_first_repair_need_not_read_the_rules(rt: Runtime, tmp_path: Path) -> None:
    """What takes seconds is done while the server answers already; a guard that never repairs does without."""
    looks, acts = start(rt, VAR=str(tmp_path / "looks")), start(rt, "--enforce", VAR=str(tmp_path / "acts"))
    try:
        for process in (looks, acts):
            booking_service.url_of(process)
        until = time.monotonic() + PATIENCE
        while not list((tmp_path / "acts" / "cache").glob("*")) and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        for process in (looks, acts):
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)

    assert [] != list((tmp_path / "acts" / "cache").glob("*"))
    assert not (tmp_path / "looks" / "cache").exists()


_HOLDS_A_LOG = """
import logging, threading
from data_consistency.cli import main
from data_consistency.web import server

def hold(*_one, **_more):
    handler = logging.StreamHandler()
    handler.acquire()
    print("holds", flush=True)
    threading.Event().wait()

server._make_ready = hold
main(["booking", "serve", "--port", "0"])
"""


def test_no_thread_keeps_the_service_from_ending(rt: Runtime, tmp_path: Path) -> None:
    """As one does that writes to a log whose pipe nobody reads: what it holds is never let go."""
    url = rt.engine.url.render_as_string(hide_password=False)
    own = {"CONSISTENCY_DB_URL": url, "CONSISTENCY_VAR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _HOLDS_A_LOG]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **own}) as process:
        assert process.stdout is not None
        try:
            said = {process.stdout.readline().split()[0] for _ in range(2)}
            process.send_signal(signal.SIGTERM)
            status = process.wait(PATIENCE)
        finally:
            process.kill()

    assert {"holds", "booking"} == said
    assert 0 == status


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "booking guard (enforce) on "),
        ({"DRY_RUN": "1"}, "booking guard (enforce, held by a dry run) on "),
        ({"CORRECTIONS_ENABLED": "0"}, "booking guard (enforce, held by corrections that are switched off) on "),
    ],
    ids=["free", "dry run", "switched off"],
)
def test_a_guard_that_settings_hold_says_so_and_changes_nothing(
    rt: Runtime, settings: dict[str, str], said: str
) -> None:
    """Who told it to enforce is not left to find out on the telephone."""
    call = bookings.add_call(rt)
    with start(rt, "--enforce", **settings) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            service = Service(url=first.split()[-1], key=make_key(rt, 1), process=process)
            answer = service.post("/v1/bookings/rollback", {"call_id": call}).json()
        finally:
            process.send_signal(signal.SIGTERM)

    assert first.startswith(said)
    assert ("would_act" if settings else "rolled_back") == answer["action"]
    assert ("appointment_booked" if settings else "creation_failed") == worlds.row(rt.engine, "calls", call)[
        "session_outcome"
    ]


def test_another_companys_call_is_not_found_and_not_touched(rt: Runtime, service: Service) -> None:
    """The answer is that of a call that does not exist."""
    other = bookings.add_call(rt, company_id=2)
    before = worlds.row(rt.engine, "calls", other)

    answers = [service.post("/v1/bookings/rollback", {"call_id": call}) for call in (other, 99_999_999)]

    assert [404, 404] == [answer.status_code for answer in answers]
    assert problem(answers[0]) == problem(answers[1])
    assert before == worlds.row(rt.engine, "calls", other)


def test_nobody_without_a_valid_key(rt: Runtime, service: Service) -> None:
    """None, a wrong one, an expired one, another scheme: one answer each that says what to send."""
    expired = make_key(rt, 1, "old", days=-1)
    url = f"{service.url}/v1/bookings/validate"
    headers = [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {expired}"},
        {"Authorization": f"Basic {service.key}"},
        {"Authorization": "Bearer"},
    ]

    answers = [httpx.post(url, json={"call_id": 1}, headers=sent, timeout=PATIENCE) for sent in headers]

    assert {401} == {answer.status_code for answer in answers}
    assert {"Bearer"} == {answer.headers["www-authenticate"] for answer in answers}
    assert all("key" in problem(answer)["detail"] for answer in answers)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "call_id"),
        ({"call_id": "4711"}, "call_id"),
        ({"call_id": True}, "call_id"),
        ({"call_id": 0}, "call_id"),
        ({"call_id": 2**64}, "call_id"),
        ({"call_id": 1, "appointment_id": -1}, "appointment_id"),
        ({"call_id": 1, "external_booking_id": ""}, "external_booking_id"),
        ({"call_id": 1, "external_booking_id": "x\ny"}, "external_booking_id"),
        ({"call_id": 1, "external_booking_id": "s3cret" * 40}, "external_booking_id"),
        ({"call_id": 1, "appointment": 7}, "appointment"),
        ([1], "body"),
    ],
)
def test_a_wrong_body_is_one_error_that_names_its_field(service: Service, body: object, field: str) -> None:
    """And repeats nothing of it."""
    answer = service.post("/v1/bookings/validate", body)

    assert 422 == answer.status_code
    assert field in problem(answer)["detail"]
    assert "s3cret" not in answer.text


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"", b"<html>"])
def test_what_is_no_json_is_one_error(service: Service, content: bytes) -> None:
    """Not a crash."""
    headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}
    answer = httpx.post(f"{service.url}/v1/bookings/validate", content=content, headers=headers, timeout=PATIENCE)

    assert answer.status_code in {400, 422}
    problem(answer)


def test_a_large_body_is_refused_however_it_arrives(service: Service) -> None:
    """With its length told, without, and with a lie about it."""
    headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}
    url = f"{service.url}/v1/bookings/validate"
    body = json.dumps({"call_id": 1, "external_booking_id": "x" * 20_000}).encode()

    told = httpx.post(url, content=body, headers=headers, timeout=PATIENCE)
    chunked = httpx.post(url, content=iter([body[:9000], body[9000:]]), headers=headers, timeout=PATIENCE)
    host = service.url.removeprefix("http://")
    lying = http.client.HTTPConnection(host, timeout=10)
    lying.putrequest("POST", "/v1/bookings/validate")
    for name, value in {**headers, "Content-Length": "99999999999"}.items():
        lying.putheader(name, value)
    lying.endheaders()
    answer = lying.getresponse()

    assert [413, 413, 413] == [told.status_code, chunked.status_code, answer.status]
    problem(told)
    problem(chunked)
    lying.close()
    assert 200 == httpx.get(f"{service.url}/health", timeout=PATIENCE).status_code


def test_it_says_that_it_lives_is_ready_and_how_it_does(rt: Runtime, service: Service) -> None:
    """Without a key; metrics carry no ids."""
    call = bookings.add_call(rt)
    service.post("/v1/bookings/validate", {"call_id": call})

    assert {"status": "alive", "mode": "enforce"} == httpx.get(f"{service.url}/health", timeout=PATIENCE).json()
    assert "ready" == httpx.get(f"{service.url}/ready", timeout=PATIENCE).json()["status"]
    text = httpx.get(f"{service.url}/metrics", timeout=PATIENCE).text
    assert 'consistency_booking_validations_total{reason="appointment_not_linked",verdict="absent"} 1.0' in text
    assert 'route="/v1/bookings/validate",status="200"' in text
    worlds.execute(rt.engine, "UPDATE consistency_migrations SET version_num = '0001'")
    old = httpx.get(f"{service.url}/ready", timeout=PATIENCE)
    assert 503 == old.status_code
    assert "migrate" in problem(old)["detail"]


def test_unknown_paths_and_methods_are_problems(service: Service) -> None:
    """Whatever is asked for, the shape of the answer is known."""
    for nothing in ("nothing", "docs", "redoc"):  # the framework's pages would load scripts from elsewhere
        assert 404 == problem(httpx.get(f"{service.url}/{nothing}", timeout=PATIENCE))["status"]
    known = {"Authorization": f"Bearer {service.key}"}
    wrong = httpx.get(f"{service.url}/v1/bookings/validate", headers=known, timeout=PATIENCE)
    assert 405 == problem(wrong)["status"]
    assert 401 == problem(httpx.get(f"{service.url}/v1/bookings/validate", timeout=PATIENCE))["status"]


def test_the_contract_has_examples(service: Service) -> None:
    """OpenAPI names every path, its problems, and an example of each body."""
    document = httpx.get(f"{service.url}/openapi.json", timeout=PATIENCE).json()

    assert {"/v1/bookings/validate", "/v1/bookings/rollback", "/health", "/ready", "/metrics"} <= set(document["paths"])
    assert {"401", "404", "413", "422", "429", "503"} <= set(
        document["paths"]["/v1/bookings/validate"]["post"]["responses"]
    )
    schemas = document["components"]["schemas"]
    assert schemas["BookingIn"]["examples"]
    assert schemas["ValidationOut"]["examples"]


def test_a_revoked_key_closes(rt: Runtime) -> None:
    """Within the seconds for which keys are remembered; with the database away, known ones go on opening."""
    from data_consistency.errors import DatabaseUnavailable
    from data_consistency.web.keys import FRESH_SECONDS, STALE_SECONDS, KeyRing
    from data_consistency.web.problems import Problem

    key = make_key(rt, 1)
    times, away = [0.0], [False]

    def load() -> tuple[api_keys.ApiKey, ...]:
        if away[0]:
            raise DatabaseUnavailable("away")
        with transaction(rt.engine) as connection:
            return api_keys.valid(connection, now=rt.now())

    ring = KeyRing(load, clock=lambda: times[0])
    assert 1 == ring.company_of(f"bearer {key}").company_id
    away[0] = True
    times[0] = STALE_SECONDS - 1
    assert 1 == ring.company_of(f"Bearer {key}").company_id
    times[0] = STALE_SECONDS + 1
    with pytest.raises(Problem, match="cannot be looked up"):
        ring.company_of(f"Bearer {key}")
    away[0] = False
    worlds.execute(rt.engine, "UPDATE consistency_api_keys SET revoked_at = UTC_TIMESTAMP(6)")
    times[0] += FRESH_SECONDS
    with pytest.raises(Problem, match="revoked"):
        ring.company_of(f"Bearer {key}")


def test_a_database_that_went_away_is_unknown_and_not_a_crash(rt: Runtime, service: Service) -> None:
    """The verdict says that nobody can say; nothing is changed."""
    call = bookings.add_call(rt)
    assert 200 == service.post("/v1/bookings/validate", {"call_id": call}).status_code
    worlds.execute(rt.engine, "RENAME TABLE calls TO calls_away")
    try:
        answer = service.post("/v1/bookings/rollback", {"call_id": call})
    finally:
        worlds.execute(rt.engine, "RENAME TABLE calls_away TO calls")

    assert 200 == answer.status_code
    assert ("unknown", "not_verifiable") == (answer.json()["verdict"], answer.json()["reason"])


def test_the_command_says_when_it_cannot_listen(rt: Runtime, service: Service) -> None:
    """One line that names address and port."""
    port = service.url.rpartition(":")[2]
    environment = {
        **os.environ,
        "CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False),
        "PYTHONPATH": str(Path(shipped().home, "include")),
    }
    done = subprocess.run(
        [sys.executable, "-m", "data_consistency", "booking", "serve", "--port", port],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip

    assert 64 == done.returncode
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_the_service_pays_for_no_framework_of_the_batch(rt: Runtime) -> None:
    """Neither Airflow nor Great Expectations nor pandas, nor the parser of conditions, is imported to serve."""
    script = (
        "import sys; import data_consistency.web.server, data_consistency.cli.booking;"
        "print([name for name in ('airflow', 'great_expectations', 'pandas', 'sqlglot') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()
