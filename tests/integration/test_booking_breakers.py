"""The circuit breakers over HTTP: a booking path that is written in another language asks and tells."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from data_consistency.breaker.policy import Outcome, Permit, Use
from data_consistency.errors import WrongUse
from data_consistency.ledger.api_keys import ApiKey
from data_consistency.runtime import Runtime
from data_consistency.web.breakers import Desk
from data_consistency.web.metrics import Metrics
from data_consistency.web.permits import LIFETIME_SECONDS, Permits
from tests import worlds
from tests.booking_service import Service, make_key, problem
from tests.breakers import breakers_of
from tests.patience import PATIENCE

_COOLED_DOWN = "UPDATE circuit_breaker_states SET opened_at = opened_at - INTERVAL 31 SECOND"


def _ask(service: Service, key: str | None = None, **body: object) -> dict[str, object]:
    answer = service.post("/v1/breakers/calcom/permit", body, key=key)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json())


def _tell(service: Service, how: str, **body: object) -> httpx.Response:
    return service.post(f"/v1/breakers/calcom/{how}", body)


def _state(service: Service) -> dict[str, object]:
    answer = httpx.get(
        f"{service.url}/v1/breakers/calcom", headers={"Authorization": f"Bearer {service.key}"}, timeout=PATIENCE
    )
    return dict(answer.json())


def _open(service: Service) -> None:
    for _ in range(3):
        said = _tell(service, "failure", permit=_ask(service)["permit"], cause="timeout")
        assert {"counted_as": "failure"} == said.json()


def test_three_failures_open_and_two_probes_close(rt: Runtime, service: Service) -> None:
    """The whole way, as a caller in another process sees it."""
    assert ("closed", 0) == (_state(service)["state"], _state(service)["failure_count"])
    _open(service)

    refused = _ask(service)
    assert (False, "open", None) == (refused["granted"], refused["why"], refused["permit"])
    assert 0 < float(str(refused["retry_after"])) <= 30
    assert ("open", 3) == (_state(service)["state"], _state(service)["failure_count"])
    assert _state(service)["opened_at"]

    worlds.execute(rt.engine, _COOLED_DOWN)
    time.sleep(1.1)  # the service goes by what it has read for a second
    for _ in range(2):
        probe = _ask(service)
        assert (True, True) == (probe["granted"], probe["probe"])
        assert {"counted_as": "success"} == _tell(service, "success", permit=probe["permit"]).json()

    assert "closed" == _state(service)["state"]
    assert (True, False) == (_ask(service)["granted"], _ask(service)["probe"])


def test_of_many_who_ask_one_probes(rt: Runtime, service: Service) -> None:
    """Over HTTP as everywhere."""
    _open(service)
    worlds.execute(rt.engine, _COOLED_DOWN)
    time.sleep(1.1)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: _ask(service), range(32)))

    assert 1 == sum(bool(answer["granted"]) for answer in answers)


def test_a_refusal_on_business_grounds_is_no_failure(service: Service) -> None:
    """The caller need not know which statuses count."""
    for status in (400, 404, 409, 422):
        said = _tell(service, "failure", permit=_ask(service)["permit"], status=status)
        assert {"counted_as": "success"} == said.json()
    for status in (401, 403):
        said = _tell(service, "failure", permit=_ask(service)["permit"], status=status)
        assert {"counted_as": "neither"} == said.json()
    for status in (429, 503):
        said = _tell(service, "failure", permit=_ask(service)["permit"], status=status)
        assert {"counted_as": "failure"} == said.json()


def test_companies_do_not_meet(rt: Runtime, service: Service) -> None:
    """One company's outage is not another's, and its permits are nobody else's."""
    other = make_key(rt, 2)
    permit = _ask(service)["permit"]
    _open(service)

    assert _ask(service, key=other)["granted"]
    stolen = service.post("/v1/breakers/calcom/failure", {"permit": permit}, key=other)
    assert 422 == stolen.status_code
    assert "permit" in problem(stolen)["detail"]


def test_a_permit_says_one_thing_once(service: Service) -> None:
    """Handed in twice, it counts once, and the repeat gets the same answer, whatever it says."""
    permit = _ask(service)["permit"]

    answers = [_tell(service, how, permit=permit).json() for how in ("failure", "failure", "success")]

    assert [{"counted_as": "failure"}] * 3 == answers
    assert 1 == _state(service)["failure_count"]


def test_what_never_left_the_caller_counts_as_nothing(service: Service) -> None:
    """A limit, a queue or a deadline of his own."""
    for _ in range(4):
        said = _tell(service, "failure", permit=_ask(service)["permit"], cause="queue", sent=False)
        assert {"counted_as": "neither"} == said.json()

    assert ("closed", 0) == (_state(service)["state"], _state(service)["failure_count"])


def test_a_permit_settled_by_two_processes_counts_once(rt: Runtime) -> None:
    """Each remembers for itself; what counted is remembered by the database."""
    key = ApiKey(key_hash="h", company_id=1, name="n")
    metrics = Metrics()
    with breakers_of(rt) as one, breakers_of(rt) as other:
        desks = [Desk(rt=rt, breakers=breakers, services=("calcom",), metrics=metrics) for breakers in (one, other)]
        permit = one.of("calcom", 1).permit(Use.WRITE)
        assert isinstance(permit, Permit)
        text = desks[0].permits.text_of(permit, "calcom", key)

        said = [
            desk.settled("calcom", key, text, outcome, "timeout").counted_as
            for desk, outcome in zip(
                (*desks, *desks), (Outcome.FAILURE, Outcome.FAILURE, Outcome.SUCCESS, Outcome.SUCCESS), strict=True
            )
        ]

    assert ["failure"] * 4 == said
    assert [(1,)] == worlds.execute(
        rt.engine, "SELECT failure_count FROM circuit_breaker_states WHERE service_key = 'calcom:company:1:writes'"
    )


@pytest.mark.parametrize("permit", ["x", "äöü", "AAAA", "A" * 400, "="])
def test_what_is_no_permit_is_one_error(service: Service, permit: str) -> None:
    """That names the field."""
    answer = _tell(service, "success", permit=permit)

    assert 422 == answer.status_code
    assert "permit" in problem(answer)["detail"]


def test_there_is_no_breaker_for_what_nobody_named(service: Service) -> None:
    """A caller cannot fill the memory with keys."""
    for path in ("permit", "success", "failure"):
        answer = service.post(f"/v1/breakers/other/{path}", {"permit": "x"} if path != "permit" else {})
        assert 404 == answer.status_code
        problem(answer)


def test_a_cause_is_a_word(service: Service) -> None:
    """It is stored with the event, so it may not be a text about somebody."""
    answer = _tell(service, "failure", permit=_ask(service)["permit"], cause="Max Muster called")

    assert 422 == answer.status_code
    assert "cause" in problem(answer)["detail"]


def test_permits_end_with_their_time_and_survive_a_restart() -> None:
    """Another process reads them; a clock that was set back makes no negative time."""
    times = [1000.0]
    key = ApiKey(key_hash="h", company_id=1, name="n")
    text = Permits(wall=lambda: times[0]).text_of(Permit(7, 0.0, probe=True), "calcom", key)
    another = Permits(wall=lambda: times[0])

    times[0] = 990.0
    permit = another.read(text, "calcom", key).permit
    assert (7, True) == (permit.generation, permit.probe)
    assert permit.started <= time.monotonic()
    times[0] = 1001.0 + LIFETIME_SECONDS
    with pytest.raises(WrongUse, match="ask for a new one"):
        Permits(wall=lambda: times[0]).read(text, "calcom", key)
    with pytest.raises(WrongUse, match="not one of this key and service"):
        another.read(text, "retell", key)


def test_what_is_remembered_of_settled_permits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service runs for months."""
    monkeypatch.setattr("data_consistency.web.permits._REMEMBERED", 10)
    permits = Permits()
    key = ApiKey(key_hash="h", company_id=1, name="n")
    for _ in range(50):
        given = permits.read(permits.text_of(Permit(1, 0.0), "calcom", key), "calcom", key)
        assert permits.first_said(given.name, Outcome.SUCCESS) is None

    assert 10 == len(permits._settled)


def test_metrics_count_permits(service: Service) -> None:
    """By service and answer."""
    _ask(service)
    text = httpx.get(f"{service.url}/metrics", timeout=PATIENCE).text

    assert 'consistency_breaker_permits_total{answer="granted",service="calcom"} 1.0' in text
    assert "company" not in json.dumps(text)
