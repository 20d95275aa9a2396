"""Every message in every format: golden files, and what no message may do in any of them."""

import json
import os
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_consistency.alerts.blocks import Message, Reader, Row, What, Words
from data_consistency.alerts.channels.outcomes import Undeliverable
from data_consistency.alerts.formats import email, html, slack, teams, text
from data_consistency.alerts.formats import json as blocks
from data_consistency.alerts.formats.html import DARK, LIGHT, Palette
from data_consistency.alerts.safety import one_line
from data_consistency.alerts.speech import speak
from tests.alert_messages import AT, MESSAGES, findings

_GOLDEN = Path(__file__).parent / "golden"
_ENGLISH = Reader(language="en", zone="Europe/Berlin")
_GERMAN = Reader(language="de", zone="Europe/Berlin")
HOSTILE = [
    "Subject\r\nBcc: thief@example.org",
    "=?utf-8?q?a=0D=0ABcc:_thief@example.org?=",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "\ud800",
    "`x` *y* [a](javascript:1) <!channel> <@U1>",
]


def _as_text(message: Message, reader: Reader) -> str:
    return text.render(speak(message, reader))


def _as_html(message: Message, reader: Reader) -> str:
    return html.render(speak(message, reader))


def _as_slack(message: Message, reader: Reader) -> str:
    return json.dumps(slack.render(speak(message, reader)), indent=1, ensure_ascii=False)


def _as_teams(message: Message, reader: Reader) -> str:
    return json.dumps(teams.render(speak(message, reader)), indent=1, ensure_ascii=False)


def _as_json(message: Message, reader: Reader) -> str:
    return json.dumps(blocks.render(message, speak(message, reader)), indent=1, ensure_ascii=False)


FORMATS: dict[str, Callable[[Message, Reader], str]] = {
    "txt": _as_text,
    "html": _as_html,
    "slack.json": _as_slack,
    "teams.json": _as_teams,
    "json": _as_json,
}


@pytest.mark.parametrize("reader", [_ENGLISH, _GERMAN], ids=["en", "de"])
@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_message_looks_as_it_did(kind: str, name: str, reader: Reader) -> None:
    """The golden files are what people have looked at; UPDATE_GOLDEN=1 writes them anew, for people to look again."""
    path = _GOLDEN / f"{name}.{reader.language}.{kind}"
    found = FORMATS[kind](MESSAGES[name], reader).rstrip("\n") + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == found


def test_no_golden_file_is_left_over() -> None:
    """Each belongs to a message."""
    wanted = {
        f"{name}.{reader.language}.{kind}" for name in MESSAGES for reader in (_ENGLISH, _GERMAN) for kind in FORMATS
    }

    assert wanted == {path.name for path in _GOLDEN.iterdir()}


class _Page(HTMLParser):
    """What a page holds: its elements, its links and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action"}]

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.text += data


_ALLOWED = {"html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "p", "a", "code", "br"}


@pytest.mark.parametrize("reader", [_ENGLISH, _GERMAN], ids=["en", "de"])
@pytest.mark.parametrize("name", MESSAGES)
def test_no_format_lets_a_text_become_more_than_text(name: str, reader: Reader) -> None:
    """No element, link, mention or control character comes from a value."""
    message = MESSAGES[name]
    page = _Page(_as_html(message, reader))
    card = json.loads(_as_teams(message, reader))
    marked = _marked(slack.render(speak(message, reader))["blocks"])

    assert set(page.tags) <= _ALLOWED
    assert all(link.startswith(("https://", "http://")) for link in page.links)
    assert not any(re.search(r"<(?!https?://)", words) for words in marked)
    assert "\u202e" not in "".join(show(message, reader) for kind, show in FORMATS.items() if kind != "json")
    assert {"TextRun"} == {part["type"] for part in _parts(card) if "text" in part}
    assert all(part["url"].startswith("https://") for part in _parts(card) if "url" in part)


def _marked(value: object) -> list[str]:
    """What Slack reads as markup."""
    if isinstance(value, dict):
        own = [str(value["text"])] if value.get("type") == "mrkdwn" else []
        return own + [words for part in value.values() for words in _marked(part)]
    return [words for part in value for words in _marked(part)] if isinstance(value, list) else []


def _parts(value: object) -> list[dict[str, str]]:
    """Every object of a card; one that would read Markdown is no text run."""
    if isinstance(value, dict):
        return [value, *(part for inner in value.values() for part in _parts(inner))]
    return [part for inner in value for part in _parts(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", MESSAGES)
def test_every_format_says_the_same(name: str) -> None:
    """Subject, lead, counts and ids stand in each; where there is room, the commands too."""
    speech = speak(MESSAGES[name], _ENGLISH)
    shown = {
        "html": _Page(_as_html(MESSAGES[name], _ENGLISH)).text,
        "txt": _as_text(MESSAGES[name], _ENGLISH),
        "teams": "".join(part["text"] for part in _parts(teams.render(speech)) if "text" in part),
        "slack": slack.render(speech)["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
    }
    lines = [
        speech.subject,
        speech.lead,
        *(line for section in speech.sections for line in (section.heading, *section.lines)),
    ]

    for kind, whole in shown.items():
        assert [] == [line for line in lines if line not in whole], kind


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_can_be_read(palette: Palette) -> None:
    """Text of every meaning has the contrast that WCAG asks for (AA), by day and by night."""
    for tone in ("text", "quiet", "link", "critical", "warning", "info", "over"):
        assert _contrast(getattr(palette, tone), palette.ground) >= 4.5, tone
    assert _contrast(palette.text, palette.code) >= 4.5


def _mail(message: Message, reader: Reader = _ENGLISH, to: tuple[str, ...] = ("a@example.org",)) -> EmailMessage:
    built = email.build(message, speak(message, reader), sender="dc@example.org", recipients=to, at=AT)
    return cast("EmailMessage", message_from_bytes(built.as_bytes(), policy=policy.default))


def test_a_mail_has_both_renderings_and_a_stable_id() -> None:
    """Readers choose between text and HTML; the same message has the same Message-ID, whoever gets it."""
    one, other = (_mail(MESSAGES["opened"], to=to) for to in (("a@example.org",), ("b@example.org",)))

    assert ["multipart/alternative", "text/plain", "text/html"] == [part.get_content_type() for part in one.walk()]
    assert one["Message-ID"] == other["Message-ID"] == f"<{MESSAGES['opened'].fingerprint}@data-consistency.invalid>"
    assert ("a@example.org", "b@example.org") == (one["To"], other["To"])
    assert ("auto-generated", "high") == (one["Auto-Submitted"], one["Importance"])


def test_what_follows_stays_in_its_thread() -> None:
    """Subject and headers lead to the mail that began it, however the readings of two mail programs differ."""
    begun = Message(**{**_fields(MESSAGES["flood"]), "key": "alert:12:opened", "source": ""})
    first = _mail(begun)

    for name in ("worsened", "escalated", "reminded", "resolved"):
        mail = _mail(MESSAGES[name])
        assert mail["In-Reply-To"] == mail["References"] == first["Message-ID"]
        assert f"Re: {MESSAGES[name].subject}" == mail["Subject"]
        assert mail["Message-ID"] != first["Message-ID"]
    assert first["In-Reply-To"] is None
    assert _mail(MESSAGES["resolved"])["Importance"] is None


def _fields(message: Message) -> dict[str, object]:
    return {name: getattr(message, name) for name in Message.__slots__}


@pytest.mark.parametrize("address", ["Name <a@example.org>", "a@example.org\nBcc: b@example.org", "a", ""])
def test_a_mail_refuses_addresses_that_are_not_bare(address: str) -> None:
    """An address of the settings cannot smuggle a header or a second recipient; it blocks nobody else."""
    with pytest.raises(Undeliverable, match="not a bare mail address"):
        _mail(MESSAGES["opened"], to=(address,))


@settings(deadline=None)
@given(words=st.one_of(st.sampled_from(HOSTILE), st.text()))
def test_a_mail_cannot_be_broken_out_of(words: str) -> None:
    """Whatever a text holds, it adds no header, no recipient, no part and no HTML element."""
    message = Message(
        what=What.OPENED,
        severity=MESSAGES["opened"].severity,
        key=words,
        at=AT,
        subject=words,
        source=words,
        run=words,
        troubles=(findings(problem=Words(en=words, de=words), rule=words, ids=(Row(id=1, url=words),)),),
    )

    mail = _mail(message)
    page = _Page(html.render(speak(message, _ENGLISH)))

    assert sorted(mail.keys()) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "Importance", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert "a@example.org" == mail["To"]
    assert 3 == len(list(mail.walk()))
    assert set(page.tags) <= _ALLOWED
    json.dumps([slack.render(speak(message, _ENGLISH)), teams.render(speak(message, _ENGLISH))]).encode()


@given(words=st.one_of(st.sampled_from(HOSTILE), st.text()))
def test_one_line_is_one_line(words: str) -> None:
    """A cleaned text has no line end, no control and no direction-changing character."""
    line = one_line(words)

    assert len(line.splitlines()) <= 1
    assert len(line) <= 200
    assert "\u202e" not in line
    assert line.encode("utf-8").decode("utf-8") == line


def test_a_long_digest_fits_every_channel() -> None:
    """A hundred rules at once: Slack takes fifty blocks of 3,000 characters and no more."""
    trouble = findings(hint="x" * 5000)
    message = Message(what=What.OPENED, severity=trouble.severity, key="k", at=AT, troubles=(trouble,) * 100)

    payload = slack.render(speak(message, _ENGLISH))

    assert len(payload["blocks"]) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in payload["blocks"] if "text" in block)
    assert len(payload["text"]) <= 40_000
