"""Channels over HTTP: a real webhook on this machine."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from data_consistency import alerts
from data_consistency.alerts.channels import webhook
from data_consistency.alerts.channels.outcomes import Undeliverable
from data_consistency.config import Settings
from data_consistency.errors import DeliveryFailed
from data_consistency.routes import Channel, Kind
from tests.alert_channels import TOLD, send, settings_in
from tests.patience import PATIENCE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings without a mail server."""
    return settings_in(tmp_path)


class Hook(ThreadingHTTPServer):
    """A webhook that keeps what it got and answers as it is told to."""

    status = 200
    location = ""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Its address, which is a secret."""
        return f"http://127.0.0.1:{self.server_port}/services/T0/B0/hunter2"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        """Keep the request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook of this test."""
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join(PATIENCE)


_HOOKS = [Kind.SLACK, Kind.TEAMS, Kind.WEBHOOK]


def _channel(kind: Kind) -> Channel:
    return Channel(name="ops", kind=kind, url_env="OPS_URL")


@pytest.mark.parametrize("kind", _HOOKS)
def test_a_webhook_gets_what_its_golden_file_shows(hook: Hook, settings: Settings, kind: Kind) -> None:
    """One POST of JSON."""
    delivery = send(settings, channel=_channel(kind), OPS_URL=hook.url)

    ((headers, body),) = hook.got
    name = {Kind.WEBHOOK: "json"}.get(kind, f"{kind}.json")
    golden = Path(__file__).parent / "golden" / f"opened.en.{name}"
    assert kind.value == delivery.channel
    assert headers["content-type"].startswith("application/json")
    assert json.loads(golden.read_text(encoding="utf-8")) == json.loads(body)


def test_a_webhook_can_tell_that_a_message_is_ours(hook: Hook, settings: Settings) -> None:
    """Signed over time and body; the same message has the same name however often it is sent."""
    channel = replace(_channel(Kind.WEBHOOK), secret_env="OPS_KEY")
    for _ in range(2):
        send(settings, channel=channel, OPS_URL=hook.url, OPS_KEY="s3cret")

    (headers, body), (again, _) = hook.got
    stamp = headers[webhook.TIMESTAMP.lower()]
    assert webhook.signature("s3cret", stamp, body) == headers[webhook.SIGNATURE.lower()]
    assert webhook.signature("other", stamp, body) != headers[webhook.SIGNATURE.lower()]
    assert webhook.signature("s3cret", stamp, body + b" ") != headers[webhook.SIGNATURE.lower()]
    assert webhook.signature("s3cret", stamp + "0", body) != headers[webhook.SIGNATURE.lower()]
    assert TOLD.fingerprint == headers[webhook.MESSAGE.lower()] == again[webhook.MESSAGE.lower()]


@pytest.mark.parametrize("kind", _HOOKS)
@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Undeliverable), (413, Undeliverable), (404, DeliveryFailed), (429, DeliveryFailed), (503, DeliveryFailed)],
)
def test_what_a_webhook_answers(
    hook: Hook, settings: Settings, kind: Kind, status: int, error: type[DeliveryFailed]
) -> None:
    """A message that is refused is set aside; all else is tried again; the address stays secret."""
    hook.status = status

    with pytest.raises(error, match=f"channel 'ops': 127.0.0.1.*{status}") as raised:
        send(settings, channel=_channel(kind), OPS_URL=hook.url)

    assert error is raised.type
    assert "hunter2" not in str(raised.value)


def test_a_webhook_leads_nowhere_else(hook: Hook, settings: Settings) -> None:
    """A redirect is no delivery, and is not followed."""
    hook.status, hook.location = 302, f"http://127.0.0.1:{hook.server_port}/elsewhere"

    with pytest.raises(DeliveryFailed, match="302"):
        send(settings, channel=_channel(Kind.SLACK), OPS_URL=hook.url)

    assert 1 == len(hook.got)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("", "the variable OPS_URL is not set"),
        ("ftp://example.org/hunter2", "OPS_URL is no http address"),
        ("https://[", "OPS_URL is no http address"),
        ("http://127.0.0.1:1/hunter2", "127.0.0.1: ConnectError; the message stays"),
        ("http://x\x00y.example/hunter2", "channel 'ops'"),
    ],
)
def test_an_address_that_cannot_work_is_named_by_its_variable(settings: Settings, url: str, hint: str) -> None:
    """And never shown."""
    with pytest.raises(DeliveryFailed, match=hint) as error:
        send(settings, channel=_channel(Kind.SLACK), OPS_URL=url)

    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_channel(kind: Kind) -> None:
    """What settings may name can be used."""
    assert callable(alerts.CHANNELS[kind])
