"""What can go wrong between us and Cal.com, split by what the caller can do about it.

No error carries a credential, a uid, a name, an address or a word of the server: only which operation it was, the
status, the server's request id and a reason of our own.
"""

from enum import StrEnum

from data_consistency.errors import DataConsistencyError


class Kind(StrEnum):
    """What an error means to a circuit breaker; it decides itself what counts."""

    CREDENTIAL = "credential"  # the key: stop and tell a person
    NOT_FOUND = "not_found"  # a plain answer
    CONTRACT = "contract"  # version, route or shape is not what we speak: our defect
    REFUSED = "refused"  # a business answer
    RATE_LIMITED = "rate_limited"  # wait
    BUDGET = "budget"  # we stopped ourselves: a limit, a queue, a deadline of ours
    UNAVAILABLE = "unavailable"  # the service did not answer


class Refusal(StrEnum):
    """Why Cal.com said no, as far as its words tell."""

    SLOT_TAKEN = "slot_taken"
    RACED = "raced"  # two inserts at once
    FULL = "full"  # no seat is left
    LIMITED = "limited"  # the guest, or the event type, may have no more bookings
    BLOCKED = "blocked"  # the guest's address
    ALREADY_CANCELLED = "already_cancelled"
    OUT_OF_BOUNDS = "out_of_bounds"  # in the past, too soon, too late
    INVALID = "invalid"  # the request itself is wrong
    CONFIGURATION = "configuration"  # the event type has no hosts, and the like
    OTHER = "other"


class CalcomError(DataConsistencyError):
    """Cal.com could not be asked, or did not do what it was asked."""

    kind = Kind.UNAVAILABLE

    def __init__(
        self, operation: str, problem: str, *, status: int | None = None, request_id: str | None = None
    ) -> None:
        """Say which operation failed and how, in our own words."""
        self.operation = operation
        self.status = status
        self.request_id = request_id
        answered = f" (HTTP {status})" if status is not None else ""
        traced = f" [request {request_id}]" if request_id else ""
        super().__init__(f"Cal.com, {operation}: {problem}{answered}{traced}")

    @property
    def counts_as_failure(self) -> bool | None:
        """Whether it says that the service fails, or wants to be left alone: what a circuit breaker counts.

        None: it says nothing of the service, as what we did ourselves, or a refused key.
        """
        if self.kind in (Kind.CREDENTIAL, Kind.BUDGET):
            return None
        return self.kind in (Kind.UNAVAILABLE, Kind.RATE_LIMITED)


class CredentialRefused(CalcomError):
    """The key is wrong, expired, or may not do this: stop and tell a person."""

    kind = Kind.CREDENTIAL


class BookingNotFound(CalcomError):
    """Cal.com knows no such booking; once is no proof of absence."""

    kind = Kind.NOT_FOUND


class WrongVersion(CalcomError):
    """The answer belongs to another API version or route: set the version that the server speaks."""

    kind = Kind.CONTRACT


class UnexpectedAnswer(CalcomError):
    """The answer breaks the contract: it is not used."""

    kind = Kind.CONTRACT


class UnreadableBooking(UnexpectedAnswer):
    """A booking is there, and cannot be read: neither its state nor whose it is."""

    def __init__(self, operation: str, field: str, problem: str) -> None:
        """Keep the field that could not be read."""
        self.field = field
        super().__init__(operation, problem)


class Refused(CalcomError):
    """Cal.com understood and said no."""

    kind = Kind.REFUSED

    def __init__(
        self, operation: str, refusal: Refusal, *, status: int | None = None, request_id: str | None = None
    ) -> None:
        """Keep the reason as a word of ours."""
        self.refusal = refusal
        super().__init__(operation, f"refused, {refusal.value}", status=status, request_id=request_id)


class RateLimited(CalcomError):
    """Too many requests: nothing was done. Without a status it is our own limit, and nothing was sent."""

    kind = Kind.RATE_LIMITED

    def __init__(
        self, operation: str, *, retry_after: float, status: int | None = None, request_id: str | None = None
    ) -> None:
        """Keep how long to stay away, in seconds."""
        self.retry_after = retry_after
        super().__init__(operation, f"rate limited, wait {retry_after:.0f} s", status=status, request_id=request_id)

    @property
    def counts_as_failure(self) -> bool | None:
        """The server's wish to be left alone counts, our own limit is neither success nor failure."""
        return None if self.status is None else True


class BudgetSpent(CalcomError):
    """The requests of this day are used up: nothing was sent."""

    kind = Kind.BUDGET


class Unavailable(CalcomError):
    """No usable answer: time-out, lost connection, server error, a page of a gateway."""

    def __init__(
        self,
        operation: str,
        problem: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        was_sent: bool = True,
        was_cut_short: bool = False,
    ) -> None:
        """Keep whether the request may have reached the server, and whether it had less time than others have."""
        self.was_sent = was_sent
        self.was_cut_short = was_cut_short
        super().__init__(operation, problem, status=status, request_id=request_id)

    @property
    def counts_as_failure(self) -> bool | None:
        """An answer that we did not wait for says nothing of the service."""
        return None if self.was_cut_short else True


class OutOfTime(Unavailable):
    """Our own time was used up by waiting, for a limit or for a free connection: nothing was sent."""

    kind = Kind.BUDGET

    def __init__(self, operation: str, problem: str) -> None:
        """Nothing reached the server."""
        super().__init__(operation, problem, was_sent=False)

    @property
    def counts_as_failure(self) -> bool | None:
        """It says nothing of the service."""
        return None
