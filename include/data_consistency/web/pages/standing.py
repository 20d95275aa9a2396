"""How the database stands, and every rule with its proof."""

from fastapi import APIRouter, Request, Response

from data_consistency.console import proof, state, trend, waiting
from data_consistency.rules import Mode
from data_consistency.web.pages.house import House
from data_consistency.web.pages.rendering import render
from data_consistency.web.pages.whole import runtime_of

_MOST_COMPANIES = 50


def router_of(house: House) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/{source}/state")
    def standing(request: Request, source: str) -> Response:
        """Checks, what is open, what waits."""
        rt = runtime_of(request, house, source)
        found = state.read(rt)
        with rt.transaction() as connection:
            lines = trend.read(connection, rt.now(), rt.settings.report_timezone)
        return render(
            request,
            house,
            "state.html.j2",
            state=found,
            waiting=waiting.read(rt),
            lines=lines,
            rules={rule.id: rule for suite in rt.suites().values() for rule in suite.rules},
            companies=found.companies[:_MOST_COMPANIES],
            others=found.companies[_MOST_COMPANIES:],
            sources=house.sources(),
        )

    @router.get("/{source}/rules")
    def listed(request: Request, source: str) -> Response:
        """Every rule with its mode."""
        found = proof.list_rules(runtime_of(request, house, source))
        return render(request, house, "rules.html.j2", found=found, modes=Mode)

    @router.get("/{source}/rules/{rule_id}")
    def shown(request: Request, source: str, rule_id: str) -> Response:
        """One rule with its proof."""
        return render(request, house, "rule.html.j2", proof=proof.prove(runtime_of(request, house, source), rule_id))

    return router
