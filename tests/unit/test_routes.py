"""Channels and routes as values: what old and new settings mean, and that nobody is forgotten by a typing error."""

from pathlib import Path

import pytest

from data_consistency import project
from data_consistency.alerts import routing
from data_consistency.alerts.blocks import Message, What
from data_consistency.config import load_settings
from data_consistency.errors import ConfigurationError
from data_consistency.routes import Digest, Kind, Language, Route
from data_consistency.rules import Severity
from data_consistency.sources import Source, load_sources
from tests.alert_messages import AT

_FILE = """
[channels.ops]
kind = "slack"
url_env = "OPS_URL"

[channels.boss]
kind = "mail"
recipients = ["boss@example.org"]

[channels.systems]
kind = "webhook"
url_env = "SYSTEMS_URL"
secret_env = "SYSTEMS_KEY"

[sources.shop]
url_env = "SHOP_URL"
recipients = ["shop@example.org", "second@example.org"]

[sources.shop.alerts]
language = "de"
digest = "hourly"
digest_hour = 7
channels = ["mail", "ops"]
escalate_after_minutes = 30
escalate_to = ["boss"]

[sources.shop.alerts.routes.vip]
companies = [7, 9]
rules = ["booking_*", "T-03"]
channels = ["systems"]
language = "en"
escalate_after_minutes = 0

[sources.shop.alerts.routes.all_of_nine]
companies = [9]

[sources.clinic]
url_env = "CLINIC_URL"
"""


def _load(tmp_path: Path, text: str = _FILE, **environ: str) -> dict[str, Source]:
    path = tmp_path / "consistency.toml"
    path.write_text(text, encoding="utf-8")
    return load_sources(project.shipped(), {"CONSISTENCY_CONFIG": str(path), **environ})


def _message(**changes: object) -> Message:
    return Message(what=What.OPENED, severity=Severity.CRITICAL, key="k", at=AT, **changes)  # type: ignore[arg-type]


def test_old_settings_mean_what_they_meant() -> None:
    """Addresses in the environment, nothing else: mail to them, warnings once a day, nobody is escalated to."""
    (source,) = load_sources(project.shipped(), {"CONSISTENCY_ALERT_EMAILS": "a@example.org,b@example.org"}).values()

    alerts = source.alerts
    assert Route(channels=("mail",), language=Language.EN, escalate_after_minutes=None) == alerts.default
    assert ((), Digest.DAILY, 8) == (alerts.routes, alerts.digest, alerts.digest_hour)
    targets = routing.targets(_message(), source, by_server=True)
    assert [("mail", routing.digest("a@example.org")), ("mail", routing.digest("b@example.org"))] == targets
    assert [("mail", "")] == routing.targets(_message(), source, by_server=False)


def test_the_environment_alone_can_name_webhooks_and_whom_to_escalate_to() -> None:
    """One database, one file less."""
    (source,) = load_sources(
        project.shipped(),
        {
            "CONSISTENCY_ALERT_SLACK_URL": "https://hooks.example.org/x",
            "CONSISTENCY_ALERT_WEBHOOK_URL": "https://h.example.org",
            "CONSISTENCY_ALERT_WEBHOOK_SECRET": "k",
            "CONSISTENCY_ALERT_LANGUAGE": "de",
            "CONSISTENCY_ALERT_DIGEST": "off",
            "CONSISTENCY_ALERT_ESCALATE_AFTER_MINUTES": "45",
            "CONSISTENCY_ALERT_ESCALATE_EMAILS": "boss@example.org",
            "CONSISTENCY_REPORT_EMAILS": "head@example.org, owner@example.org",
        },
    ).values()

    default = source.alerts.default
    assert (("mail", "slack", "webhook"), 45, ("escalation",), Language.DE) == (
        default.channels, default.escalate_after_minutes, default.escalate_to, default.language,
    )  # fmt: skip
    assert Digest.OFF is source.alerts.digest
    readers = source.alerts.channel("report")
    assert readers is not None
    assert (("report",), ("head@example.org", "owner@example.org")) == (source.alerts.report_to, readers.recipients)
    hook = source.alerts.channel("webhook")
    assert hook is not None
    assert (Kind.WEBHOOK, "CONSISTENCY_ALERT_WEBHOOK_URL", "CONSISTENCY_ALERT_WEBHOOK_SECRET") == (
        hook.kind, hook.url_env, hook.secret_env,
    )  # fmt: skip
    assert "hooks.example.org" not in repr(source)


def test_a_file_says_who_is_told_of_which_company_and_rule(tmp_path: Path) -> None:
    """Every route that asks for it; the default takes what no other does."""
    alerts = _load(tmp_path)["shop"].alerts

    def names(rule: str, catalogue: str, company: int | None) -> list[str]:
        return [route.name for route in alerts.routes_of(rule, catalogue, company)]

    assert ["vip"] == names("booking_claim_has_appointment", "B-03", 7)
    assert ["vip", "all_of_nine"] == names("appointment_belongs_to_one_company", "T-03", 9)
    assert ["all_of_nine"] == names("call_direction_present", "K-01", 9)
    assert ["default"] == names("call_direction_present", "K-01", 7)
    assert ["default"] == names("booking_claim_has_appointment", "B-03", None)


def test_what_a_route_does_not_say_is_what_its_source_says(tmp_path: Path) -> None:
    """And what a source does not say is what the environment says."""
    found = _load(tmp_path, CONSISTENCY_ALERT_EMAILS="all@example.org", CONSISTENCY_ALERT_LANGUAGE="de")
    shop, clinic = found["shop"].alerts, found["clinic"].alerts

    vip, nine = shop.routes
    assert (("systems",), Language.EN, None, ("boss",)) == (
        vip.channels, vip.language, vip.escalate_after_minutes, vip.escalate_to,
    )  # fmt: skip
    assert (("mail", "ops"), Language.DE, 30) == (nine.channels, nine.language, nine.escalate_after_minutes)
    assert (Digest.HOURLY, 7) == (shop.digest, shop.digest_hour)
    assert (("mail",), Language.DE, Digest.DAILY) == (clinic.default.channels, clinic.default.language, clinic.digest)
    assert ("all@example.org",) == found["clinic"].recipients


def test_a_message_goes_to_every_recipient_of_every_channel_of_its_route_once(tmp_path: Path) -> None:
    """Also to those it is escalated to; a route that is gone is the default's."""
    shop = _load(tmp_path)["shop"]
    digests = [("mail", routing.digest("shop@example.org")), ("mail", routing.digest("second@example.org"))]

    assert [*digests, ("ops", "")] == routing.targets(_message(), shop, by_server=True)
    assert [("systems", "")] == routing.targets(_message(route="vip"), shop, by_server=True)
    assert [*digests, ("ops", ""), ("boss", routing.digest("boss@example.org"))] == routing.targets(
        _message(route="gone", also=("boss", "ops")), shop, by_server=True
    )


def test_the_database_keeps_no_address(tmp_path: Path) -> None:
    """A digest is found again in the settings; one they know no more is nobody."""
    shop = _load(tmp_path)["shop"]

    found = routing.resolve("mail", routing.digest("Second@example.org "), shop)

    assert found is not None
    assert ("second@example.org",) == found[1]
    assert routing.resolve("mail", routing.digest("gone@example.org"), shop) is None
    assert routing.resolve("gone", "", shop) is None


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ('kind = "slack"', 'kind = "pigeon"', "channel 'ops': unknown kind 'pigeon'"),
        ('url_env = "OPS_URL"', "", "channel 'ops': url_env is for kinds slack, teams and webhook, which need it"),
        ('url_env = "OPS_URL"', 'url_env = "https://hooks.example.org/secret"', "channel 'ops': url_env: not the name"),
        ('recipients = ["boss@example.org"]', "", "channel 'boss': recipients is for kind mail, which needs it"),
        (
            'recipients = ["boss@example.org"]',
            'recipients = ["boss"]',
            "channel 'boss': recipients: 'boss' is no address",
        ),
        ("[channels.boss]", "[channels.mail]", "channel 'mail': use up to 24"),
        ('kind = "mail"', 'kind = "mail"\nsecret_env = "X"', "channel 'boss': secret_env is for kind webhook"),
        (
            'channels = ["systems"]',
            'channels = ["sytems"]',
            "route 'vip': channels: no channel 'sytems'; there are mail",
        ),
        ('channels = ["systems"]', "channels = []", "route 'vip': channels is empty: nobody would be told"),
        ('escalate_to = ["boss"]', 'escalate_to = ["chief"]', "escalate_to: no channel 'chief'"),
        ("digest_hour = 7", 'report_to = ["chief"]', "report_to: no channel 'chief'"),
        ("[sources.shop.alerts.routes.vip]", "[sources.shop.alerts.routes.default]", "route 'default': use up to 24"),
        ("companies = [7, 9]", "companies = ['x']", "route 'vip': 'companies' must be a list of whole numbers"),
        ("digest_hour = 7", "digest_hour = 24", "'digest_hour' must be a whole number from 0 to 23"),
        ('digest = "hourly"', 'digest = "weekly"', "unknown digest 'weekly'"),
        ('language = "de"', 'language = "fr"', "unknown language 'fr'"),
        ("digest_hour = 7", "colour = 1", "unknown key 'colour'"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, old: str, new: str, hint: str) -> None:
    """By file, source, route or channel and field: nobody is forgotten by a typing error."""
    assert old in _FILE

    with pytest.raises(ConfigurationError, match=r"consistency\.toml") as error:
        _load(tmp_path, _FILE.replace(old, new, 1))

    assert hint in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSISTENCY_ALERT_LANGUAGE", "fr"),
        ("CONSISTENCY_ALERT_DIGEST", "weekly"),
        ("CONSISTENCY_ALERT_DIGEST_HOUR", "24"),
        ("CONSISTENCY_ALERT_ESCALATE_AFTER_MINUTES", "soon"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(name: str, value: str) -> None:
    """With its value."""
    with pytest.raises(ConfigurationError, match=f"{name}={value}"):
        load_sources(project.shipped(), {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSISTENCY_ROW_URL", "javascript:{id}"),
        ("CONSISTENCY_ROW_URL", "https://crm.example.org/"),
        ("CONSISTENCY_RUNBOOK_URL", "https://docs.example.org/{id}"),
    ],
)
def test_an_address_with_nothing_to_fill_in_is_refused(name: str, value: str) -> None:
    """Or one that a reader would execute."""
    with pytest.raises(ConfigurationError, match=name):
        load_settings(project.shipped(), {name: value})


def test_doctor_can_tell_a_channel_that_cannot_be_used(tmp_path: Path) -> None:
    """Without sending anything."""
    shop = _load(tmp_path)["shop"]
    settings = load_settings(project.shipped(), {"CONSISTENCY_SMTP_URL": "http://x"})

    assert "the variable OPS_URL is not set" == routing.unusable("ops", shop, settings, {})
    assert routing.unusable("ops", shop, settings, {"OPS_URL": "https://x"}) is None
    assert "the variable SYSTEMS_KEY is not set" == routing.unusable(
        "systems", shop, settings, {"SYSTEMS_URL": "https://x"}
    )
    assert "not a mail server" in str(routing.unusable("mail", shop, settings, {}))
    assert [Route().name, "vip", "all_of_nine"] == [route.name for route in routing.all_routes(shop)]
