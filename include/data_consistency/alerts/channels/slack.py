"""Slack's incoming webhooks, and what takes them."""

import json

from data_consistency.alerts.channels import http
from data_consistency.alerts.channels.letter import Letter, Target
from data_consistency.alerts.channels.outcomes import Delivery
from data_consistency.alerts.formats import slack


def deliver(letter: Letter, target: Target) -> Delivery:
    """Post a message; errors as those of `http.post`."""
    return http.post(target, json.dumps(slack.render(letter.speech)).encode(), {})
