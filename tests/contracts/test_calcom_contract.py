"""The fake server answers, and the client asks, as the published document says, known differences apart."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import hypothesis
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from consistency_sandbox.fake_calcom import BEGIN, KEY, FakeCalcom
from consistency_sandbox.fake_calcom.world import Logged
from data_consistency.calendar.calcom import HOSTED, SELF_HOSTED, CalcomClient, Edge, NewBooking, Query, Window
from data_consistency.calendar.calcom.pace_store import MemoryPace
from tests.contracts import derive
from tests.contracts.conftest import DOCUMENT
from tests.patience import PATIENCE

_PUBLISHED = derive.load(DOCUMENT)
_DERIVED, _CHANGES = derive.derive(_PUBLISHED)
_BY_LIST = {"2026-05-01": _DERIVED, "2024-08-13": derive.derive(derive.older(_PUBLISHED))[0]}
_GENERATED: list[Any] = [
    not_a_server_error,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.status_code_conformance,
]
_READ = [
    ("/v2/me", HOSTED.get_booking, 200),
    ("/v2/bookings", HOSTED.list_bookings, 200),
    ("/v2/bookings/{bookingUid}", HOSTED.get_booking, 404),
]
_FORMATS = jsonschema.FormatChecker()


def _operation(document: Mapping[str, Any], method: str, path: str) -> Mapping[str, Any]:
    parts = path.split("/")
    if len(parts) > 3:
        parts[3] = "{bookingUid}"
    found: Mapping[str, Any] = document["paths"]["/".join(parts)][method.lower()]
    return found


def _check(document: Mapping[str, Any], schema: Mapping[str, Any], value: object) -> None:
    whole = derive.json_schema({**schema, "components": document["components"]})
    jsonschema.Draft202012Validator(whole, format_checker=_FORMATS).validate(value)


def _check_answer(document: Mapping[str, Any], answer: httpx.Response) -> None:
    operation = _operation(document, answer.request.method, answer.request.url.path)
    told = operation["responses"].get(str(answer.status_code)) or operation["responses"]["default"]
    _check(document, told["content"]["application/json"]["schema"], answer.json())


def _check_request(one: Logged) -> None:
    document = _BY_LIST.get(one.version or "", _DERIVED)
    operation = _operation(document, one.method, one.path)
    parameters = {(part["in"], part["name"]): part for part in operation["parameters"]}
    assert set(one.query) <= {name for place, name in parameters if place == "query"}
    for name, text in one.query.items():
        _check(document, parameters["query", name]["schema"], _typed(parameters["query", name]["schema"], text))
    if ("header", "cal-api-version") in parameters:
        required = parameters["header", "cal-api-version"]["schema"]["default"]
        assert one.version in (required, "2024-08-13")
    if "requestBody" in operation:
        _check(document, operation["requestBody"]["content"]["application/json"]["schema"], one.body)


def _typed(schema: Mapping[str, Any], text: str) -> object:
    if schema["type"] == "number":
        return float(text)
    return text.split(",") if schema["type"] == "array" else text


@pytest.mark.parametrize("patch", derive.PATCHES, ids=lambda patch: patch.name)
def test_each_patch_is_still_needed(patch: derive.Patch) -> None:
    """One that changes nothing is to be taken out."""
    assert _CHANGES[patch.name] > 0, f"{patch.name}: the document agrees now ({patch.source})"


def test_the_versions_of_the_client_are_those_of_the_document() -> None:
    """Each operation's header has one right value there."""
    expected = {
        ("get", "/v2/bookings"): HOSTED.list_bookings,
        ("get", "/v2/bookings/{bookingUid}"): HOSTED.get_booking,
        ("post", "/v2/bookings"): HOSTED.create_booking,
        ("post", "/v2/bookings/{bookingUid}/cancel"): HOSTED.cancel_booking,
        ("post", "/v2/bookings/{bookingUid}/reschedule"): HOSTED.reschedule_booking,
    }

    for (method, path), version in expected.items():
        parameters = _PUBLISHED["paths"][path][method]["parameters"]
        (header,) = [part for part in parameters if part["name"] == "cal-api-version"]
        assert version == header["schema"]["default"], path
    assert SELF_HOSTED.list_bookings in _PUBLISHED["paths"]["/v2/bookings"]["x-older-versions"]


_ODD = ["nulls", "empty_texts", "awaiting_host", "host_unknown", "no_event_type"]


@pytest.mark.parametrize("version", ["2026-05-01", "2024-08-13"])
def test_the_fake_lists_as_documented(version: str) -> None:
    """Rows of every kind, empty lists, and refusals."""
    with FakeCalcom() as fake, httpx.Client(base_url=fake.url, trust_env=False, timeout=PATIENCE) as http:
        for odd in _ODD:
            fake.add(odd=odd)
        fake.add(metadata={"call_id": "c", "n": 1}, attendee_phone="+4930")
        fake.add(event_type=500)
        fake.add(recurring_uid="s", status="cancelled")
        for params in ({}, {"status": "past"}, {"status": "accepted"}, {"limit": 5000, "take": 5000}):
            for key in (KEY, "cal_wrong"):
                headers = {"Authorization": f"Bearer {key}", "cal-api-version": version}
                _check_answer(_BY_LIST[version], http.get("/v2/bookings", params=params, headers=headers))


def test_the_fake_answers_as_documented() -> None:
    """One booking, a series, a new one, a move, a cancellation, me, and their refusals."""
    with FakeCalcom() as fake, httpx.Client(base_url=fake.url, trust_env=False, timeout=PATIENCE) as http:
        http.headers = httpx.Headers({"Authorization": f"Bearer {KEY}", "cal-api-version": HOSTED.get_booking})
        row, _ = fake.add(), fake.add(recurring_uid="series")
        seat = fake.add(event_type=500)
        start = (BEGIN + timedelta(days=2)).isoformat()
        attendee = {"name": "Ada", "timeZone": "Europe/Berlin", "email": "ada@example.org"}
        body = {"start": start, "eventTypeId": 100, "attendee": attendee, "metadata": {"call_id": "c"}}
        answers = [http.get("/v2/me")]
        answers += [http.get(f"/v2/bookings/{uid}") for uid in (row.uid, "series", seat.uid, "nobody")]
        answers += [http.post("/v2/bookings", json=body), http.post("/v2/bookings", json=body)]
        later = (BEGIN + timedelta(days=3)).isoformat()
        for path, sent in (("reschedule", {"start": later}), ("cancel", {}), ("cancel", {"x": 1})):
            answers += [http.post(f"/v2/bookings/{answers[5].json()['data']['uid']}/{path}", json=sent)]
        fake.world.switches.limit = 1
        answers += [http.get("/v2/me")]

    for answer in answers:
        _check_answer(_DERIVED, answer)
    statuses = [answer.status_code for answer in answers]
    assert [200, 200, 200, 200, 404, 201, 400, 201, 400, 400, 429] == statuses


@pytest.mark.parametrize(("path", "version", "status"), _READ)
def test_the_fake_answers_whatever_is_asked_as_documented(path: str, version: str, status: int) -> None:
    """Every query that the document allows: nothing breaks it, and each answer is one that the document knows."""
    met: set[int] = set()
    document = schemathesis.openapi.from_dict(_DERIVED)
    with FakeCalcom() as fake:
        for odd in _ODD:
            fake.add(odd=odd)
        document.config.update(base_url=fake.url)

        @hypothesis.given(case=document[path]["GET"].as_strategy(generation_mode=GenerationMode.POSITIVE))
        @hypothesis.settings(
            max_examples=60, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def ask(case: Any) -> None:
            # Another version would be answered in another shape.
            answer = case.call(headers={"Authorization": f"Bearer {KEY}", "cal-api-version": version})
            met.add(answer.status_code)
            case.validate_response(answer, checks=_GENERATED)

        ask()

    assert status in met


@pytest.mark.parametrize("versions", [HOSTED, SELF_HOSTED], ids=["hosted", "self-hosted"])
def test_the_client_asks_as_documented(versions: Any) -> None:
    """Every operation, with every parameter it knows."""
    with (
        FakeCalcom() as fake,
        CalcomClient(fake.connection(versions=versions), clock=fake.world.clock, pace=MemoryPace()) as client,
    ):
        for _ in range(130):
            fake.add()
        new = NewBooking(
            event_type_id=100,
            start=BEGIN + timedelta(days=30),
            call_id="c",
            attendee_name="Ada",
            attendee_time_zone="Europe/Berlin",
            attendee_email="ada@example.org",
            attendee_phone="+4930123456",
            language="de",
            length_minutes=45,
        )
        client.me()
        booked = client.book(new).booking
        assert booked is not None
        moved = client.reschedule(booked.uid, BEGIN + timedelta(days=31), reason="later")
        client.get(moved.uid)
        client.cancel(moved.uid, reason="ill")
        client.cancel(fake.add().uid)
        for edge in Edge:
            window = Window(edge=edge, lower=BEGIN - timedelta(days=1), upper=BEGIN + timedelta(days=9))
            query = Query(window=window, event_type_ids=(100, 200), attendee_email="a@example.org", booking_uid="x")
            client.walk(query)
        client.walk(Query(), statuses=("upcoming", "past"))
        client.walk(Query())

    for one in fake.world.log:
        _check_request(one)
    assert len(fake.world.log) > 10


def test_the_check_notices() -> None:
    """A wrong answer and a wrong request fail."""
    operation = _PUBLISHED["paths"]["/v2/me"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    with pytest.raises(jsonschema.ValidationError):
        _check(_DERIVED, operation, {"status": "success", "data": {"id": "seven"}})
    wrong = Logged(method="GET", path="/v2/bookings", query={"limit": "500"}, version="2026-05-01", body=None, status=1)
    with pytest.raises(jsonschema.ValidationError):
        _check_request(wrong)
