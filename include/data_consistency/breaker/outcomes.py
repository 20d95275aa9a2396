"""What an answer, an error or a status says of the service: success, failure, or nothing. Pure."""

from data_consistency.breaker.policy import Outcome

# Too Many Requests and Request Timeout are 4xx, but speak of the service and not of the request.
_FAILING_STATUSES = frozenset({408, 429})
# Who is turned away at the door has not seen whether anybody is at home.
_TELLING_NOTHING = frozenset({401, 403, 407, 498})
_UNSAID = object()
_STATUS_NAMES = ("status_code", "status", "code")


def outcome_of_status(status: int) -> Outcome:
    """What a response's status says of the service: a refusal on business grounds is an answer like any other."""
    if status in _TELLING_NOTHING:
        return Outcome.NEITHER
    return Outcome.FAILURE if status >= 500 or status in _FAILING_STATUSES else Outcome.SUCCESS


def outcome_of_answer(answer: object) -> Outcome:
    """What a returned value says; one with a status is judged by it, any other is an answer."""
    status = _status_of(answer)
    return Outcome.SUCCESS if status is None else outcome_of_status(status)


def outcome_of_error(error: BaseException) -> Outcome:
    """What an error says: by its own word (`counts_as_failure`; None: neither), else by its status.

    Any other (time-out, lost connection, garbage) fails.
    """
    word = getattr(error, "counts_as_failure", _UNSAID)
    if word is None:
        return Outcome.NEITHER
    if isinstance(word, bool):
        return Outcome.FAILURE if word else Outcome.SUCCESS
    status = _status_of(error)
    return Outcome.FAILURE if status is None else outcome_of_status(status)


def _status_of(thing: object) -> int | None:
    """The status of a response, or of the response an error carries, as the usual clients name it."""
    for holder in (thing, getattr(thing, "response", None)):
        for name in _STATUS_NAMES:
            value = getattr(holder, name, None)
            if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
                return value
    return None
