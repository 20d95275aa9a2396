"""The service: validate and roll back a booking, be seen to be alive, be measured."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI, Request, Response, Security
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from data_consistency.booking.guard import BookingGuard
from data_consistency.booking.verdict import Reason
from data_consistency.breaker.breakers import Breakers
from data_consistency.db.transactions import rolled_back, transaction
from data_consistency.errors import DataConsistencyError
from data_consistency.ledger import api_keys
from data_consistency.ledger.api_keys import ApiKey
from data_consistency.runtime import Runtime
from data_consistency.web import door, problems
from data_consistency.web.breakers import Desk, router_of
from data_consistency.web.deadlines import Deadlines
from data_consistency.web.hints import HintDesk, HintRoom
from data_consistency.web.hints import router_of as hints_router
from data_consistency.web.keys import AtOnce, KeyRing, RateLimit
from data_consistency.web.metrics import Measured, Metrics
from data_consistency.web.problems import Problem
from data_consistency.web.schemas import BookingIn, SettlementOut, ValidationOut
from data_consistency.web.size_limit import SizeLimit

# Threads that work, and how many of them may settle one company's bookings, which may wait for its calendar.
_THREADS = 96
_MOST_OF_ONE_COMPANY = 24

_DOC = """Asks, right after a call, whether the booking it announced exists, and takes it back where it does not; says
before a call of the calendar whether it may be made.

Send your company's API key as `Authorization: Bearer <key>`. Errors are problem details (RFC 9457)."""
_PROBLEMS = problems.described(400, 401, 404, 408, 413, 422, 429, 503)
_KEY = HTTPBearer(auto_error=False, description="Your company's API key, made by `consistency booking create-key`.")


def create_app(
    rt: Runtime,
    guard: BookingGuard,
    breakers: Breakers,
    *,
    services: Collection[str] = ("calcom",),
    requests_per_second: float = 50.0,
    burst: int = 100,
    hints: HintRoom | None = None,
) -> FastAPI:
    """The ASGI application of one process.

    Args:
        rt: settings and database.
        guard: validates and settles.
        breakers: of the process.
        services: that companies may ask for a breaker of.
        requests_per_second: of each key in the long run.
        burst: requests of each key at once.
        hints: of providers; None: none are taken.
    """
    # The framework's pages about the description would load their scripts from elsewhere.
    app = FastAPI(
        title="Booking guard", version="1", description=_DOC, docs_url=None, redoc_url=None, lifespan=_with_threads
    )
    metrics = Metrics()
    ring = KeyRing(lambda: _load_keys(rt))
    limit = RateLimit(requests_per_second, burst)
    at_once = AtOnce(_MOST_OF_ONE_COMPANY)

    def caller(request: Request, _key: Annotated[HTTPAuthorizationCredentials | None, Security(_KEY)]) -> ApiKey:
        key = request.scope[door.KEY]
        assert isinstance(key, ApiKey)
        return key

    Caller = Annotated[ApiKey, Depends(caller)]
    problems.install(app)
    app.add_middleware(SizeLimit)
    app.add_middleware(door.Door, ring=ring, limit=limit)
    app.add_middleware(Deadlines)
    app.add_middleware(Measured, metrics=metrics)

    @app.post("/v1/bookings/validate", responses=_PROBLEMS, tags=["bookings"])
    def validate(booking: BookingIn, key: Caller) -> ValidationOut:
        """Look at a booking just announced. Changes nothing."""
        result = guard.validate(booking.request(key.company_id))
        metrics.validated(result)
        _require_call(result.reason)
        return ValidationOut.of(result)

    @app.post("/v1/bookings/rollback", responses=_PROBLEMS, tags=["bookings"])
    def rollback(booking: BookingIn, key: Caller) -> SettlementOut:
        """Look at it, and do what the verdict asks for.

        Absent: taken back. Flags differ: repaired. Contradicted: for a person. Unknown: looked at again later.
        """
        request = booking.request(key.company_id)
        result = guard.validate(request)
        metrics.validated(result)
        _require_call(result.reason)
        with at_once.counted(key.company_id):
            settlement = guard.settle(request, result)
        metrics.settled(settlement)
        return SettlementOut.settled(settlement)

    desk = Desk(rt=rt, breakers=breakers, services=services, metrics=metrics)
    app.include_router(router_of(desk, caller=caller, responses=_PROBLEMS))

    if hints is not None:
        app.include_router(hints_router(HintDesk(rt, hints, metrics)))

    @app.get("/health", tags=["operations"])
    async def health() -> dict[str, str]:  # takes no thread: it answers also when there is none
        """The process lives."""
        return {"status": "alive", "mode": guard.mode.value}

    @app.get("/ready", tags=["operations"], responses=problems.described(503))
    def ready() -> JSONResponse:
        """The database answers and is migrated."""
        return _readiness(rt)

    @app.get("/metrics", tags=["operations"], response_class=PlainTextResponse)
    def measured() -> Response:
        """For Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


@asynccontextmanager
async def _with_threads(_app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = _THREADS
    yield


def _load_keys(rt: Runtime) -> tuple[ApiKey, ...]:
    with transaction(rt.engine) as connection:
        return api_keys.valid(connection, now=rt.now())


def _require_call(reason: str | None) -> None:
    if reason == Reason.CALL_NOT_FOUND:
        raise Problem(HTTPStatus.NOT_FOUND, "Your company has no such call.")


def _readiness(rt: Runtime) -> JSONResponse:
    # Imported where needed: a service that has just been started serves sooner.
    from data_consistency.schema import migrations

    try:
        with rolled_back(rt.engine) as connection:
            version, newest = migrations.current(connection), migrations.latest()
    except DataConsistencyError as error:
        return problems.response(HTTPStatus.SERVICE_UNAVAILABLE, f"Not ready: {type(error).__name__}.")
    if version != newest:
        return problems.response(
            HTTPStatus.SERVICE_UNAVAILABLE, f"The schema has version {version}, the service needs {newest}: migrate."
        )
    return JSONResponse({"status": "ready", "schema": version})
