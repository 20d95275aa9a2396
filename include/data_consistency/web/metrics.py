"""What Prometheus is told; a registry of its own for each service, so that two in one process do not mix."""

import time

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_consistency.booking.settlement import Settlement
from data_consistency.booking.verdict import ValidationResult
from data_consistency.breaker.policy import Permit, Rejected

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counters and histograms of the booking service; no ids, no companies."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._validations = Counter(
            "consistency_booking_validations", "Bookings looked at.", ["verdict", "reason"], registry=self.registry
        )
        self._settlements = Counter(
            "consistency_booking_settlements", "What was done about them.", ["action"], registry=self.registry
        )
        self._permits = Counter(
            "consistency_breaker_permits", "Who asked a circuit breaker.", ["service", "answer"], registry=self.registry
        )
        self._hints = Counter(
            "consistency_hints", "What providers said has happened.", ["provider", "outcome"], registry=self.registry
        )
        self._requests = Histogram(
            "consistency_http_request_seconds",
            "Requests served.",
            ["route", "status"],
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def validated(self, result: ValidationResult) -> None:
        """Count a verdict."""
        self._validations.labels(result.verdict.value, result.reason or "").inc()

    def settled(self, settlement: Settlement) -> None:
        """Count what was done."""
        self._settlements.labels(settlement.action.value).inc()

    def permitted(self, service: str, decision: Permit | Rejected) -> None:
        """Count a permit, or why there was none."""
        answer = decision.why.value if isinstance(decision, Rejected) else "probe" if decision.probe else "granted"
        self._permits.labels(service, answer).inc()

    def hinted(self, provider: str, outcome: str) -> None:
        """Count a hint: accepted, known, ignored, forged, stale or unreadable."""
        self._hints.labels(provider, outcome).inc()

    def served(self, route: str, status: int, seconds: float) -> None:
        """Note one request; `route` is the pattern, never the path that was asked for."""
        self._requests.labels(route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class Measured:
    """Times every request, also one that fails."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.served(route, status, time.perf_counter() - begin)
