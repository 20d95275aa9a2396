"""The circuit breakers of a company over HTTP: ask before a call, say afterwards how it went."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from data_consistency.breaker import records
from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.calls import CircuitBreaker
from data_consistency.breaker.outcomes import outcome_of_status
from data_consistency.breaker.policy import Mode, Outcome, Rejected, State, Use, key_of
from data_consistency.db.transactions import rolled_back, transaction
from data_consistency.errors import DataConsistencyError
from data_consistency.ledger.api_keys import ApiKey
from data_consistency.runtime import Runtime
from data_consistency.web.metrics import Metrics
from data_consistency.web.permits import Permits
from data_consistency.web.problems import Problem
from data_consistency.web.schemas import BreakerOut, FailureIn, PermitIn, PermitOut, SettledOut, SuccessIn

_WORSE = (State.CLOSED.value, State.HALF_OPEN.value, State.OPEN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the routes share."""

    rt: Runtime
    breakers: Breakers
    services: Collection[str]
    metrics: Metrics
    permits: Permits = field(default_factory=Permits)

    def breaker_of(self, service: str, key: ApiKey) -> CircuitBreaker:
        """The breaker of the caller's company.

        Raises:
            Problem: 404, there is none for such a service.
        """
        if service not in self.services:
            raise Problem(HTTPStatus.NOT_FOUND, "There is no breaker for this service.")
        return self.breakers.of(service, key.company_id)

    def settled(self, service: str, key: ApiKey, permit: str, outcome: Outcome, cause: str) -> SettledOut:
        """Count the outcome of a call, once: who repeats it gets the same answer, also from another process."""
        breaker = self.breaker_of(service, key)
        given = self.permits.read(permit, service, key)
        before = self.permits.first_said(given.name, outcome)
        if before is None and (outcome is not Outcome.SUCCESS or not breaker.is_free(given.permit)):
            before = self._claimed_elsewhere(given.name, outcome)
        if before is not None:
            return SettledOut(counted_as=before.value)
        breaker.settle(given.permit, outcome, cause)
        return SettledOut(counted_as=outcome.value)

    def _claimed_elsewhere(self, name: str, outcome: Outcome) -> Outcome | None:
        """What another process was told of a permit; None: we are the first, or nobody can say."""
        try:
            with transaction(self.rt.engine) as connection:
                stored = records.claim_permit(connection, name, outcome)
        except DataConsistencyError:
            return None  # without its database the breaker counts nothing either
        if stored is not None:
            self.permits.was_said(name, stored)
        return stored

    def state(self, service: str, key: ApiKey) -> BreakerOut:
        """Where a breaker stands by the database; one that nobody has used is closed."""
        self.breaker_of(service, key)
        with rolled_back(self.rt.engine) as connection:
            known = records.list_breakers(connection, key_of(service, key.company_id))
        if not known:
            return BreakerOut(service=service, state=State.CLOSED.value, mode=Mode.AUTOMATIC.value)
        # Of reads and writes, which are counted apart, the one that is worse.
        worse = max(known, key=lambda one: (_WORSE.index(one.current_state), one.failure_count))
        states = {one.service_key: one.current_state for one in known}
        return BreakerOut(
            service=service,
            state=worse.current_state,
            reads=states.get(key_of(service, key.company_id), State.CLOSED.value),
            writes=states.get(key_of(service, key.company_id, Use.WRITE), State.CLOSED.value),
            mode=worse.mode,
            failure_count=worse.failure_count,
            last_failure_at=worse.last_failure_at,
            opened_at=worse.opened_at,
            closed_at=worse.closed_at,
        )


def router_of(desk: Desk, *, caller: Callable[..., ApiKey], responses: dict[int | str, dict[str, Any]]) -> APIRouter:
    """The routes of the breakers of some services; of others there is none."""
    router = APIRouter(prefix="/v1/breakers", tags=["circuit breaker"], responses=responses)
    Caller = Annotated[ApiKey, Depends(caller)]
    known = {"enum": sorted(desk.services)}
    Service = Annotated[str, Path(description="What is called.", json_schema_extra=known)]

    @router.post("/{service}/permit")
    def permit(service: Service, key: Caller, ask: PermitIn | None = None) -> PermitOut:
        """May I call now? A permit that is never settled counts as nothing; a probe's is given up after a while."""
        use = Use.READ if ask is not None and ask.use == "read" else Use.WRITE
        decision = desk.breaker_of(service, key).permit(use)
        desk.metrics.permitted(service, decision)
        if isinstance(decision, Rejected):
            return PermitOut(granted=False, why=decision.why.value, retry_after=decision.retry_after)
        text = desk.permits.text_of(decision, service, key)
        return PermitOut(granted=True, permit=text, probe=decision.probe)

    @router.post("/{service}/success")
    def success(service: Service, said: SuccessIn, key: Caller) -> SettledOut:
        """The service answered, also where it refused for a reason of its business."""
        return desk.settled(service, key, said.permit, Outcome.SUCCESS, "answer")

    @router.post("/{service}/failure")
    def failure(service: Service, said: FailureIn, key: Caller) -> SettledOut:
        """The service failed: no answer in time, no connection, 429, 5xx, or nonsense.

        What never left you (`sent` false), and a key that was refused (401, 403), is neither a failure nor a success.
        """
        outcome = Outcome.FAILURE if said.status is None else outcome_of_status(said.status)
        outcome = outcome if said.sent else Outcome.NEITHER
        return desk.settled(service, key, said.permit, outcome, said.cause)

    @router.get("/{service}")
    def state(service: Service, key: Caller) -> BreakerOut:
        """Where it stands, by the database."""
        return desk.state(service, key)

    return router
