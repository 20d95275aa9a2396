"""Operators of the reconciliation with Cal.com: each is one call into the package, as those of the other DAGs."""

import dataclasses
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from data_consistency.airflow.runs import ConsistencyOperator, Counts, flag, number

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from data_consistency.runtime import Runtime


class ListCalendarsOperator(ConsistencyOperator):
    """Names the companies whose calendars are connected; where there is none, all that follows is skipped.

    Args:
        company_id: only this company.
    """

    template_fields = (*ConsistencyOperator.template_fields, "company_id")

    def __init__(self, *, company_id: int | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.company_id = company_id

    def execute(self, context: "Context") -> Any:
        """The companies, as arguments of ReadCalendarOperator."""
        return super().execute(context)["companies"]

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """List.

        Raises:
            AirflowSkipException: no calendar is connected.
            WrongUse: that company's is not.
        """
        from data_consistency.calendar import reconciliation
        from data_consistency.errors import WrongUse

        wanted = number(self.company_id)
        connected = [source.company_id for source in reconciliation.connected(rt)]
        if not connected:
            raise AirflowSkipException(reconciliation.NOTHING)
        if wanted is not None and wanted not in connected:
            raise WrongUse(f"company {wanted}: its calendar is not connected; there are {connected}")
        return {"companies": [{"company_id": company} for company in connected if wanted in {None, company}]}


class ReadCalendarOperator(ConsistencyOperator):
    """Reads one company's calendar into the mirror; writes nothing to Cal.com.

    Fails when it could not be read completely; what was read is stored all the same.

    Args:
        company_id: of a connected company.
        horizon: True: the whole horizon, too; else once a day.
    """

    template_fields = (*ConsistencyOperator.template_fields, "company_id", "horizon")
    ui_color = "#cffafe"

    def __init__(self, *, company_id: int | str, horizon: bool | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.company_id = company_id
        self.horizon = horizon

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Read.

        Raises:
            CheckNotEvaluated: not complete; says why.
            WrongUse: the company's calendar is not connected any more.
        """
        from data_consistency.breaker.breakers import Breakers
        from data_consistency.calendar import reconciliation
        from data_consistency.errors import CheckNotEvaluated, WrongUse

        company = number(self.company_id)
        source = next((one for one in reconciliation.connected(rt) if one.company_id == company), None)
        if source is None:
            raise WrongUse(f"company {company}: its calendar is not connected any more; start the run anew")
        with Breakers(rt.engine.url, rt.project) as breakers:
            reading = reconciliation.read_company(
                rt, source, run_id=run_id, breakers=breakers, horizon=flag(self.horizon) or False
            )
        if reading.is_fault:
            raise CheckNotEvaluated(f"calendar of company {company}: not evaluated: {reading.reason}")
        return {**dataclasses.asdict(reading), "outcome": reading.outcome.value}


class ConcludeReadingOperator(ConsistencyOperator):
    """Reports for the source `calcom` when the calendars of all companies have been read; skipped where none is."""

    ui_color = "#cffafe"

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Conclude.

        Raises:
            AirflowSkipException: no calendar is connected.
        """
        from data_consistency.calendar import reconciliation

        companies = [source.company_id for source in reconciliation.connected(rt)]
        if not companies:
            raise AirflowSkipException(reconciliation.NOTHING)
        conclusion = reconciliation.conclude(rt, companies, run_id=run_id)
        return {**dataclasses.asdict(conclusion), "check": conclusion.check}
