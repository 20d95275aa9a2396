"""Broken states of telling people."""

from tests.broken.world import ALERT, MAIL, NOW, State, World, ago
from tests.mailbox import free_port

_SMTP = {"CONSISTENCY_ALERT_EMAILS": "on-call@example.org"}


def _no_mail_server(world: World) -> None:
    world.env["CONSISTENCY_SMTP_URL"] = f"smtp://127.0.0.1:{free_port()}"


STATES = {
    "a mail failed": State(
        sign="mail",
        said="1 undelivered, the oldest of",
        remedy="mend the channel",
        sql=(f"{MAIL}('k', 'k', 's', 's', 'b', 'failed', 2, 'host:25: refused', {NOW}, NULL)",),
    ),
    "mails are not delivered": State(
        sign="mail",
        said="1 undelivered",
        remedy="`consistency check`",
        sql=(f"{MAIL}('k', 'k', 's', 's', 'b', 'pending', 0, NULL, {ago(1)}, NULL)",),
    ),
    "a mail is refused for good": State(
        sign="mail set aside",
        said="1 are set aside: host:25: 550 no such user",
        remedy="`consistency alert mails`",
        sql=(
            f"{MAIL}('k', 'k', 's', 's', 'b', 'failed', 1, 'host:25: 550 no such user', {NOW}, NULL)",
            "INSERT INTO consistency_deliveries (message_id, channel, recipient, status, attempts, due_at, last_error,"
            f" created_at) SELECT id, 'mail', 'r', 'set_aside', 1, {NOW}, last_error, {NOW} FROM consistency_outbox",
        ),
    ),
    "a channel lets nothing through": State(
        sign="channel mail",
        said="host:25: refused",
        remedy="mend what the channel leads to",
        sql=(f"INSERT INTO consistency_channels VALUES ('mail', {ago(1)}, 3, {NOW}, 'host:25: refused')",),
    ),
    "a recipient is no address": State(
        sign="mail recipients",
        said="'nobody' is no address",
        remedy="CONSISTENCY_ALERT_EMAILS",
        env={"CONSISTENCY_ALERT_EMAILS": "nobody"},
    ),
    "an operational schema mails nobody": State(
        sign="mail recipients",
        said="nobody is named",
        remedy="CONSISTENCY_ALERT_EMAILS",
        sql=("UPDATE consistency_marker SET environment = 'operational'",),
    ),
    "the mail server is away": State(
        sign="mail channel",
        said="cannot be reached (ConnectionRefusedError)",
        remedy="CONSISTENCY_SMTP_URL",
        env=_SMTP,
        make=_no_mail_server,
    ),
    "the mail server's URL is none": State(
        sign="mail channel",
        said="not a mail server",
        remedy="correct CONSISTENCY_SMTP_URL",
        env={**_SMTP, "CONSISTENCY_SMTP_URL": "http://mail.example.org"},
    ),
    "the sender is no address": State(
        sign="mail channel",
        said="the sender is no address",
        remedy="CONSISTENCY_MAIL_FROM",
        env={**_SMTP, "CONSISTENCY_SMTP_URL": "smtp://127.0.0.1:1", "CONSISTENCY_MAIL_FROM": "us"},
    ),
    "nobody is told of a finding": State(
        sign="untold",
        said="1 critical findings and 0 incidents",
        remedy="`tell`",
        sql=(f"{ALERT}('r', 'critical', 'call', 1, 1, 'd', {ago(3)}, 'f', {NOW}, {NOW}, {NOW}, {NOW}, NULL)",),
    ),
}
