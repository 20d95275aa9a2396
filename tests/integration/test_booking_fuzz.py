"""The booking service asked everything that its own description allows, and much that it forbids.

Source: OpenAPI 3.1 as the service serves it. The checks are those of schemathesis: no 5xx, no status, media type or
body that the description does not name, bad data refused, no answer without a key.
"""

from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from data_consistency.runtime import Runtime
from tests import worlds
from tests.booking_service import Service, make_key

_CHECKS: list[Any] = [
    not_a_server_error,
    checks.content_type_conformance,
    checks.ignored_auth,
    checks.negative_data_rejection,
    checks.response_schema_conformance,
    checks.status_code_conformance,
    checks.unsupported_method,
]
# Fewer than a key may send at once: an answer that says "too many" would say nothing else.
_EXAMPLES = 80


# Nothing can be sent wrong where nothing is sent.
_ASK_NOTHING = {"/health", "/ready", "/metrics"}
# That each of these was met shows that the questions got past the door.
_MET = {
    "GET /health 200",
    "GET /metrics 200",
    "GET /ready 200",
    "GET /v1/breakers/{service} 200",
    "GET /v1/breakers/{service} 404",
    "POST /v1/bookings/rollback 200",
    "POST /v1/bookings/rollback 404",
    "POST /v1/bookings/rollback 422",
    "POST /v1/bookings/validate 200",
    "POST /v1/bookings/validate 400",
    "POST /v1/bookings/validate 404",
    "POST /v1/bookings/validate 422",
    "POST /v1/breakers/{service}/failure 422",
    "POST /v1/breakers/{service}/permit 200",
    "POST /v1/breakers/{service}/permit 422",
    "POST /v1/breakers/{service}/success 422",
}


def _ask_everything(operation: Any, mode: GenerationMode, key: str, call: int, met: set[str]) -> None:
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), known=hypothesis.strategies.booleans())
    @hypothesis.settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, known: bool) -> None:
        if known and mode == GenerationMode.POSITIVE and "bookings" in operation.path:
            case.body["call_id"] = call
        answer = case.call(headers={"Authorization": f"Bearer {key}"})
        met.add(f"{operation.method.upper()} {operation.path} {answer.status_code}")
        case.validate_response(answer, checks=_CHECKS)

    ask()


def test_the_service_does_as_it_describes(rt: Runtime, service: Service) -> None:
    """Whatever is sent, the answer is one that the description names, and what it forbids is refused."""
    call = worlds.add_call(rt.engine, appointment_made=1, session_outcome="appointment_booked", created_at=rt.now())
    keys = [make_key(rt, 1, f"k{number}") for number in range(20)]
    description = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    met: set[str] = set()

    for found in description.get_all_operations():
        operation = found.ok()
        _ask_everything(operation, GenerationMode.POSITIVE, keys.pop(), call, met)
        if operation.path not in _ASK_NOTHING:
            _ask_everything(operation, GenerationMode.NEGATIVE, keys.pop(), call, met)

    assert set() == _MET - met
