"""The house expectation: every row satisfies a condition, judged for all rules of a suite by one scan.

Great Expectations asks for one metric of the whole table, computed once a validation by the scan that `validating`
put in place. Verdicts and counts are read from it, so they equal what the finder found; no value of a row is seen.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.core.metric_function_types import MetricFunctionTypes
from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render.components import (
    CollapseContent,
    LegacyDiagnosticRendererType,
    LegacyRendererType,
    RenderedStringTemplateContent,
)
from great_expectations.render.renderer.renderer import renderer
from sqlalchemy.engine import Connection

from data_consistency.errors import WrongUse
from data_consistency.rules.outcomes import Outcome, Scan, Verdict

Scanner = Callable[[Connection], Scan]

METRIC = "house.scan"
# Where a description waits for our renderer: Great Expectations would put it into the page unescaped.
DESCRIPTION = "description"
_SEVERITY_CLASSES = {"critical": "badge-danger", "warning": "badge-warning", "info": "badge-info"}


class OneScan:
    """Runs a scanner at most once and keeps its answer, be it a scan or an error."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self.scan: Scan | None = None
        self.error: Exception | None = None

    def run(self, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Ask the database, once.

        An error is kept, not raised, that of connecting too: GX would try three times, and keep a trace that may quote
        data of a row.
        """
        if self.scan is not None or self.error is not None:
            return
        try:
            with connect() as connection:
                self.scan = self._scanner(connection)
        except Exception as error:  # noqa: BLE001, RUF100  # raised again by whoever started the validation
            self.error = error


_current: ContextVar[OneScan | None] = ContextVar("current_scan", default=None)


@contextmanager
def validating(scanner: Scanner) -> Iterator[OneScan]:
    """Within this block the metric of the house expectation is computed by `scanner`."""
    once = OneScan(scanner)
    token = _current.set(once)
    try:
        yield once
    finally:
        _current.reset(token)


class HouseScan(TableMetricProvider):
    """The one metric all rules of a table share."""

    metric_name = METRIC

    @metric_value(engine=SqlAlchemyExecutionEngine, metric_fn_type=MetricFunctionTypes.VALUE)
    def _sqlalchemy(cls, execution_engine: SqlAlchemyExecutionEngine, **_: object) -> OneScan:
        once = _current.get()
        if once is None:
            raise WrongUse("expect_rows_to_satisfy was run on its own; use data_consistency.gx.suites.validate")
        once.run(execution_engine.get_connection)
        return once


class ExpectRowsToSatisfy(BatchExpectation):
    """Every row satisfies a condition; a row for which it is false or NULL violates it."""

    condition: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("condition",)
    args_keys: ClassVar[tuple[str, ...]] = ("condition",)
    library_metadata: ClassVar[dict[str, object]] = {
        "maturity": "production",
        "tags": ["consistency"],
        "contributors": [],
        "requirements": [],
        "has_full_test_suite": True,
        "manually_reviewed_code": True,
    }

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> dict[str, Any]:
        del runtime_configuration, execution_engine  # the scan has decided already
        once: OneScan = metrics[METRIC]
        if once.scan is None:
            return _not_evaluated(f"the scan ended with {type(once.error).__name__}; see the log of the run")
        scan = once.scan
        rule = (self.meta or {}).get("rule")
        outcome = next((outcome for outcome in scan.outcomes if outcome.rule.id == rule), None)
        if outcome is None:
            return _not_evaluated(f"the scan of {scan.table} says nothing about rule {rule!r}")
        # What passes for some companies, and is not known of others, has not passed.
        if outcome.verdict is Verdict.NOT_EVALUATED or (outcome.silent_companies and not outcome.violations):
            return _not_evaluated(outcome.reason or "no reason given")
        return {"success": outcome.verdict is Verdict.PASSED, "result": _counts(outcome)}

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> list[Any]:
        del runtime_configuration
        expected = configuration or (result.expectation_config if result else None)
        if expected is None:
            return []
        meta = expected.meta or {}
        severity = str(getattr(expected.severity, "value", expected.severity))
        params = {name: str(meta.get(name, "")) for name in ("rule", "catalogue", "mode", DESCRIPTION)}
        classes = {
            "severity": ["badge", _SEVERITY_CLASSES.get(severity, "badge-secondary")],
            "rule": ["badge", "badge-secondary"],
            "catalogue": ["badge", "badge-light"],
            "mode": ["badge", "badge-light"],
        }
        template = f"$severity $rule $catalogue $mode ${DESCRIPTION}"
        return [_content(template, {**params, "severity": severity}, classes, block=DESCRIPTION)]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_STATEMENT)
    def _diagnostic_unexpected_statement_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> list[RenderedStringTemplateContent | CollapseContent]:
        del configuration, runtime_configuration
        reason = _reason(result)
        if reason is None:
            return []
        return [
            _content("$reason", {"reason": f"Not evaluated: {reason}"}, {"reason": ["text-danger"]}, block="reason")
        ]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
    def _diagnostic_unexpected_table_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> None:
        """Rows are looked at in the review queue, by people who may; never here."""
        del configuration, result, runtime_configuration

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _diagnostic_observed_value_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> str:
        del configuration, runtime_configuration
        counts = (result.result or {}) if result else {}
        if "unexpected_count" not in counts:
            return "not evaluated"
        wrong, rows = counts["unexpected_count"], counts["element_count"]
        share = f" ({counts['unexpected_percent']:.2f}\u00a0%)" if wrong else ""
        return f"{wrong:,} of {rows:,} rows{share}"


def _counts(outcome: Outcome) -> dict[str, Any]:
    rows, wrong = outcome.rows_checked or 0, outcome.violations or 0
    return {
        "element_count": rows,
        "unexpected_count": wrong,
        "unexpected_percent": 100.0 * wrong / rows if rows else 0.0,
        "partial_unexpected_list": [],
    }


def _not_evaluated(reason: str) -> dict[str, Any]:
    """Neither passed nor failed: what GX knows as a raised exception, without the trace of one."""
    return {
        "success": False,
        "result": {},
        "exception_info": {"raised_exception": True, "exception_message": reason, "exception_traceback": None},
    }


def _reason(result: ExpectationValidationResult | None) -> str | None:
    """Why a rule was not evaluated; None: it was."""
    info = (result.exception_info or {}) if result else {}
    if "raised_exception" in info:
        return str(info["exception_message"]) if info["raised_exception"] else None
    # GX's own form, for errors in metrics: one entry for each metric.
    reasons = [str(entry["exception_message"]) for entry in info.values() if isinstance(entry, dict)]
    return "; ".join(reasons) or None


def _content(
    template: str, params: Mapping[str, str], classes: Mapping[str, list[str]], *, block: str
) -> RenderedStringTemplateContent:
    """One cell of a page; the parameter `block` stands on a line of its own."""
    styling: dict[str, dict[str, object]] = {name: {"classes": names} for name, names in classes.items()}
    styling[block] = {"tag": "div", "classes": ["mt-1", *classes.get(block, [])]}
    # GX escapes parameters, but only of a template with styling, and never the template itself.
    return RenderedStringTemplateContent(
        content_block_type="string_template",
        string_template={"template": template, "params": dict(params), "styling": {"params": styling}},
    )
