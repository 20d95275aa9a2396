"""Webhooks of Microsoft Teams (Workflows)."""

import json

from data_consistency.alerts.channels import http
from data_consistency.alerts.channels.letter import Letter, Target
from data_consistency.alerts.channels.outcomes import Delivery
from data_consistency.alerts.formats import teams


def deliver(letter: Letter, target: Target) -> Delivery:
    """Post a card; errors as those of `http.post`."""
    return http.post(target, json.dumps(teams.render(letter.speech)).encode(), {})
