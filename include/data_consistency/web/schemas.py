"""Bodies of requests and answers; unknown fields and numbers in quotation marks are refused."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from data_consistency.booking.request import BookingRequest
from data_consistency.booking.settlement import Action, Settlement
from data_consistency.booking.verdict import Reason, Stands, Tell, ValidationResult, Verdict

_Id = Annotated[int, Field(strict=True, gt=0, lt=2**63)]


class BookingIn(BaseModel):
    """A booking that was just announced."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "call_id": 4711,
                    "appointment_id": 815,
                    "external_booking_id": "qQ4dLz9Xr7vTnWm2KpYs3A",
                    "announced_at": "2026-03-30T12:00:00Z",
                    "idempotency_key": "4711-1",
                }
            ]
        },
    )

    call_id: _Id = Field(description="Id of the call in our database.")
    appointment_id: _Id | None = Field(default=None, description="The appointment made; else the newest of the call.")
    external_booking_id: Annotated[str, Field(min_length=1, max_length=191)] | None = Field(
        default=None, description="Number or uid of the calendar's booking, or uid of the seat, as text."
    )
    announced_at: AwareDatetime | None = Field(
        default=None,
        description="By your clock, with its zone; else when it is received. One off by over a day is ignored.",
    )
    idempotency_key: Annotated[str, Field(min_length=1, max_length=191)] | None = Field(
        default=None,
        description="One for each announcement: a repeat is judged as of the first time, and gets its answer while the"
        " same is true. With another announcement it is refused.",
    )

    def request(self, company_id: int) -> BookingRequest:
        """The request in the name of a company."""
        return BookingRequest(
            call_id=self.call_id,
            company_id=company_id,
            appointment_id=self.appointment_id,
            external_booking_id=self.external_booking_id,
            announced_at=self.announced_at,
            idempotency_key=self.idempotency_key,
        )


class ValidationOut(BaseModel):
    """The verdict on a booking."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "success": False,
                    "verdict": "absent",
                    "booking_stands": "unknown",
                    "tell": "being_checked",
                    "reason": "appointment_not_linked",
                    "details": {"validated_at": "2026-03-30T12:00:00.000Z", "call_id": 4711},
                }
            ]
        }
    )

    success: bool = Field(description="Everything is as announced.")
    verdict: Verdict
    booking_stands: Stands = Field(
        description="The caller has an appointment of this call; `unknown` while nobody can say."
    )
    tell: Tell = Field(description="What the caller may be told; offer another booking for `not_booked` alone.")
    reason: Reason | None = Field(description="The first check that failed.")
    details: dict[str, Any] = Field(description="Ids and codes.")

    @classmethod
    def of(cls, result: ValidationResult) -> "ValidationOut":
        """As JSON."""
        return cls(
            success=result.success,
            verdict=result.verdict,
            booking_stands=result.booking_stands,
            tell=result.tell,
            reason=None if result.reason is None else Reason(result.reason),
            details=dict(result.details),
        )


class SettlementOut(ValidationOut):
    """The verdict and what was done about it."""

    action: Action
    run_id: str | None = Field(description="`consistency undo --run` takes the change back.")

    @classmethod
    def settled(cls, settlement: Settlement) -> "SettlementOut":
        """As JSON."""
        verdict = ValidationOut.of(settlement.result).model_dump()
        return cls(**verdict, action=settlement.action, run_id=settlement.run_id)


class PermitIn(BaseModel):
    """What the call is for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"use": "write"}]})

    use: Literal["read", "write"] = Field(
        default="write", description="While nobody can ask the breaker's database, reads go through and writes do not."
    )


class PermitOut(BaseModel):
    """The right to one call, or why not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"granted": True, "permit": "0Zl8...", "probe": False, "why": None, "retry_after": None},
                {"granted": False, "permit": None, "probe": False, "why": "open", "retry_after": 12.3},
            ]
        }
    )

    granted: bool = Field(description="Call now, and say afterwards how it went.")
    permit: str | None = Field(default=None, description="Hand it in with the outcome.")
    probe: bool = Field(default=False, description="Others wait for the outcome of this call.")
    why: str | None = Field(default=None, description="open, half_open, forced_open, unavailable or saturated.")
    retry_after: float | None = Field(default=None, description="Seconds; null: only an operator can tell.")


class SuccessIn(BaseModel):
    """A call that was answered."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"permit": "0Zl8..."}]})

    permit: Annotated[str, Field(min_length=1, max_length=500)]


class FailureIn(SuccessIn):
    """A call that failed."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"permit": "0Zl8...", "cause": "timeout", "status": 503}]}
    )

    cause: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.]{1,60}$")] = Field(
        default="failure", description="A word for the event's reason, such as the name of an error."
    )
    status: Annotated[int, Field(strict=True, ge=100, le=599)] | None = Field(
        default=None, description="Of the answer, if there was one: refusals on business grounds do not count."
    )
    sent: bool = Field(
        default=True, description="False: the request never left you, for a limit, a queue or a deadline of your own."
    )


class SettledOut(BaseModel):
    """What a call was counted as."""

    counted_as: str = Field(description="success, failure or neither; said again, it is what it was the first time.")


class BreakerOut(BaseModel):
    """Where a breaker stands; times are UTC."""

    service: str
    state: str = Field(description="closed, open or half_open: of reads and writes the one that is worse.")
    reads: str = Field(default="closed", description="Of what only reads.")
    writes: str = Field(default="closed", description="Of what changes something; counted apart.")
    mode: str = Field(description="automatic, forced_open, disabled or metrics_only.")
    failure_count: int = 0
    last_failure_at: datetime | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
