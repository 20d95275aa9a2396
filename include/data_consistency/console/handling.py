"""What people do beside the queue: switches, breakers and messages, by role, as the commands do it."""

from data_consistency.breaker import records
from data_consistency.breaker.policy import Mode
from data_consistency.errors import WrongUse
from data_consistency.ledger import outbox, switches
from data_consistency.logs import logger_of
from data_consistency.review.viewers import Role, Viewer, require
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def throw_switch(rt: Runtime, person: Viewer, name: str, *, on: bool) -> None:
    """Throw a switch, at once and in every process.

    Raises:
        WrongUse: they may not, or there is no such switch.
    """
    require(person, Role.ADMIN, "throw switches")
    rt.repeated(lambda connection: switches.throw(connection, name, on=on, actor=person.name, now=rt.now()))
    logger.info("switch thrown name=%s on=%s", name, on)


def tell_breaker(rt: Runtime, person: Viewer, key: str, mode: Mode, *, reason: str) -> None:
    """Open, reset or disable a breaker.

    Raises:
        WrongUse: they may not, no reason is given, or nobody has used the breaker.
    """
    require(person, Role.ADMIN, "tell breakers")
    if not reason:
        raise WrongUse(f"circuit breaker {key[:100]}: say why; the next on call reads it")
    rt.repeated(lambda connection: records.set_mode(connection, key, mode, reason=reason, actor=person.name))
    logger.info("breaker told mode=%s", mode)


def resend(rt: Runtime, person: Viewer, delivery_id: int) -> None:
    """Try a message again at once.

    Raises:
        WrongUse: they may not, or it neither waits nor was set aside.
    """
    require(person, Role.REVIEWER, "send messages again")
    rt.repeated(lambda connection: outbox.resend(connection, delivery_id, now=rt.now()))


def discard(rt: Runtime, person: Viewer, delivery_id: int) -> None:
    """Let a message go: nobody gets it.

    Raises:
        WrongUse: they may not, or it neither waits nor was set aside.
    """
    require(person, Role.ADMIN, "let messages go")
    rt.repeated(lambda connection: outbox.discard(connection, delivery_id, actor=person.name, now=rt.now()))
