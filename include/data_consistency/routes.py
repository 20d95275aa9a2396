"""Who is told, as values: channels, and the routes that lead what is found to them.

The environment alone makes one route, the default, over mail and whatever webhooks it names. The settings file adds
channels and routes. Nothing here holds a secret: an address of a webhook, and the key of its signature, stand in
variables whose names are kept.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase

from data_consistency import config
from data_consistency.documents import Fields
from data_consistency.errors import ConfigurationError

DEFAULT = "default"  # the route of what no other takes
MAIL = "mail"  # the channel to the recipients that the source itself names
ESCALATION = "escalation"  # the mail channel that CONSISTENCY_ALERT_ESCALATE_EMAILS makes

REPORT = "report"  # the mail channel that CONSISTENCY_REPORT_EMAILS makes

_NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_CHANNEL_FIELDS = frozenset({"kind", "recipients", "url_env", "secret_env"})
_SAID_OF_A_ROUTE = frozenset({"channels", "language", "escalate_after_minutes", "escalate_to"})
_ROUTE_FIELDS = _SAID_OF_A_ROUTE | {"companies", "rules"}
ALERT_FIELDS = _SAID_OF_A_ROUTE | {"digest", "digest_hour", "report_to", "routes"}
_MOST_MINUTES = 10_080  # a week


class Kind(StrEnum):
    """How a message travels; a module of alerts/channels/ each."""

    MAIL = "mail"  # by the mail server of the settings; without one, as files
    FILE = "file"
    SLACK = "slack"  # and what takes Slack's webhooks
    TEAMS = "teams"
    WEBHOOK = "webhook"  # JSON, signed


class Language(StrEnum):
    """Of what people read."""

    EN = "en"
    DE = "de"


class Digest(StrEnum):
    """How often warnings are told."""

    DAILY = "daily"
    HOURLY = "hourly"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to people."""

    name: str
    kind: Kind
    recipients: tuple[str, ...] = ()  # of mail: bare addresses; those of `mail` are the source's
    url_env: str | None = None  # of a webhook: the variable with its address
    secret_env: str | None = None  # the variable with the key of its signature


_MAIL = Channel(name=MAIL, kind=Kind.MAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What goes where, and who is asked when nobody answers."""

    name: str = DEFAULT
    channels: tuple[str, ...] = (MAIL,)
    companies: frozenset[int] = frozenset()  # none: all
    rules: tuple[str, ...] = ()  # ids with * and ?, or catalogue numbers; none: all
    language: Language = Language.EN
    escalate_after_minutes: int | None = None  # None: never
    escalate_to: tuple[str, ...] = ()

    def takes(self, rule: str, catalogue: str, company: int | None) -> bool:
        """Whether it is asked for what a rule found in the rows of a company."""
        about = not self.companies or company in self.companies
        return about and (not self.rules or any(fnmatchcase(rule, one) or one == catalogue for one in self.rules))


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """All that a source says of who is told."""

    channels: tuple[Channel, ...] = (_MAIL,)
    default: Route = field(default_factory=Route)
    routes: tuple[Route, ...] = ()
    digest: Digest = Digest.DAILY
    digest_hour: int = 8  # of a daily digest, where its readers live
    report_to: tuple[str, ...] = ()  # channels that are told of each daily report

    def channel(self, name: str) -> Channel | None:
        """The channel of a name; None: there is none any more."""
        return next((one for one in self.channels if one.name == name), None)

    def route(self, name: str) -> Route:
        """The route of a name; what a route was asked for that is gone goes the default's way."""
        return next((one for one in self.routes if one.name == name), self.default)

    def routes_of(self, rule: str, catalogue: str, company: int | None) -> tuple[Route, ...]:
        """Every route that asks for it; the default takes what no other does."""
        return tuple(one for one in self.routes if one.takes(rule, catalogue, company)) or (self.default,)


_WEBHOOKS = (
    ("slack", Kind.SLACK, "CONSISTENCY_ALERT_SLACK_URL", None),
    ("teams", Kind.TEAMS, "CONSISTENCY_ALERT_TEAMS_URL", None),
    ("webhook", Kind.WEBHOOK, "CONSISTENCY_ALERT_WEBHOOK_URL", "CONSISTENCY_ALERT_WEBHOOK_SECRET"),
)


def of_environment(env: Mapping[str, str]) -> Routing:
    """What the environment says.

    Raises:
        ConfigurationError: a value cannot be used; names the variable.
    """
    hooks = tuple(
        Channel(name=name, kind=kind, url_env=url, secret_env=secret if secret and env.get(secret) else None)
        for name, kind, url, secret in _WEBHOOKS
        if env.get(url)
    )
    escalation = config.words(env, "CONSISTENCY_ALERT_ESCALATE_EMAILS")
    readers = config.words(env, "CONSISTENCY_REPORT_EMAILS")
    minutes = config.whole(env, "CONSISTENCY_ALERT_ESCALATE_AFTER_MINUTES", 0, _MOST_MINUTES)
    channels = (
        _MAIL,
        *hooks,
        *([Channel(name=ESCALATION, kind=Kind.MAIL, recipients=escalation)] if escalation else []),
        *([Channel(name=REPORT, kind=Kind.MAIL, recipients=readers)] if readers else []),
    )
    return Routing(
        channels=channels,
        default=Route(
            channels=(MAIL, *(hook.name for hook in hooks)),
            language=Language(_choice(env, "CONSISTENCY_ALERT_LANGUAGE", Language, Language.EN)),
            escalate_after_minutes=minutes or None,
            escalate_to=(ESCALATION,) if escalation else (),
        ),
        digest=Digest(_choice(env, "CONSISTENCY_ALERT_DIGEST", Digest, Digest.DAILY)),
        digest_hour=config.whole(env, "CONSISTENCY_ALERT_DIGEST_HOUR", 8, 23),
        report_to=(REPORT,) if readers else (),
    )


def channels_of(fields: Fields) -> tuple[Channel, ...]:
    """The channels of a settings file.

    Raises:
        ConfigurationError: an entry cannot be used; names it.
    """
    return tuple(_channel(name, entry, fields.where) for name, entry in fields.items())


def of_entry(fields: Fields, common: Routing, shared: tuple[Channel, ...]) -> Routing:
    """What an entry of a settings file says; the rest is what the environment says.

    Args:
        fields: its table `alerts`.
        common: of the environment.
        shared: the channels of the file.

    Raises:
        ConfigurationError: a value cannot be used, or names a channel that is not there.
    """
    known = {one.name: one for one in (*common.channels, *shared)}
    default = _route(DEFAULT, fields, common.default, known)
    entries = fields.below("routes")
    routes = tuple(_named(name, entry, entries.where, default, known) for name, entry in entries.items())
    hour = fields.number("digest_hour", 0, 23)
    return replace(
        common,
        channels=tuple(known.values()),
        default=default,
        routes=routes,
        digest=Digest(fields.choice("digest", Digest)) if "digest" in fields else common.digest,
        digest_hour=common.digest_hour if hour is None else hour,
        report_to=_names(fields, "report_to", known) if "report_to" in fields else common.report_to,
    )


def _named(name: str, entry: object, where: str, default: Route, known: Mapping[str, Channel]) -> Route:
    where = f"{where}: route '{name}'"
    if not _NAME.fullmatch(name) or name == DEFAULT:
        raise ConfigurationError(
            f"{where}: use up to 24 lower-case letters, digits and underscores, and not '{DEFAULT}', for its name"
        )
    return _route(name, Fields.of(entry, where, ConfigurationError, _ROUTE_FIELDS), default, known)


def _route(name: str, fields: Fields, default: Route, known: Mapping[str, Channel]) -> Route:
    minutes = fields.number("escalate_after_minutes", 0, _MOST_MINUTES)
    return Route(
        name=name,
        channels=_names(fields, "channels", known) if "channels" in fields else default.channels,
        companies=frozenset(fields.numbers("companies", 1, 2**63 - 1)),
        rules=fields.texts("rules"),
        language=Language(fields.choice("language", Language)) if "language" in fields else default.language,
        escalate_after_minutes=default.escalate_after_minutes if minutes is None else minutes or None,
        escalate_to=_names(fields, "escalate_to", known) if "escalate_to" in fields else default.escalate_to,
    )


def _names(fields: Fields, key: str, known: Mapping[str, Channel]) -> tuple[str, ...]:
    names = fields.texts(key)
    for name in names:
        if name not in known:
            raise ConfigurationError(f"{fields.where}: {key}: no channel '{name}'; there are {', '.join(known)}")
    if not names and key == "channels":
        raise ConfigurationError(f"{fields.where}: channels is empty: nobody would be told; name one at least")
    return names


def _channel(name: str, entry: object, where: str) -> Channel:
    where = f"{where}: channel '{name}'"
    if not _NAME.fullmatch(name) or name == MAIL:
        raise ConfigurationError(
            f"{where}: use up to 24 lower-case letters, digits and underscores, and not '{MAIL}', for its name"
        )
    fields = Fields.of(entry, where, ConfigurationError, _CHANNEL_FIELDS)
    kind = Kind(fields.choice("kind", Kind))
    recipients = addresses(fields, "recipients")
    if (kind is Kind.MAIL) != bool(recipients):
        raise ConfigurationError(f"{where}: recipients is for kind mail, which needs it")
    if (kind in {Kind.SLACK, Kind.TEAMS, Kind.WEBHOOK}) != ("url_env" in fields):
        raise ConfigurationError(f"{where}: url_env is for kinds slack, teams and webhook, which need it")
    if "secret_env" in fields and kind is not Kind.WEBHOOK:
        raise ConfigurationError(f"{where}: secret_env is for kind webhook")
    return Channel(
        name=name,
        kind=kind,
        recipients=recipients,
        url_env=_variable(fields, "url_env"),
        secret_env=_variable(fields, "secret_env"),
    )


def addresses(fields: Fields, key: str) -> tuple[str, ...]:
    """A list of mail addresses.

    Raises:
        ConfigurationError: one is none; names it.
    """
    found = fields.texts(key)
    for address in found:
        if not _ADDRESS.fullmatch(address):
            raise ConfigurationError(f"{fields.where}: {key}: '{address}' is no address")
    return found


def _variable(fields: Fields, key: str) -> str | None:
    if key not in fields:
        return None
    variable = fields.text(key)
    if not _VARIABLE.fullmatch(variable):
        raise ConfigurationError(
            f"{fields.where}: {key}: not the name of a variable; the address, or key, does not belong here"
        )
    return variable


def _choice(env: Mapping[str, str], name: str, known: Iterable[str], default: str) -> str:
    value = env.get(name, "").strip().lower() or default
    words = list(known)
    if value not in words:
        raise ConfigurationError(f"{name}={value}: use {', '.join(words)}")
    return value
