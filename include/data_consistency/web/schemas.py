"""Bodies of requests and answers; unknown fields and numbers in quotation marks are refused."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from data_consistency.booking import BookingRequest, ValidationResult
from data_consistency.guard.settlement import Settlement

_Id = Annotated[int, Field(strict=True, gt=0, lt=2**63)]


class BookingIn(BaseModel):
    """A booking that was just announced."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"call_id": 4711, "appointment_id": 815, "external_booking_id": "qQ4dLz9Xr7vTnWm2KpYs3A"}]
        },
    )

    call_id: _Id = Field(description="Id of the call in our database.")
    appointment_id: _Id | None = Field(default=None, description="The appointment made; else the newest of the call.")
    external_booking_id: Annotated[str, Field(min_length=1, max_length=191)] | None = Field(
        default=None, description="Number or uid of the calendar's booking, as text."
    )

    def request(self, company_id: int) -> BookingRequest:
        """The request in the name of a company."""
        return BookingRequest(
            call_id=self.call_id,
            company_id=company_id,
            appointment_id=self.appointment_id,
            external_booking_id=self.external_booking_id,
        )


class ValidationOut(BaseModel):
    """The verdict on a booking."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "success": False,
                    "verdict": "absent",
                    "booking_stands": False,
                    "reason": "appointment_not_linked",
                    "details": {"validated_at": "2026-03-30T12:00:00.000Z", "call_id": 4711},
                }
            ]
        }
    )

    success: bool = Field(description="Everything is as announced.")
    verdict: str = Field(description="confirmed, flags_differ, contradicted, absent or unknown.")
    booking_stands: bool = Field(description="The customer has an appointment.")
    reason: str | None = Field(description="Code of the first check that failed.")
    details: dict[str, Any] = Field(description="Ids and codes.")

    @classmethod
    def of(cls, result: ValidationResult) -> "ValidationOut":
        """As JSON."""
        return cls(
            success=result.success,
            verdict=result.verdict.value,
            booking_stands=result.booking_stands,
            reason=result.reason,
            details=dict(result.details),
        )


class SettlementOut(ValidationOut):
    """The verdict and what was done about it."""

    action: str = Field(
        description="none, rolled_back, repaired, sent_to_review, queued_for_recheck, or would_act in shadow."
    )
    run_id: str | None = Field(description="`consistency undo --run` takes the change back.")

    @classmethod
    def settled(cls, settlement: Settlement) -> "SettlementOut":
        """As JSON."""
        verdict = ValidationOut.of(settlement.result).model_dump()
        return cls(**verdict, action=settlement.action.value, run_id=settlement.run_id)
