"""The one exception tree, split by what the caller can do about it.

Every message is one line that names the thing, the value and the next step.
"""


class DataConsistencyError(Exception):
    """Something this package could not do."""


class ConfigurationError(DataConsistencyError):
    """A setting is missing or wrong: fix the environment or the connection."""


class MissingExtra(ConfigurationError, ImportError):
    """A part of the package was not installed with it: install the extra that the message names."""


class InvalidMapping(ConfigurationError):
    """A mapping file is wrong, or does not fit the source: fix the file."""


class InvalidRule(DataConsistencyError):
    """A suite, facts or correction file is wrong: fix the file."""


class DatabaseUnavailable(DataConsistencyError):
    """The database did not answer, or undid the work for a cause that passes: retry."""


class OutcomeUnknown(DatabaseUnavailable):
    """The connection broke during a commit, so that nobody knows whether it was made: look, or repeat the whole run."""


class DatabaseRefused(DataConsistencyError):
    """The database answered, and says no: mend the right, setting, account or disk that the message names."""


class UnmarkedSchema(DataConsistencyError):
    """The schema does not carry our marker: nothing is written to it."""


class SchemaNotReady(DataConsistencyError):
    """Tables or columns are missing: migrate, or name the column in the mapping."""


class CheckNotEvaluated(DataConsistencyError):
    """At least one rule could not be evaluated: silence is not health."""


class CorrectionFailed(DataConsistencyError):
    """A correction failed in the database: nothing of its batch was changed."""


class NotStored(DataConsistencyError):
    """A file could not be written: free space, or permit the folder."""


class GateClosed(DataConsistencyError):
    """No source row may be changed now: a switch, a mode, a cap or an open incident says no. Nothing was changed."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason  # a code of `correct.gate`


class DeliveryFailed(DataConsistencyError):
    """A message could not be handed to its channel: it stays in the outbox."""


class WrongUse(DataConsistencyError):
    """A command or function was asked for something that does not exist."""


class Unforeseen(DataConsistencyError):
    """Nobody foresaw it: the message names the place, and quotes nothing that the place has met."""


class CircuitOpen(DataConsistencyError):
    """A guarded call was not made, because its service fails: ask again after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CallTimedOut(DataConsistencyError, TimeoutError):
    """A guarded call did not answer in its time; whether it took effect is not known."""

    def __init__(self, message: str, *, counts_as_failure: bool | None = True) -> None:
        super().__init__(message)
        self.counts_as_failure = counts_as_failure  # None: it had less than its time, which says nothing of the service
