"""Any webhook: the typed blocks as JSON, signed where a key is named."""

import hashlib
import hmac
import json

from data_consistency.alerts.channels import http
from data_consistency.alerts.channels.letter import Letter, Target
from data_consistency.alerts.channels.outcomes import Delivery
from data_consistency.alerts.formats import json as blocks
from data_consistency.config import utc_now

TIMESTAMP = "X-Consistency-Timestamp"
SIGNATURE = "X-Consistency-Signature"
MESSAGE = "X-Consistency-Message"  # the same whenever the same message is sent again


def deliver(letter: Letter, target: Target) -> Delivery:
    """Post a message; errors as those of `http.post`."""
    body = json.dumps(blocks.render(letter.message, letter.speech)).encode()
    headers = {MESSAGE: letter.message.fingerprint}
    if target.channel.secret_env is not None:
        stamp = str(int(utc_now().timestamp()))
        headers |= {TIMESTAMP: stamp, SIGNATURE: signature(target.secret(target.channel.secret_env), stamp, body)}
    return http.post(target, body, headers)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.body`, so that neither can be changed, nor an old message be played again."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
