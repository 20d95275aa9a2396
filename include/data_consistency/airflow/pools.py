"""Makes the pools that our DAGs name where they are missing, when a component of Airflow starts."""

from typing import TYPE_CHECKING

from airflow.listeners import hookimpl

from data_consistency.logs import logger_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

logger = logger_of(__name__)


@hookimpl
def on_starting(component: object) -> None:
    """Called by Airflow in each component and each task; only components may ask its database."""
    if type(component).__name__ != "Job":
        return
    try:
        made = make_missing()
    except Exception as error:  # whatever it is, the component must start
        logger.warning("the pools of the DAGs were not looked at (%s); `consistency pools`", type(error).__name__)
        return
    if made:
        logger.info("made the pools %s", ", ".join(made))


def make_missing() -> list[str]:
    """Make what is missing; a pool that exists keeps the slots somebody gave it. Returns the names made."""
    from airflow.utils.session import create_session

    from data_consistency import pools, project, sources

    wanted = pools.wanted(sources.load_sources(project.find()).values())
    with create_session() as session:
        return [name for name, pool in wanted.items() if _make(session, name, pool)]


def _make(session: "Session", name: str, pool: "Mapping[str, object]") -> bool:
    from airflow.models.pool import Pool
    from sqlalchemy.exc import IntegrityError

    if Pool.get_pool(name, session=session) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Pool(pool=name, **pool))
    except IntegrityError:
        return False  # another component was quicker
    return True
